/**
 * The strict schemas of the method table applied to what arrived. Refusals name the field and the limit, never what was
 * in it: not a value, and not the name of an unknown field either, which is the caller's text as well.
 */
import * as z from "zod";
import { KeepsakeError } from "../base/errors.ts";
import type { MethodDefinition } from "./method.ts";
import type { MethodName, Params, Result } from "./method-table.ts";
import { METHODS } from "./method-table.ts";

const ISSUES_NAMED = 3;
const FIELD_NAME = /^([a-z][A-Za-z]{0,31}|\d{1,7})$/;

/** Parameters with their defaults filled in. @throws INVALID_PARAMS */
export function parseParams<M extends MethodName>(method: M, params: unknown): Params<M> {
  return parseWith(METHODS[method].params as z.ZodType, params) as Params<M>;
}

/** The secrets that a call with these parameters takes, in order. @throws INVALID_PARAMS */
export function namedSecrets(method: MethodName, params: unknown): readonly string[] {
  const { secrets }: MethodDefinition = METHODS[method];
  return secrets?.(parseParams(method, params)) ?? [];
}

/** Parameters against any schema, such as the hello's. @throws INVALID_PARAMS */
export function parseWith<T>(schema: z.ZodType<T>, params: unknown): T {
  const parsed = schema.safeParse(params);
  if (parsed.success) return parsed.data;
  throw new KeepsakeError("INVALID_PARAMS", describeIssues(parsed.error.issues, schema));
}

/**
 * What a handler returned, or what a daemon sent: exactly the shape of the table, nothing more.
 *
 * @throws INVALID_RESULT; the message says nothing of the value
 */
export function parseResult<M extends MethodName>(method: M, result: unknown): Result<M> {
  const parsed = METHODS[method].result.safeParse(result);
  if (parsed.success) return parsed.data as Result<M>;
  throw new KeepsakeError(
    "INVALID_RESULT",
    `the result of ${method} does not have the shape of the protocol`,
  );
}

function describeIssues(issues: readonly z.core.$ZodIssue[], schema: z.ZodType): string {
  const named = issues.slice(0, ISSUES_NAMED).map((issue) => describeIssue(issue, schema));
  const more = issues.length - named.length;
  return [...named, ...(more > 0 ? [`and ${more} more`] : [])].join("; ");
}

function describeIssue(issue: z.core.$ZodIssue, schema: z.ZodType): string {
  const where = shapeOf(issue.path);
  if (issue.code === "unrecognized_keys") return `${where}: unknown field${knownFields(issue, schema)}`;
  const isMissing = issue.message.endsWith("received undefined");
  return `${where}: ${isMissing ? "missing" : issue.message}`;
}

/** Names the fields there are, at the top level, where misspelt ones mostly are. */
function knownFields(issue: z.core.$ZodIssue, schema: z.ZodType): string {
  if (issue.path.length > 0 || !(schema instanceof z.ZodObject)) return "";
  const names = Object.keys(schema.shape);
  return names.length === 0 ? ", there are none" : `, known are ${names.join(", ")}`;
}

/** `turns.3.text`. A segment that cannot be a field of ours is a free key, and stays unnamed. */
function shapeOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return "params";
  return path.map((segment) => (FIELD_NAME.test(String(segment)) ? String(segment) : "?")).join(".");
}
