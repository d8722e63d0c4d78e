/**
 * `memory_forget`: one memory at once; several only after the same call is made again with the confirmation token that the
 * first answer carries, so that the user can be asked in between.
 */
import * as z from "zod";
import { KeepsakeError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Result } from "../../protocol/method-table.ts";
import { confirmationToken, recordId } from "../../protocol/schemas.ts";
import { kind, readProject, requestFilter, role, session, tags, timeRange } from "./arguments.ts";
import { tool } from "./tool.ts";

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
    confirmation_token: confirmationToken.optional(),
  }),
  output,
  slips: { id: "ids", memory_id: "ids", memory_ids: "ids", confirmationToken: "confirmation_token" },
  run: async ({ ids, filter, confirmation_token: token }, { daemon, scope, clock, drawKey, signal }) => {
    if ((ids === undefined) === (filter === undefined)) {
      throw new KeepsakeError("INVALID_PARAMS", "give either ids or filter");
    }
    const result = await daemon.call(
      "memory.forget",
      {
        ...(ids !== undefined && { ids }),
        ...(filter !== undefined && { filter: await requestFilter(filter, scope, clock.now(), signal) }),
        ...(token !== undefined && { confirmationToken: token }),
        idempotencyKey: drawKey(),
      },
      signal,
    );
    return presented(result);
  },
});

function presented(result: Result<"memory.forget">): { text: string; structured: z.output<typeof output> } {
  if (result.status === "forgotten") {
    return {
      text: `Forgotten: ${memories(result.count)}. The next purge erases it from the disk.`,
      structured: { status: "forgotten", count: result.count },
    };
  }
  if (result.status === "dry_run") throw new KeepsakeError("INVALID_RESULT");
  const { targetCount, confirmationToken: token, expiresInSeconds } = result;
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
