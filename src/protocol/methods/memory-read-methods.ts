/** Methods that read memories. */
import * as z from "zod";
import { LIMITS } from "../../base/limits.ts";
import { method } from "../method.ts";
import {
  count,
  filterFields,
  instant,
  listLimit,
  listOf,
  memory,
  memoryTrust,
  neighbours,
  projectName,
  queryText,
  recordId,
  sessionName,
  versionsLeft,
} from "../schemas.ts";

/** The other turn of a hit's exchange. */
const otherTurn = z.strictObject({ id: recordId, trust: memoryTrust, snippet: z.string() });

export const hit = memory.extend({
  score: z.number(),
  /** What of the text answers the query. */
  snippet: z.string(),
  /** What this turn answers; only with `fold`. */
  request: otherTurn.optional(),
  /** What answers this turn; only with `fold`. */
  answer: otherTurn.optional(),
  /** How many further hits say or ask the same, and an equal answer to another request, if newer; only with `fold`. */
  copies: z.strictObject({ count, newest: recordId.optional() }).optional(),
  /** The query asks for what holds now, and another hit, of about its score or better, is newer. */
  older: z.literal(true).optional(),
  /** What each part of the ranking contributed; only with `explain`. */
  parts: z.record(z.string(), z.number()).optional(),
  /** Only with `context`. */
  context: neighbours.optional(),
});
export type Hit = z.infer<typeof hit>;

const context = z.int().min(0).max(LIMITS.maxContext).default(0);

export const memoryReadMethods = {
  "memory.search": method({
    summary: "Find memories by words, the best match first.",
    scope: "read",
    sealed: false,
    recall: "none",
    params: z.strictObject({
      query: queryText,
      ...filterFields,
      limit: listLimit,
      includeSuperseded: z.boolean().default(false),
      asOf: instant.optional(),
      context,
      explain: z.boolean().default(false),
      /** A request and its answer are one hit, and so are equal texts and requests: the newest, with a count. */
      fold: z.boolean().default(false),
      /** Bytes of all snippets together, the better hits having more; without it each has up to 200 characters. */
      snippetBytes: z.int().min(100).max(LIMITS.textBytes).optional(),
    }),
    result: z.strictObject({
      /** The best, as many as the result holds. */
      hits: z.array(hit),
      /** More match than are here. */
      more: z.boolean(),
      /** Even the best matches so little that it may well be no answer. */
      weak: z.boolean().optional(),
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
    recall: "none",
    params: z.strictObject({
      ids: listOf(recordId, LIMITS.maxIds, 1),
      context,
      /** Beside each turn its whole exchange, and `context` turns around that. */
      exchange: z.boolean().default(false),
    }),
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
    recall: "none",
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
  "memory.brief": method({
    summary: "What a new session should know of a project: pinned and recent notes, last sessions.",
    scope: "read",
    sealed: false,
    recall: "none",
    params: z.strictObject({ project: projectName.nullable().optional() }),
    result: z.strictObject({
      pinned: z.array(memory),
      recent: z.array(memory),
      sessions: z.array(
        z.strictObject({
          session: sessionName,
          lastAt: instant,
          turns: count,
          /** The beginning of its first turn by a person, and the trust of that turn. */
          opening: z.string(),
          trust: memoryTrust.optional(),
        }),
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
    recall: "none",
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
