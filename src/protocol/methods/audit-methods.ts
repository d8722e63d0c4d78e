/** Methods on the record of who asked for what. */
import * as z from "zod";
import { ERROR_TABLE } from "../../base/error-table.ts";
import type { ErrorCode } from "../../base/error-table.ts";
import { SCOPES, method } from "../method.ts";
import { clientId, count, instant } from "../schemas.ts";

const errorCode = z.enum(Object.keys(ERROR_TABLE) as [ErrorCode, ...ErrorCode[]]);
/** A method of the table, `hello`, or what the record says of itself. */
const auditedMethod = z.string().regex(/^[a-z]{1,16}(\.[a-z]{1,16})?$/, "not the name of a method");
const sequence = z.int().positive();

export const MAX_AUDIT_IDS = 10;

/**
 * What is on record of one call, or of several that were counted together. Ids, codes, names of methods and clients,
 * times and numbers; there is no field that could hold anything of a memory.
 */
export const auditedCall = z.strictObject({
  at: instant,
  /** 12 hexadecimal digits: the same in every entry of a call, in the log and in an INTERNAL error. */
  traceId: z
    .string()
    .regex(/^[0-9a-f]{12}$/)
    .optional(),
  /** Absent: nobody who has a token. */
  client: clientId.optional(),
  /** Absent: there is no such method. */
  method: auditedMethod.optional(),
  /** The scope that the method needs. */
  scope: z.enum(SCOPES).optional(),
  /**
   * `begun`: about to be done, another entry of the same trace says what came of it. `asked`: nothing was done, a
   * confirmation was asked for, or what would be done (a dry run). `refused`: by a gate, before anything was looked at. `failed`: while it was done.
   */
  outcome: z.enum(["begun", "done", "asked", "refused", "failed"]),
  code: errorCode.optional(),
  milliseconds: count.optional(),
  bytesIn: count.optional(),
  bytesOut: count.optional(),
  /** Of memories, slots or clients that it was about. */
  count: count.optional(),
  /** The first of them. */
  ids: z
    .array(z.string().regex(/^[a-z0-9-]{1,32}$/))
    .max(MAX_AUDIT_IDS)
    .optional(),
  idempotency: z.enum(["new", "reused", "conflict"]).optional(),
  /** `given` and `refused` also of the person's answer itself. */
  confirmation: z.enum(["asked", "given", "refused"]).optional(),
  /** How many calls were counted together, from `at` to `until`. */
  times: z.int().positive().optional(),
  until: instant.optional(),
  /** It waited in the inbox until the vault was opened. */
  sealed: z.literal(true).optional(),
});

export const auditEntry = z.strictObject({ sequence, ...auditedCall.shape });

/** Where the record begins now, and why not with the first entry there ever was. */
const auditBegin = z.strictObject({
  /** Of the first entry that is kept. */
  sequence,
  since: instant,
  reason: z.enum(["start", "age", "size"]),
});

export const auditProblem = z.strictObject({
  kind: z.enum(["removed", "changed", "reordered", "truncated"]),
  /** The first and the last sequence number it is about. */
  from: sequence,
  to: sequence,
});

const listed = { begins: auditBegin };

export const auditMethods = {
  "audit.list": method({
    summary: "List who asked for what, newest first; never what a memory, query or project holds.",
    scope: "admin",
    sealed: false,
    recall: "none",
    params: z.strictObject({
      client: clientId.optional(),
      method: auditedMethod.optional(),
      code: errorCode.optional(),
      /** Only what was refused or failed. */
      failed: z.boolean().default(false),
      after: instant.optional(),
      before: instant.optional(),
      /** Only entries with a smaller sequence number: how to go on behind an answer. */
      below: sequence.optional(),
      limit: z.int().min(1).max(1_000).default(50),
    }),
    result: z.strictObject({ entries: z.array(auditEntry), more: z.boolean(), ...listed }),
    errors: [],
  }),
  "audit.verify": method({
    summary: "Check the chain of all entries and name what was removed, changed, reordered or cut off.",
    scope: "admin",
    sealed: false,
    recall: "none",
    long: true,
    params: z.strictObject({}),
    result: z.strictObject({
      ok: z.boolean(),
      entries: count,
      /** The first 100. */
      problems: z.array(auditProblem),
      problemCount: count,
      ...listed,
    }),
    errors: [],
  }),
};
