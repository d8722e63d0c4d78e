/** A file of a host that set-up writes into, whatever its format. */
import { canonicalJson } from "../../base/canonical-json.ts";
import type { Json } from "../../base/canonical-json.ts";
import { attempt } from "../../base/attempt.ts";
import { KeepsakeError } from "../../base/errors.ts";
import type { Splice } from "../text/splices.ts";

export interface Insertion {
  readonly splices: readonly Splice[];
  /** What had to be made around the entries, by the document's own names; given back to take it out. */
  readonly made: readonly (readonly string[])[];
}

export interface Rest {
  readonly text: string;
  /** Nothing else is in it: where set-up made the file, it may go. */
  readonly isBare: boolean;
}

export interface HostDocument {
  /** As the host names it; it may be a link. */
  readonly path: string;
  /** A file that is ours as a whole. */
  readonly isOwn: boolean;
  /** What stands there of ours when all is as it should be, in one spelling. */
  readonly wanted: string;
  /** What stands there under our names, in the same spelling; undefined: nothing. @throws INVALID_CONFIG */
  readonly find: (text: string) => string | undefined;
  /** @param text - without anything of ours; undefined: there is no file. @throws INVALID_CONFIG */
  readonly insert: (text: string | undefined) => Insertion;
  /** The text without what is ours. @throws INVALID_CONFIG */
  readonly takeOut: (text: string, made: Insertion["made"]) => Rest;
  /** The MCP server as it stands there; undefined: there is none, or it is in another file. @throws INVALID_CONFIG */
  readonly server?: (text: string) => unknown;
}

/** A value in one spelling. */
export function spelled(value: unknown): string {
  return attempt(() => canonicalJson(value as Json)) ?? JSON.stringify(value);
}

/** @param what - the end of a sentence that begins with the path */
export function badFileError(path: string, what: string, hint?: string): KeepsakeError {
  return new KeepsakeError("INVALID_CONFIG", `${path} ${what}`, {
    hint: hint ?? "nothing was changed; put the file in order, then run this again",
  });
}
