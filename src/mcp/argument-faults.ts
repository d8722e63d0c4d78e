/** What is wrong with a tool's arguments, in words that name the argument and its rule. */
import type * as z from "zod";
import { quoted } from "../base/visible-text.ts";
import { foldedLabel } from "./stored-text.ts";

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
  switch (fault.code) {
    case "unrecognized_keys": {
      const unknown = fault.keys.slice(0, NAMED).map((key) => quoted(foldedLabel(key, NAME_CHARACTERS)));
      return `${fault.path.length === 0 ? "there is" : `${name} has`} no argument ${unknown.join(", ")}`;
    }
    case "invalid_type":
      if (fault.input === undefined) return `${name} is missing`;
      return `${name} must be ${TYPES[fault.expected] ?? fault.expected}`;
    case "invalid_value":
      return `${name} must be one of ${fault.values.map(String).join(", ")}`;
    case "too_small":
      return fault.origin === "number" || fault.origin === "int"
        ? `${name} must be at least ${fault.minimum}`
        : `${name} is empty`;
    case "too_big":
      return `${name} may ${fault.origin === "array" ? "hold" : fault.origin === "string" ? "have" : "be"} at most ${fault.maximum}${fault.origin === "string" ? " characters" : ""}`;
    case "custom":
    case "invalid_element":
    case "invalid_format":
    case "invalid_key":
    case "invalid_union":
    case "not_multiple_of":
      return `${name}: ${fault.message}`;
  }
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
