/**
 * JSON on standard output: exactly the values, and safe on a terminal, since every control, format and bidirectional character
 * is written as an escape, which JSON allows everywhere inside a string.
 */
import { latePattern } from "../../base/late-pattern.ts";
import type { Sink } from "../context.ts";

/** What JSON.stringify leaves as it is and a terminal or a reader may not take for text. */
const unsafe = latePattern(
  String.raw`[\u007F-\u009F\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]`,
  "gu",
);
const ASCII = /^[ -~\n]*$/;

/** One JSON value: indented on a terminal, on one line elsewhere. */
export function printJson(out: Sink, value: unknown): void {
  out.write(`${jsonText(value, out.isTerminal ? 2 : 0)}\n`);
}

export function printJsonLines(out: Sink, values: readonly unknown[]): void {
  out.write(values.map((value) => `${jsonText(value, 0)}\n`).join(""));
}

export function jsonText(value: unknown, indentation: number): string {
  const text = JSON.stringify(value, null, indentation);
  return ASCII.test(text) ? text : text.replace(unsafe(), escaped);
}

function escaped(character: string): string {
  let escapes = "";
  for (let unit = 0; unit < character.length; unit += 1) {
    escapes += `\\u${character.charCodeAt(unit).toString(16).padStart(4, "0")}`;
  }
  return escapes;
}
