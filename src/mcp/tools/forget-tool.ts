/**
 * `memory_forget`: one memory at once; several only after the same call is made again with the confirmation token that the
 * first answer carries, so that the user can be asked in between.
 *
 * The daemon binds its token to what it was asked, and "older than 7d" means another time at the second call. So the token
 * that goes to the model carries the time of the first one, `token.time`: with another time the daemon refuses it.
 */
import * as z from "zod";
import { KeepsakeError, hasCode } from "../../base/errors.ts";
import { counted } from "../../base/shown-values.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Result } from "../../protocol/method-table.ts";
import { TARGET_RULE } from "../../protocol/methods/memory-forget-methods.ts";
import type { Filter } from "../../protocol/schemas.ts";
import { recordId } from "../../protocol/schemas.ts";
import type { DaemonLink } from "../daemon-link.ts";
import { filterArguments, requestFilter } from "./arguments.ts";
import { tool } from "./tool.ts";
import type { ToolOutcome } from "./tool.ts";

/** A daemon's token, and the milliseconds since the epoch in base 36 from which spans count. */
const DATED_TOKEN = /^([A-Za-z0-9_-]{43})(?:\.([0-9a-z]{1,9}))?$/;

/** Of what a filter chooses, so that the user can be shown some of it. */
const SHOWN = 5;

const output = z.strictObject({
  status: z.enum(["forgotten", "confirmation_required"]),
  count: z.int(),
  confirmation_token: z.string().optional(),
  expires_in_seconds: z.int().optional(),
  newest_ids: z.array(z.string()).optional(),
});

export const forgetTool = tool({
  description:
    "Forget memories with all versions: by ids, or by filter. More than one needs the user's consent, then the same call with the returned confirmation_token.",
  input: z.strictObject({
    ids: z.array(recordId).min(1).max(LIMITS.maxListed).optional(),
    filter: z.strictObject(filterArguments).optional(),
    confirmation_token: z.string().regex(DATED_TOKEN, "not a confirmation token").optional(),
  }),
  output,
  slips: { id: "ids", memory_id: "ids", memory_ids: "ids", confirmationToken: "confirmation_token" },
  run: async ({ ids, filter, confirmation_token: given }, { daemon, scope, clock, drawKey, signal }) => {
    if ((ids === undefined) === (filter === undefined)) {
      throw new KeepsakeError("INVALID_PARAMS", TARGET_RULE);
    }
    const [, token, time] = DATED_TOKEN.exec(given ?? "") ?? [];
    const now = time === undefined ? clock.now() : Number.parseInt(time, 36);
    const chosen = filter && (await requestFilter(filter, scope, now, signal));
    const result = await daemon.call(
      "memory.forget",
      {
        ...(ids !== undefined && { ids }),
        ...(chosen !== undefined && { filter: chosen }),
        ...(token !== undefined && { confirmationToken: token }),
        idempotencyKey: drawKey(),
      },
      signal,
    );
    const isDated = filter?.after !== undefined || filter?.before !== undefined;
    const isAsked = chosen !== undefined && result.status === "confirmation_required";
    const newest = isAsked ? await newestOf(chosen, daemon, signal) : [];
    return presented(result, isDated ? `.${now.toString(36)}` : "", newest);
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

function presented(
  result: Result<"memory.forget">,
  date: string,
  newest: readonly string[],
): ToolOutcome<z.output<typeof output>> {
  if (result.status === "forgotten") {
    return {
      text: `Forgotten: ${counted(result.count, "memory", "memories")}. The next purge erases ${result.count === 1 ? "it" : "them"} from the disk.`,
      structured: { status: "forgotten", count: result.count },
    };
  }
  if (result.status === "dry_run") throw new KeepsakeError("INVALID_RESULT");
  const { targetCount, confirmationToken, expiresInSeconds } = result;
  const token = `${confirmationToken}${date}`;
  const some =
    newest.length === 0 ? "" : ` The newest of them, to show with memory_get: ${newest.join(", ")}.`;
  return {
    text: `Nothing was forgotten yet. This would forget ${counted(targetCount, "memory", "memories")}: ask the user, then repeat the call with confirmation_token "${token}" within ${expiresInSeconds} s.${some}`,
    structured: {
      status: "confirmation_required",
      count: targetCount,
      confirmation_token: token,
      expires_in_seconds: expiresInSeconds,
      ...(newest.length > 0 && { newest_ids: [...newest] }),
    },
  };
}
