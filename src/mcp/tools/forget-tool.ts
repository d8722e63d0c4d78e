/**
 * `memory_forget`: one memory at once; several only after the same call is made again with the confirmation token that the
 * first answer carries, so that the user can be asked in between.
 *
 * The daemon binds its token to what it was asked, and "older than 7d" means another time at the second call. So the token
 * that goes to the model carries the time of the first one, `token.time`: with another time the daemon refuses it.
 */
import * as z from "zod";
import { KeepsakeError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Result } from "../../protocol/method-table.ts";
import { recordId } from "../../protocol/schemas.ts";
import { kind, readProject, requestFilter, role, session, tags, timeRange } from "./arguments.ts";
import { tool } from "./tool.ts";
import type { ToolOutcome } from "./tool.ts";

/** A daemon's token, and the milliseconds since the epoch in base 36 from which spans count. */
const DATED_TOKEN = /^([A-Za-z0-9_-]{43})(?:\.([0-9a-z]{1,9}))?$/;

const output = z.strictObject({
  status: z.enum(["forgotten", "confirmation_required"]),
  count: z.int(),
  confirmation_token: z.string().optional(),
  expires_in_seconds: z.int().optional(),
});

export const forgetTool = tool({
  description:
    "Forget memories with all versions: by ids, or by filter. More than one needs the user's consent, then the same call with the returned confirmation_token.",
  input: z.strictObject({
    ids: z.array(recordId).min(1).max(LIMITS.listMost).optional(),
    filter: z.strictObject({ project: readProject, tags, kind, role, session, ...timeRange }).optional(),
    confirmation_token: z.string().regex(DATED_TOKEN, "not a confirmation token").optional(),
  }),
  output,
  slips: { id: "ids", memory_id: "ids", memory_ids: "ids", confirmationToken: "confirmation_token" },
  run: async ({ ids, filter, confirmation_token: given }, { daemon, scope, clock, drawKey, signal }) => {
    if ((ids === undefined) === (filter === undefined)) {
      throw new KeepsakeError("INVALID_PARAMS", "give either ids or filter");
    }
    const [, token, time] = DATED_TOKEN.exec(given ?? "") ?? [];
    const now = time === undefined ? clock.now() : Number.parseInt(time, 36);
    const result = await daemon.call(
      "memory.forget",
      {
        ...(ids !== undefined && { ids }),
        ...(filter !== undefined && { filter: await requestFilter(filter, scope, now, signal) }),
        ...(token !== undefined && { confirmationToken: token }),
        idempotencyKey: drawKey(),
      },
      signal,
    );
    const isDated = filter?.after !== undefined || filter?.before !== undefined;
    return presented(result, isDated ? `.${now.toString(36)}` : "");
  },
});

function presented(result: Result<"memory.forget">, date: string): ToolOutcome<z.output<typeof output>> {
  if (result.status === "forgotten") {
    return {
      text: `Forgotten: ${memories(result.count)}. The next purge erases it from the disk.`,
      structured: { status: "forgotten", count: result.count },
    };
  }
  if (result.status === "dry_run") throw new KeepsakeError("INVALID_RESULT");
  const { targetCount, confirmationToken, expiresInSeconds } = result;
  const token = `${confirmationToken}${date}`;
  return {
    text: `Nothing was forgotten yet. This would forget ${memories(targetCount)}: ask the user, then repeat the call with confirmation_token "${token}" within ${expiresInSeconds} s.`,
    structured: {
      status: "confirmation_required",
      count: targetCount,
      confirmation_token: token,
      expires_in_seconds: expiresInSeconds,
    },
  };
}

function memories(count: number): string {
  return count === 1 ? "1 memory" : `${count} memories`;
}
