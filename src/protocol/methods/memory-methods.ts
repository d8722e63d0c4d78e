/** Methods on memories. */
import * as z from "zod";
import { LIMITS } from "../../base/limits.ts";
import { method } from "../method.ts";
import {
  confirmationRequired,
  confirmationToken,
  count,
  filter,
  filterFields,
  idempotencyKey,
  instant,
  listLimit,
  memory,
  memoryRole,
  memoryText,
  messageName,
  neighbours,
  noteText,
  projectName,
  queryText,
  recordId,
  sessionName,
  speakerName,
  tagList,
  versionsLeft,
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

export const hit = memory.extend({
  score: z.number(),
  snippet: z.string(),
  /** What each part of the ranking contributed; only with `explain`. */
  parts: z.record(z.string(), z.number()).optional(),
  /** Only with `context`. */
  context: neighbours.optional(),
});
export type Hit = z.infer<typeof hit>;

const context = z.int().min(0).max(LIMITS.contextMost).default(0);

export const memoryMethods = {
  "memory.save": method({
    summary: "Store a note and return its id.",
    scope: "write",
    sealed: false,
    idempotent: "key",
    params: z.strictObject({
      text: noteText,
      project: projectName.nullable().default(null),
      tags: tagList.default([]),
      pinned: z.boolean().default(false),
      expiresAt: instant.optional(),
      supersedes: recordId.optional(),
      at: instant.optional(),
      idempotencyKey: idempotencyKey.optional(),
    }),
    result: z.strictObject({ id: recordId, reused: z.boolean() }),
    errors: [
      "VAULT_READ_ONLY",
      "DISK_FULL",
      "WRITE_FAILED",
      "IDEMPOTENCY_CONFLICT",
      "NOT_FOUND",
      "RECORD_DAMAGED",
    ],
    tool: { name: "memory_save", title: "Save a memory", destructive: false, idempotent: false },
  }),
  "memory.capture": method({
    summary: "Store conversation turns verbatim; while sealed they wait encrypted in the inbox.",
    scope: "write",
    sealed: true,
    idempotent: "key",
    params: z.strictObject({
      project: projectName.nullable().default(null),
      session: sessionName,
      turns: z.array(turn).min(1).max(LIMITS.turnsPerCapture),
      /** Refused while sealed. Not needed: a turn is stored once by its session and message id. */
      idempotencyKey: idempotencyKey.optional(),
    }),
    result: z.strictObject({ stored: count, duplicates: count, waiting: count, reused: z.boolean() }),
    errors: [
      "VAULT_MISSING",
      "VAULT_SEALED",
      "VAULT_READ_ONLY",
      "DISK_FULL",
      "WRITE_FAILED",
      "UNSAFE_PATH",
      "IDEMPOTENCY_CONFLICT",
      "RECORD_DAMAGED",
    ],
  }),
  "memory.search": method({
    summary: "Find memories by words, the best match first.",
    scope: "read",
    sealed: false,
    params: z.strictObject({
      query: queryText,
      ...filterFields,
      limit: listLimit,
      includeSuperseded: z.boolean().default(false),
      asOf: instant.optional(),
      context,
      explain: z.boolean().default(false),
    }),
    result: z.strictObject({
      /** The best, as many as the result holds. */
      hits: z.array(hit),
      /** More match than are here. */
      more: z.boolean(),
      /** False while the index is still being rebuilt: the answer may lack memories. */
      complete: z.boolean(),
    }),
    errors: ["RECORD_DAMAGED"],
    tool: { name: "memory_search", title: "Search memories", destructive: false, idempotent: true },
  }),
  "memory.get": method({
    summary: "Return memories by id, with every version and, on request, the neighbouring turns.",
    scope: "read",
    sealed: false,
    params: z.strictObject({ ids: z.array(recordId).min(1).max(LIMITS.getMost), context }),
    result: z.strictObject({
      memories: z.array(
        memory.extend({
          /** All versions, oldest first, when there is more than one; those nearest to the memory where not all fit. */
          versions: z.array(memory).optional(),
          versionsLeft: versionsLeft.optional(),
          context: neighbours.optional(),
        }),
      ),
      missing: z.array(recordId),
      /** Ids for which the result had no room: ask for them again. */
      leftOut: z.array(recordId).optional(),
    }),
    errors: ["RECORD_DAMAGED"],
    tool: { name: "memory_get", title: "Get memories by id", destructive: false, idempotent: true },
  }),
  "memory.recent": method({
    summary: "List the newest memories.",
    scope: "read",
    sealed: false,
    params: z.strictObject({
      ...filterFields,
      limit: listLimit,
      includeSuperseded: z.boolean().default(false),
    }),
    result: z.strictObject({
      /** The newest, as many as the result holds. */
      memories: z.array(memory),
      /** There are more than are here. */
      more: z.boolean(),
    }),
    errors: ["RECORD_DAMAGED"],
    tool: { name: "memory_recent", title: "List recent memories", destructive: false, idempotent: true },
  }),
  "memory.update": method({
    summary: "Write a new version of a memory; the old one stays in its history.",
    scope: "write",
    sealed: false,
    destructive: true,
    idempotent: "key",
    params: z.strictObject({
      id: recordId,
      text: noteText.optional(),
      tags: tagList.optional(),
      pinned: z.boolean().optional(),
      expiresAt: instant.nullable().optional(),
      idempotencyKey: idempotencyKey.optional(),
    }),
    result: z.strictObject({ id: recordId, supersedes: recordId, reused: z.boolean() }),
    errors: [
      "NOT_FOUND",
      "VAULT_READ_ONLY",
      "DISK_FULL",
      "WRITE_FAILED",
      "IDEMPOTENCY_CONFLICT",
      "RECORD_DAMAGED",
    ],
    tool: { name: "memory_update", title: "Update a memory", destructive: true, idempotent: true },
  }),
  "memory.forget": method({
    summary: "Forget memories with all their versions; more than one needs a confirmation.",
    scope: "forget",
    sealed: false,
    destructive: true,
    idempotent: "key",
    params: z.strictObject({
      ids: z.array(recordId).min(1).max(LIMITS.listMost).optional(),
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
    errors: [
      "NOT_FOUND",
      "VAULT_READ_ONLY",
      "DISK_FULL",
      "WRITE_FAILED",
      "IDEMPOTENCY_CONFLICT",
      "CONFIRMATION_INVALID",
      "CONFIRMATION_STALE",
      "RECORD_DAMAGED",
    ],
    tool: { name: "memory_forget", title: "Forget memories", destructive: true, idempotent: true },
  }),
  "memory.brief": method({
    summary: "What a new session should know of a project: pinned and recent notes, last sessions.",
    scope: "read",
    sealed: false,
    params: z.strictObject({ project: projectName.nullable().optional() }),
    result: z.strictObject({
      pinned: z.array(memory),
      recent: z.array(memory),
      sessions: z.array(
        z.strictObject({ session: sessionName, lastAt: instant, turns: count, opening: z.string() }),
      ),
      /** Notes of the digest are too large for the result and not here. */
      more: z.literal(true).optional(),
    }),
    errors: ["RECORD_DAMAGED"],
  }),
  "memory.projects": method({
    summary: "List projects and tags with their counts.",
    scope: "read",
    sealed: false,
    params: z.strictObject({}),
    result: z.strictObject({
      projects: z.array(z.strictObject({ project: projectName.nullable(), count, lastAt: instant })),
      tags: z.array(z.strictObject({ tag: z.string(), count })),
      /** There are more than a result holds; the newest projects and the most used tags are listed. */
      more: z.literal(true).optional(),
    }),
    errors: [],
  }),
};
