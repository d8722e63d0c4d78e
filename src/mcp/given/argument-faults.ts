/** What is wrong with a tool's arguments, in words that name the argument and its rule. */
import type * as z from "zod";
import { quoted } from "../../base/visible-text.ts";
import { foldedLabel } from "../../base/stored-text.ts";

type Fault = z.core.$ZodIssue;

/** Models make up at most a few; more would be an answer nobody reads. */
const NAMED = 5;
const NAME_CHARACTERS = 40;
const TYPES: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
};

/** @param fault - of a parse with `reportInput` */
export function faultText(fault: Fault): string {
  const name = nameOf(fault.path);
  if (fault.code === "invalid_type") {
    if (fault.input === undefined) return `${name} is missing`;
    return `${name} must be ${TYPES[fault.expected] ?? fault.expected}`;
  }
  if (fault.code === "invalid_value") return `${name} must be one of ${fault.values.map(String).join(", ")}`;
  if (fault.code === "too_small") return tooSmallText(name, fault);
  if (fault.code === "too_big") return tooBigText(name, fault);
  return `${name}: ${fault.message}`;
}

function tooSmallText(name: string, { origin, minimum }: z.core.$ZodIssueTooSmall): string {
  return ["number", "int"].includes(origin) ? `${name} must be at least ${minimum}` : `${name} is empty`;
}

function tooBigText(name: string, { origin, maximum }: z.core.$ZodIssueTooBig): string {
  if (origin === "array") return `${name} may hold at most ${maximum}`;
  if (origin === "string") return `${name} may have at most ${maximum} characters`;
  return `${name} may be at most ${maximum}`;
}

/** Names that the schema does not have: visible, in quotation marks, a few of them and how many more. */
export function quotedNames(names: readonly string[]): string {
  const named = names.slice(0, NAMED).map((name) => quoted(foldedLabel(name, NAME_CHARACTERS)));
  const more = names.length - named.length;
  return `${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** Names of arguments are the schema's own, places in a list numbers. */
function nameOf(path: Fault["path"]): string {
  const [first, ...rest] = path;
  if (first === undefined) return "the argument list";
  return rest.reduce<string>(
    (name, part) => (typeof part === "number" ? `${name}[${part}]` : `${name}.${String(part)}`),
    String(first),
  );
}
