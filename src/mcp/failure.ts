/** What a model is told when a call fails: `CODE: what is wrong. what to do`, on one line, without values or stacks. */
import { visibleLine } from "../base/visible-text.ts";
import { KeepsakeError } from "../base/errors.ts";

const MESSAGE_CHARACTERS = 300;

export function failureText(error: unknown): string {
  const known = error instanceof KeepsakeError ? error : new KeepsakeError("INTERNAL");
  const parts = [
    sentence(shown(known.message)),
    known.hint === undefined ? "" : shown(known.hint),
    waitText(known),
  ];
  return `${known.code}: ${parts.filter((part) => part !== "").join(" ")}`;
}

function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

/** A daemon's words are data as well: one line, nothing hidden, of bounded length. */
function shown(text: string): string {
  return visibleLine(text.replaceAll(/\s+/gu, " ")).slice(0, MESSAGE_CHARACTERS);
}

function waitText({ facts }: KeepsakeError): string {
  const ms = facts?.["retryAfterMs"];
  return typeof ms === "number" && Number.isFinite(ms) ? `(after ${Math.ceil(ms / 1000)} s)` : "";
}
