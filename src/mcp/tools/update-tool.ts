/** `memory_update`: writes a new version of a memory; the old one stays in its history. */
import * as z from "zod";
import { KeepsakeError } from "../../base/errors.ts";
import { noteText, recordId } from "../../protocol/schemas.ts";
import { expiresAt, pinned, readExpiry, tags } from "./arguments.ts";
import { tool } from "./tool.ts";

const NEVER = "never";

export const updateTool = tool({
  description: "Correct a memory: writes a new version with a new id; the old one stays in its history.",
  input: z.strictObject({
    id: recordId,
    text: noteText.optional(),
    tags: tags.describe("replaces all"),
    pinned,
    expires_at: expiresAt.describe('or "never"'),
  }),
  output: z.strictObject({ id: z.string(), supersedes: z.string(), reused: z.boolean() }),
  slips: { content: "text", memory_id: "id", tag: "tags", expiresAt: "expires_at" },
  run: async ({ id, text, tags: newTags, pinned: newPinned, expires_at: expiry }, context) => {
    const change = {
      ...(text !== undefined && { text }),
      ...(newTags !== undefined && { tags: newTags }),
      ...(newPinned !== undefined && { pinned: newPinned }),
      ...(expiry !== undefined && {
        expiresAt: expiry === NEVER ? null : await readExpiry(expiry, context.clock.now()),
      }),
    };
    if (Object.keys(change).length === 0) {
      throw new KeepsakeError("INVALID_PARAMS", "give at least one of text, tags, pinned, expires_at");
    }
    const result = await context.daemon.call(
      "memory.update",
      { id, ...change, idempotencyKey: context.drawKey() },
      context.signal,
    );
    return { text: `Updated: ${result.id} replaces ${result.supersedes}.`, structured: result };
  },
});
