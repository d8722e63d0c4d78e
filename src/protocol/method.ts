/** What one entry of the method table says; the table itself is `method-table.ts`. */
import type * as z from "zod";
import type { ErrorCode } from "../base/error-table.ts";

/** `write` lets a client do what `capture` does. */
export const SCOPES = ["read", "write", "capture", "forget", "control", "admin"] as const;
export type ClientScope = (typeof SCOPES)[number];

/**
 * What a method does to what is recalled: nothing; it adds memories; or it can take some out of recall (forget, replace, let
 * expire), which it may do behind the gate of `policy/recall-gate.ts` alone.
 */
export type RecallEffect = "none" | "adds" | "removes";

/** What a model sees of a method that is also an MCP tool. */
export interface ToolDescription {
  readonly name: `memory_${string}`;
  readonly title: string;
  readonly destructive: boolean;
  readonly idempotent: boolean;
}

export interface MethodDefinition<P extends z.ZodType = z.ZodType, R extends z.ZodType = z.ZodType> {
  readonly summary: string;
  /** `undefined`: every client that said hello may call it. */
  readonly scope: ClientScope | undefined;
  /** Whether the method works while the vault is sealed or missing. */
  readonly sealed: boolean;
  readonly recall: RecallEffect;
  /** Only the person's own client may call it, whatever the scopes of others. */
  readonly personOnly?: true;
  readonly destructive?: boolean;
  /** `key`: accepts an idempotency key. `natural`: the same call twice changes nothing more. */
  readonly idempotent?: "key" | "natural";
  /**
   * How the call goes on record; absent for what changes nothing, which is recorded within a second of its answer.
   * `batch`: in the batch that holds what it changed. `before`: before it does anything, or it is refused. `after`: before
   * its answer, since it may be what lets the vault be written to.
   */
  readonly onRecord?: "batch" | "before" | "after";
  /** Does not count as activity for the auto-lock. */
  readonly passive?: boolean;
  /**
   * Secret frames the client sends right behind the request, in this order, for these params: names for the
   * documentation, such as `["current", "new"]`.
   */
  readonly secrets?: (params: z.output<P>) => readonly string[];
  /** Whether a secret frame follows the result (a recovery key that is shown once). */
  readonly secretResult?: (params: z.output<P>) => boolean;
  /** `in`: stream frames follow the request, an empty one ends them. */
  readonly stream?: "in";
  /** Long methods send progress and have no deadline of their own; others end after `LIMITS.requestMs`. */
  readonly long?: boolean;
  readonly params: P;
  readonly result: R;
  /** Codes this method can answer with, besides those every method can. */
  readonly errors: readonly ErrorCode[];
  readonly tool?: ToolDescription;
}

/** Codes of whatever writes to the vault, and of such a method that takes an idempotency key. */
export const WRITE_ERRORS = ["VAULT_READ_ONLY", "DISK_FULL", "WRITE_FAILED"] as const;
export const KEYED_WRITE_ERRORS = [...WRITE_ERRORS, "IDEMPOTENCY_CONFLICT"] as const;
/** Codes of a method that asks to be confirmed. */
export const CONFIRMATION_ERRORS = [
  "CONFIRMATION_INVALID",
  "CONFIRMATION_STALE",
  "CONFIRMATION_REFUSED",
] as const;

/** Checks an entry and keeps its exact types. */
export function method<P extends z.ZodType, R extends z.ZodType>(
  definition: MethodDefinition<P, R>,
): MethodDefinition<P, R> {
  return definition;
}
