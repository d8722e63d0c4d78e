/** Methods that store memories. */
import * as z from "zod";
import { LIMITS } from "../../base/limits.ts";
import { KEYED_WRITE_ERRORS, WRITE_ERRORS, method } from "../method.ts";
import {
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
  projectName,
  recordId,
  sessionName,
  speakerName,
  tagList,
} from "../schemas.ts";

/** One conversation turn as a hook or an importer hands it over. */
export const turn = z.strictObject({
  /** The host's id of the message: the same (session, messageId) is stored once. */
  messageId: messageName,
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
    onRecord: "batch",
    idempotent: "key",
    params: z.strictObject({
      text: noteText,
      /** None unless given; of a new version that of what it supersedes, and no other. */
      project: projectName.nullable().optional(),
      ...newFields,
      expiresAt: instant.optional(),
      supersedes: recordId.optional(),
      at: instant.optional(),
      idempotencyKey: idempotencyKey.optional(),
    }),
    result: z.strictObject({ id: recordId, reused: z.boolean() }),
    errors: [...KEYED_WRITE_ERRORS, "NOT_FOUND", "RECORD_DAMAGED"],
    tool: { name: "memory_save", title: "Save a memory", destructive: false, idempotent: false },
  }),
  "memory.capture": method({
    summary: "Store conversation turns verbatim; while sealed they wait encrypted in the inbox.",
    scope: "capture",
    sealed: true,
    onRecord: "batch",
    idempotent: "key",
    params: z.strictObject({
      project: projectName.nullable().default(null),
      session: sessionName,
      turns: listOf(turn, LIMITS.turnsPerCapture, 1),
      /** Refused while sealed. Not needed: a turn is stored once by its session and message id. */
      idempotencyKey: idempotencyKey.optional(),
    }),
    result: z.strictObject({ stored: count, duplicates: count, waiting: count, reused: z.boolean() }),
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
    summary: "Write a new version of a memory; the old one stays in its history.",
    scope: "write",
    sealed: false,
    onRecord: "batch",
    destructive: true,
    idempotent: "key",
    params: z.strictObject({
      id: recordId,
      text: noteText.optional(),
      ...z.strictObject(givenFields).partial().shape,
      expiresAt: instant.nullable().optional(),
      idempotencyKey: idempotencyKey.optional(),
    }),
    result: z.strictObject({ id: recordId, supersedes: recordId, reused: z.boolean() }),
    errors: ["NOT_FOUND", ...KEYED_WRITE_ERRORS, "RECORD_DAMAGED"],
    tool: { name: "memory_update", title: "Update a memory", destructive: true, idempotent: true },
  }),
};
