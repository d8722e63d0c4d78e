/** Methods that store memories. */
import * as z from "zod";
import { LIMITS } from "../../base/limits.ts";
import { CONFIRMATION_ERRORS, KEYED_WRITE_ERRORS, WRITE_ERRORS, method } from "../method.ts";
import {
  confirmationRequired,
  confirmationToken,
  count,
  givenFields,
  idempotencyKey,
  instant,
  listOf,
  memoryRole,
  memoryText,
  messageName,
  newFields,
  noteText,
  otherNames,
  projectName,
  recordId,
  sessionName,
  speakerName,
  tagList,
} from "../schemas.ts";

/** The person has secrets stored as they are; everyone else is refused. */
const keepSecrets = z.literal(true).optional();
const secretsFound = {
  /** How many secrets were replaced by `[redacted: kind]`; absent: none. */
  redacted: count.optional(),
  /** How many were stored as they are, since the person wanted that; absent: none. */
  keptSecrets: count.optional(),
};

/** One conversation turn as a hook or an importer hands it over. */
export const turn = z.strictObject({
  /** The host's id of the message: in a project the same is stored once, whatever its session; in another session with another text it is another message. */
  messageId: messageName,
  alsoNamed: otherNames.optional(),
  role: memoryRole,
  speaker: speakerName.optional(),
  text: memoryText,
  at: instant,
  tags: tagList.optional(),
});

export const memoryWriteMethods = {
  "memory.save": method({
    summary: "Store a note and return its id.",
    scope: "write",
    sealed: false,
    recall: "removes",
    destructive: true,
    onRecord: "batch",
    idempotent: "key",
    params: z.strictObject({
      text: noteText,
      /** None unless given; of a new version that of what it supersedes, and no other. */
      project: projectName.nullable().optional(),
      ...newFields,
      expiresAt: instant.optional(),
      /** What others wrote is superseded, and so leaves recall, only with a confirmation. */
      supersedes: recordId.optional(),
      at: instant.optional(),
      keepSecrets,
      confirmationToken: confirmationToken.optional(),
      idempotencyKey: idempotencyKey.optional(),
    }),
    result: z.union([
      z.strictObject({ id: recordId, reused: z.boolean(), ...secretsFound }),
      confirmationRequired,
    ]),
    errors: [...KEYED_WRITE_ERRORS, ...CONFIRMATION_ERRORS, "NOT_FOUND", "RECORD_DAMAGED"],
    tool: { name: "memory_save", title: "Save a memory", destructive: true, idempotent: false },
  }),
  "memory.leave": method({
    summary: "Keep a note of the person: while sealed it waits encrypted in the inbox, else it is stored.",
    scope: "write",
    sealed: true,
    personOnly: true,
    recall: "adds",
    onRecord: "batch",
    params: z.strictObject({
      text: noteText,
      project: projectName.nullable().default(null),
      ...newFields,
      expiresAt: instant.optional(),
      at: instant.optional(),
      keepSecrets,
    }),
    /** What waits has no id before the next unlock. */
    result: z.strictObject({ waiting: count, id: recordId.optional(), ...secretsFound }),
    errors: ["VAULT_MISSING", ...WRITE_ERRORS, "INBOX_FULL", "UNSAFE_PATH", "RECORD_DAMAGED"],
  }),
  "memory.capture": method({
    summary: "Store conversation turns verbatim; while sealed they wait encrypted in the inbox.",
    scope: "capture",
    sealed: true,
    recall: "adds",
    onRecord: "batch",
    idempotent: "key",
    params: z.strictObject({
      project: projectName.nullable().default(null),
      session: sessionName,
      turns: listOf(turn, LIMITS.turnsPerCapture, 1),
      /** Refused while sealed. Not needed: a turn is stored once by its message id. */
      idempotencyKey: idempotencyKey.optional(),
    }),
    result: z.strictObject({
      stored: count,
      duplicates: count,
      waiting: count,
      /** Turns of this project that were forgotten, and are not stored again; absent: none. */
      forgotten: count.optional(),
      /** How many secrets were replaced by `[redacted: kind]`; absent: none. */
      redacted: count.optional(),
      reused: z.boolean(),
    }),
    errors: [
      "VAULT_MISSING",
      "VAULT_SEALED",
      ...WRITE_ERRORS,
      "INBOX_FULL",
      "UNSAFE_PATH",
      "IDEMPOTENCY_CONFLICT",
      "RECORD_DAMAGED",
    ],
  }),
  "memory.update": method({
    summary:
      "Write a new version of a memory; the old one stays in its history. The text of a turn never changes.",
    scope: "write",
    sealed: false,
    recall: "removes",
    onRecord: "batch",
    destructive: true,
    idempotent: "key",
    params: z.strictObject({
      id: recordId,
      text: noteText.optional(),
      ...z.strictObject(givenFields).partial().shape,
      expiresAt: instant.nullable().optional(),
      keepSecrets,
      confirmationToken: confirmationToken.optional(),
      idempotencyKey: idempotencyKey.optional(),
    }),
    result: z.union([
      /** When the memory is like that already, nothing is written: `reused` is true, `supersedes` the version before it, if any. */
      z.strictObject({ id: recordId, supersedes: recordId.optional(), reused: z.boolean(), ...secretsFound }),
      confirmationRequired,
    ]),
    errors: ["NOT_FOUND", ...KEYED_WRITE_ERRORS, ...CONFIRMATION_ERRORS, "RECORD_DAMAGED"],
    tool: { name: "memory_update", title: "Update a memory", destructive: true, idempotent: true },
  }),
};
