/** The method that forgets memories. */
import * as z from "zod";
import { LIMITS } from "../../base/limits.ts";
import { CONFIRMATION_ERRORS, KEYED_WRITE_ERRORS, method } from "../method.ts";
import {
  confirmationRequired,
  confirmationToken,
  count,
  filter,
  idempotencyKey,
  listOf,
  recordId,
} from "../schemas.ts";

export const memoryForgetMethods = {
  "memory.forget": method({
    summary:
      "Forget memories with all their versions; more than one, or what others wrote, needs a confirmation.",
    scope: "forget",
    sealed: false,
    recall: "removes",
    onRecord: "batch",
    destructive: true,
    idempotent: "key",
    params: z.strictObject({
      ids: listOf(recordId, LIMITS.maxListed, 1).optional(),
      filter: filter.optional(),
      dryRun: z.boolean().default(false),
      confirmationToken: confirmationToken.optional(),
      idempotencyKey: idempotencyKey.optional(),
    }),
    result: z.discriminatedUnion("status", [
      z.strictObject({ status: z.literal("forgotten"), count, reused: z.boolean() }),
      z.strictObject({ status: z.literal("dry_run"), count }),
      confirmationRequired,
    ]),
    errors: ["NOT_FOUND", ...KEYED_WRITE_ERRORS, ...CONFIRMATION_ERRORS, "RECORD_DAMAGED"],
    tool: { name: "memory_forget", title: "Forget memories", destructive: true, idempotent: true },
  }),
};
