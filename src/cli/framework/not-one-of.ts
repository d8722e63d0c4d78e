import { KeepsakeError } from "../../base/errors.ts";
import { nearestName } from "../../base/nearest.ts";
import { asTyped } from "../../base/visible-text.ts";

/**
 * For a value that is none of those there are: names it, and the nearest of them.
 *
 * @param rule - says what is taken, in a clause that "not …" goes on
 */
export function notOneOfError(rule: string, given: string, known: readonly string[]): KeepsakeError {
  return new KeepsakeError("USAGE", `${rule}, not ${asTyped(given)}`, nearest(given, known));
}

/** For a name that nothing has. @param sentence - ends before the name: `there is no client` */
export function unknownNameError(sentence: string, given: string, known: readonly string[]): KeepsakeError {
  return new KeepsakeError("NOT_FOUND", `${sentence} ${asTyped(given)}`, nearest(given, known));
}

/** The hint of the code where none is near. */
function nearest(given: string, known: readonly string[]): { readonly hint?: string } {
  const near = nearestName(given, known);
  return near === undefined ? {} : { hint: `did you mean ${near}?` };
}
