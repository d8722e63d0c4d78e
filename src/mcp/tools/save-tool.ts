/** `memory_save`: stores one note. */
import * as z from "zod";
import { hasCode, KeepsakeError } from "../../base/errors.ts";
import { idempotencyKey, noteText, recordId } from "../../protocol/schemas.ts";
import { givenSlips, newArguments, readGiven, saveProject } from "./arguments.ts";
import { projectLabel, quotedProject } from "../labels.ts";
import { askedOutput, asks, confirmationArgument, confirmationSlips, confirming } from "./confirming.ts";
import { redactedNote } from "./redacted-note.ts";
import { tool } from "./tool.ts";

export const saveTool = tool({
  description:
    "Keep one fact, decision or preference for later sessions, written to stand alone. Never secrets.",
  input: z.strictObject({
    text: noteText,
    project: saveProject,
    ...newArguments,
    supersedes: recordId.optional().describe("id of the memory this replaces"),
    confirmation_token: confirmationArgument,
    idempotency_key: idempotencyKey.optional(),
  }),
  output: z.strictObject({
    id: z.string().optional(),
    project: z.string().optional(),
    reused: z.boolean().optional(),
    redacted: z.int().optional(),
    ...askedOutput,
  }),
  slips: {
    ...givenSlips,
    ...confirmationSlips,
    note: "text",
    memory: "text",
    idempotencyKey: "idempotency_key",
  },
  run: async ({ project: named, idempotency_key: ownKey, confirmation_token: token, ...given }, context) => {
    const { daemon, scope, clock, drawKey, signal } = context;
    const question = confirming(token, clock.now());
    // A new version belongs where the old one does, which the daemon knows.
    const isVersion = named === undefined && given.supersedes !== undefined;
    const { project, isNew } = isVersion
      ? { project: undefined, isNew: false }
      : await scope.forSave(named, signal);
    const key = ownKey ?? drawKey();
    try {
      const params = {
        ...(await readGiven(given, question.now)),
        ...question.token,
        ...(project !== undefined && { project }),
        idempotencyKey: key,
      };
      const result = await daemon.call("memory.save", params, signal);
      if (asks(result)) {
        const isDated = given.expires_at !== undefined;
        return question.present(result, "replace what you did not save yourself", isDated);
      }
      const { id, reused, redacted } = result;
      const place =
        project === undefined
          ? "the project of what it replaces"
          : `${quotedProject(project)}${isNew ? ", a new project" : ""}`;
      const label = typeof project === "string" && { project: projectLabel(project) };
      return {
        text: `${reused ? "Already saved" : "Saved"} as ${id} in ${place}.${redactedNote(redacted)}`,
        structured: { id, ...label, reused, ...(redacted !== undefined && { redacted }) },
      };
    } catch (error) {
      throw isUnclear(error) ? withKey(error, key) : error;
    }
  },
});

/** Whether the note may have been stored although no answer came. */
function isUnclear(error: unknown): error is KeepsakeError {
  return hasCode(error, "TIMEOUT", "DAEMON_UNREACHABLE", "WRITE_FAILED");
}

function withKey(error: KeepsakeError, key: string): KeepsakeError {
  return new KeepsakeError(error.code, error.message, {
    hint: `${error.hint ?? "retry"}; with idempotency_key "${key}" it is stored once`,
  });
}
