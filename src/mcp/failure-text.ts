/**
 * What a model is told when a call fails: `CODE: what is wrong; what to do`, on one line, without values, stacks or paths: hosts
 * write it to files that others may read, and a path holds the names of users and projects. The terminal names it. All words
 * are of this process: `withoutWords` takes those of the daemon away.
 */
import { visibleLine } from "../base/visible-text.ts";
import { ERRORS, KeepsakeError } from "../base/errors.ts";
import type { ErrorCode } from "../base/errors.ts";

const MESSAGE_CHARACTERS = 300;
/** Where a path begins: a slash that no word goes on with. */
const PATH = /(?<![^\s"'`([{<:=,;])(?:~|\.{1,2})?\/\S/;
/** What is wrong with a place cannot be mended without its name. */
const ABOUT_A_PLACE: ReadonlySet<ErrorCode> = new Set(["UNSAFE_PATH", "INVALID_CONFIG"]);
const COMMAND = /"keepsake[ "-]/;
const TERMINAL = "in a terminal";
const NAMED_THERE = 'run "keepsake unlock" in a terminal, which names it';

export function failureText(error: unknown): string {
  const known = error instanceof KeepsakeError ? error : new KeepsakeError("INTERNAL");
  const clauses = [withoutPath(known.message) ?? ERRORS[known.code].summary, hintOf(known)].map(shown);
  return `${known.code}: ${clauses.filter((clause) => clause !== "").join("; ")}${waitText(known)}`;
}

function hintOf({ code, hint = "" }: KeepsakeError): string {
  const general = ERRORS[code].hint;
  if (ABOUT_A_PLACE.has(code) && (hint === "" || hint === general)) return NAMED_THERE;
  return forThePerson(withoutPath(hint) ?? general ?? "");
}

/** No tool runs a command of keepsake: who reads this is told whose it is. */
function forThePerson(hint: string): string {
  return COMMAND.test(hint) && !hint.includes(TERMINAL) ? `${hint}; that is for the user ${TERMINAL}` : hint;
}

/** What stands before `: /path`; undefined when the path is in the middle of it. */
function withoutPath(text: string): string | undefined {
  const at = text.search(PATH);
  if (at === -1) return text;
  const head = text.slice(0, at).trimEnd();
  return head.endsWith(":") ? head.slice(0, -1) : undefined;
}

/** One line, nothing hidden, of bounded length. */
function shown(text: string): string {
  return visibleLine(text.replaceAll(/\s+/gu, " ")).slice(0, MESSAGE_CHARACTERS);
}

function waitText({ facts }: KeepsakeError): string {
  const ms = facts?.["retryAfterMs"];
  return typeof ms === "number" && Number.isFinite(ms) ? ` (after ${Math.ceil(ms / 1000)} s)` : "";
}
