/** One spelling for the parameters of a call, as input of a digest or a MAC. */
import { utf8 } from "../base/bytes.ts";
import type { Json } from "../base/canonical-json.ts";
import { canonicalJson } from "../base/canonical-json.ts";

/**
 * UTF-8 of the canonical JSON of validated params, without the members named in `leftOut` and without those that are
 * `undefined`. Two calls have the same bytes exactly when they ask for the same.
 */
export function canonicalParams(
  params: Readonly<Record<string, unknown>>,
  leftOut: readonly string[],
): Uint8Array {
  const members = Object.entries(params).filter(([name]) => !leftOut.includes(name));
  return utf8(canonicalJson(toJson(Object.fromEntries(members))));
}

/** @throws TypeError for what JSON cannot say */
function toJson(value: unknown): Json {
  if (
    value === null ||
    typeof value === "string" ||
    typeof value === "number" ||
    typeof value === "boolean"
  ) {
    return value;
  }
  if (Array.isArray(value)) return value.map((item: unknown) => toJson(item));
  if (typeof value !== "object") throw new TypeError("not a JSON value");
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, toJson(member)]));
}
