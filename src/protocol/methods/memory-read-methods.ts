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
import { BRIEF_SIZES } from "../words.ts";

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

/** How a session began and ended. */
const sessionEnds = {
  /** The beginning of its first turn by a person, and the trust of that turn. */
  opening: z.string(),
  trust: memoryTrust.optional(),
  /** The beginning of its last answer, and the trust of that; absent when it has none. */
  closing: z.string().optional(),
  closingTrust: memoryTrust.optional(),
};

/** How long a brief may be. */
export const briefSize = z.enum(BRIEF_SIZES);
export type BriefSize = z.infer<typeof briefSize>;
/** The parts of a brief in their order; `general`: notes of no project. */
export const briefSection = z.enum(["pinned", "decisions", "notes", "sessions", "general"]);
export type BriefSection = z.infer<typeof briefSection>;
/** Why something is not in a brief. */
const briefLeft = z.enum(["no room", "earlier", "muted", "unverified", "superseded", "expired"]);

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
      /** Nothing of this one: who is in it has it before their eyes. */
      exceptSession: sessionName.optional(),
      includeSuperseded: z.boolean().default(false),
      /** Nobody asked for it: without what is muted or unverified, and only what matches well enough to be an answer. */
      unasked: z.boolean().default(false),
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
    summary: "What a new session should know of a project: pinned notes, decisions, notes, last sessions.",
    scope: "read",
    sealed: false,
    recall: "none",
    params: z.strictObject({
      project: projectName.nullable().optional(),
      /** As it is set, and full where no session is to begin with it. */
      size: briefSize.optional(),
      explain: z.boolean().default(false),
    }),
    result: z.strictObject({
      /** One item a line, each safe to show, without the frame that belongs around them; none when nothing is stored. */
      lines: z.array(z.string()),
      size: briefSize,
      pinned: z.array(memory),
      recent: z.array(memory),
      sessions: z.array(
        z.strictObject({
          session: sessionName,
          lastAt: instant,
          turns: count,
          ...sessionEnds,
        }),
      ),
      /** Notes of the digest are too large for the result and not among `pinned` and `recent`. */
      more: z.literal(true).optional(),
      /** Only with `explain`. */
      explained: z
        .strictObject({
          /** Why each line of a memory or a session is there; `line` counts from 0. */
          shown: z.array(
            z.strictObject({
              line: count,
              section: briefSection,
              id: recordId.optional(),
              session: sessionName.optional(),
            }),
          ),
          /** What of the scope is not there, and why; of what had no room, or is behind the newest that a brief shows, also which part it belongs to. */
          left: z.array(z.strictObject({ why: briefLeft, section: briefSection.optional(), count })),
        })
        .optional(),
    }),
    errors: ["RECORD_DAMAGED", "INVALID_CONFIG"],
  }),
  "memory.sessions": method({
    summary: "List conversations, the newest first: what each began with and how it ended.",
    scope: "read",
    sealed: false,
    recall: "none",
    params: z.strictObject({
      project: projectName.nullable().optional(),
      /** Only those whose name begins so; one that is called so goes before all others. */
      beginning: sessionName.optional(),
      /** Also the ids of their turns. */
      turnIds: z.boolean().default(false),
      limit: listLimit,
    }),
    result: z.strictObject({
      sessions: z.array(
        z.strictObject({
          session: sessionName,
          project: projectName.nullable(),
          lastAt: instant,
          turns: count,
          ...sessionEnds,
          /** Oldest first, the first 10,000 at most; only with `turnIds`. */
          turnIds: z.array(recordId).optional(),
        }),
      ),
      /** There are more than are here. */
      more: z.boolean(),
    }),
    errors: [],
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
