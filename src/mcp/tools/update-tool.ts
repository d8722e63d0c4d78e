/**
 * `memory_update`: writes a new version of a memory; the old one stays in its history. The same update again changes nothing.
 * A new text or time of what this client did not save itself needs the user's consent.
 */
import * as z from "zod";
import { KeepsakeError } from "../../base/errors.ts";
import { noteText, recordId } from "../../protocol/schemas.ts";
import { changeArguments, givenSlips, readGiven } from "./arguments.ts";
import { askedOutput, asks, confirmationArgument, confirmationSlips, confirming } from "./confirming.ts";
import { redactedNote } from "./redacted-note.ts";
import { tool } from "./tool.ts";

const NEVER = "never";
const NAME_CHANGE = 'such as {"id": "ID", "tags": ["pump"]}';

export const updateTool = tool({
  description:
    "Correct a note, or a memory's tags, pin or expiry, as a new version; the old one stays. Turns keep their text: save a note that supersedes one.",
  input: z.strictObject({
    id: recordId,
    text: noteText.optional(),
    ...changeArguments,
    confirmation_token: confirmationArgument,
  }),
  output: z.strictObject({
    id: z.string(),
    supersedes: z.string().optional(),
    reused: z.boolean().optional(),
    ...askedOutput,
  }),
  slips: { ...givenSlips, ...confirmationSlips, memory_id: "id" },
  run: async ({ id, confirmation_token: token, ...given }, { daemon, clock, drawKey, signal }) => {
    const question = confirming(token, clock.now());
    const { expires_at: expiry, ...rest } = given;
    const change = expiry === NEVER ? { ...rest, expiresAt: null } : await readGiven(given, question.now);
    if (Object.keys(change).length === 0) {
      const names = ["text", ...Object.keys(changeArguments)].join(", ");
      throw new KeepsakeError("INVALID_PARAMS", `give at least one of ${names}`, { hint: NAME_CHANGE });
    }
    const params = { id, ...change, ...question.token, idempotencyKey: drawKey() };
    const result = await daemon.call("memory.update", params, signal);
    if (asks(result)) {
      const { text, structured } = question.present(
        result,
        "change what you did not save yourself",
        expiry !== undefined && expiry !== NEVER,
      );
      return { text, structured: { id, ...structured } };
    }
    const text = result.reused
      ? `Nothing to change: ${result.id} says so already.`
      : `Updated: ${result.id} replaces ${result.supersedes ?? id}.`;
    const { keptSecrets: _kept, redacted: _redacted, ...structured } = result;
    return { text: text + redactedNote(result.redacted), structured };
  },
});
