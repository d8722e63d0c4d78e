/** `memory_update`: writes a new version of a memory; the old one stays in its history. */
import * as z from "zod";
import { KeepsakeError } from "../../base/errors.ts";
import { noteText, recordId } from "../../protocol/schemas.ts";
import { changeArguments, givenSlips, readGiven } from "./arguments.ts";
import { tool } from "./tool.ts";

const NEVER = "never";

export const updateTool = tool({
  description: "Correct a memory: writes a new version with a new id; the old one stays in its history.",
  input: z.strictObject({ id: recordId, text: noteText.optional(), ...changeArguments }),
  output: z.strictObject({ id: z.string(), supersedes: z.string(), reused: z.boolean() }),
  slips: { ...givenSlips, memory_id: "id" },
  run: async ({ id, ...given }, { daemon, clock, drawKey, signal }) => {
    const { expires_at: expiry, ...rest } = given;
    const change = expiry === NEVER ? { ...rest, expiresAt: null } : await readGiven(given, clock.now());
    if (Object.keys(change).length === 0) {
      const names = ["text", ...Object.keys(changeArguments)].join(", ");
      throw new KeepsakeError("INVALID_PARAMS", `give at least one of ${names}`);
    }
    const params = { id, ...change, idempotencyKey: drawKey() };
    const result = await daemon.call("memory.update", params, signal);
    return { text: `Updated: ${result.id} replaces ${result.supersedes}.`, structured: result };
  },
});
