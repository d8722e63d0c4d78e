/** `memory_update`: writes a new version of a memory; the old one stays in its history. */
import * as z from "zod";
import { KeepsakeError } from "../../base/errors.ts";
import { noteText, recordId } from "../../protocol/schemas.ts";
import { changeArguments, givenSlips, readGiven } from "./arguments.ts";
import { tool } from "./tool.ts";

const NEVER = "never";

export const updateTool = tool({
  description: "Correct a memory: writes a new version with a new id; the old one stays in its history.",
  input: z.strictObject({
    id: recordId,
    text: noteText.optional(),
    ...changeArguments,
  }),
  output: z.strictObject({ id: z.string(), supersedes: z.string(), reused: z.boolean() }),
  slips: { ...givenSlips, memory_id: "id" },
  run: async ({ id, text, ...given }, context) => {
    const isKept = given.expires_at === NEVER;
    const change = {
      ...(text !== undefined && { text }),
      ...(await readGiven({ ...given, ...(isKept && { expires_at: undefined }) }, context.clock.now())),
      ...(isKept && { expiresAt: null }),
    };
    if (Object.keys(change).length === 0) {
      throw new KeepsakeError(
        "INVALID_PARAMS",
        `give at least one of ${["text", ...Object.keys(changeArguments)].join(", ")}`,
      );
    }
    const result = await context.daemon.call(
      "memory.update",
      { id, ...change, idempotencyKey: context.drawKey() },
      context.signal,
    );
    return { text: `Updated: ${result.id} replaces ${result.supersedes}.`, structured: result };
  },
});
