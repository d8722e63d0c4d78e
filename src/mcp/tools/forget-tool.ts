/**
 * `memory_forget`: at once what this client itself saved since the vault was opened, one at a time; all else only after the
 * same call is made again, once the user has agreed.
 */
import * as z from "zod";
import { KeepsakeError, hasCode } from "../../base/errors.ts";
import { counted } from "../../base/shown-values.ts";
import { LIMITS } from "../../base/limits.ts";
import { TARGET_RULE } from "../../protocol/words.ts";
import type { Filter } from "../../protocol/schemas.ts";
import { recordId } from "../../protocol/schemas.ts";
import type { DaemonLink } from "../daemon-link.ts";
import { filterArguments, requestFilter } from "./arguments.ts";
import { askedOutput, asks, confirmationArgument, confirmationSlips, confirming } from "./confirming.ts";
import { tool } from "./tool.ts";

/** Of what a filter chooses, so that the user can be shown some of it. */
const SHOWN = 5;
const NAME_TARGET = 'such as {"ids": ["ID"]} or {"filter": {"tags": ["pump"]}}';

export const forgetTool = tool({
  description:
    "Forget memories with all versions: by ids, or by filter. More than one, or what you did not save, needs the user's consent: repeat the call as told.",
  input: z.strictObject({
    ids: z.array(recordId).min(1).max(LIMITS.maxListed).optional(),
    filter: z.strictObject(filterArguments).optional(),
    confirmation_token: confirmationArgument,
  }),
  output: z.strictObject({
    status: z.enum(["forgotten", "confirmation_required"]),
    count: z.int(),
    ...askedOutput,
    newest_ids: z.array(z.string()).optional(),
  }),
  slips: { id: "ids", memory_id: "ids", memory_ids: "ids", tag: "tags", ...confirmationSlips },
  choosesBy: "filter",
  run: async ({ ids, filter, confirmation_token: given }, { daemon, scope, clock, drawKey, signal }) => {
    if ((ids === undefined) === (filter === undefined)) {
      throw new KeepsakeError("INVALID_PARAMS", TARGET_RULE, { hint: NAME_TARGET });
    }
    const { token, now, present } = confirming(given, clock.now());
    const chosen = filter && (await requestFilter(filter, scope, now, signal));
    const result = await daemon.call(
      "memory.forget",
      {
        ...(ids !== undefined && { ids }),
        ...(chosen !== undefined && { filter: chosen }),
        ...token,
        idempotencyKey: drawKey(),
      },
      signal,
    );
    if (result.status === "dry_run") throw new KeepsakeError("INVALID_RESULT");
    if (!asks(result)) {
      const missing = result.count === 0 ? await scope.missing(filter?.project, signal) : undefined;
      return {
        text:
          missing === undefined && result.count > 0
            ? `Forgotten: ${counted(result.count, "memory", "memories")}. The next purge erases ${result.count === 1 ? "it" : "them"} from the disk.`
            : [missing, "Nothing was forgotten."].filter((each) => each !== undefined).join(" "),
        structured: { status: "forgotten" as const, count: result.count },
      };
    }
    const isDated = filter?.after !== undefined || filter?.before !== undefined;
    const { targetCount } = result;
    const { text, structured } = present(
      result,
      `forget ${counted(targetCount, "memory", "memories")}`,
      isDated,
    );
    const newest = chosen === undefined ? [] : await newestOf(chosen, daemon, signal);
    const some =
      newest.length === 0 ? "" : ` The newest of them, to show with memory_get: ${newest.join(", ")}.`;
    return {
      text: `${text}${some}`,
      structured: {
        status: "confirmation_required" as const,
        count: targetCount,
        ...structured,
        ...(newest.length > 0 && { newest_ids: [...newest] }),
      },
    };
  },
});

/** The first few that would go, by id: what they say is read with `memory_get`, where it is framed. None when they cannot be told. */
async function newestOf(chosen: Filter, daemon: DaemonLink, signal: AbortSignal): Promise<readonly string[]> {
  try {
    const { memories } = await daemon.call("memory.recent", { ...chosen, limit: SHOWN }, signal);
    return memories.map(({ id }) => id);
  } catch (error) {
    if (!hasCode(error)) throw error;
    return [];
  }
}
