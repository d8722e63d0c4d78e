/** What a check-up found, for people: a line a check, and below it what mends it. */
import { visibleLine } from "../../base/visible-text.ts";
import { counted } from "../../base/shown-values.ts";
import type { CheckOutcome, Examined } from "../../doctor/finding.ts";
import type { Screen, Sink, Style } from "../context.ts";
import { padText, textWidth, wrapText } from "./text-width.ts";

const MARKS: Readonly<Record<CheckOutcome, { readonly mark: string; readonly style: keyof Style }>> = {
  ok: { mark: "✓", style: "good" },
  warning: { mark: "!", style: "warn" },
  failure: { mark: "✗", style: "bad" },
  skipped: { mark: "·", style: "dim" },
};
const WIDEST_WORD = 7;
const GAP = "  ";
/** Narrower columns of prose are hard to read. */
const MIN_COLUMNS = 30;

export function printExamined(examined: readonly Examined[], { out, lineWidth }: Screen): void {
  const names = Math.max(...examined.map((each) => textWidth(nameOf(each))));
  for (const each of examined) printOne(each, names, out, lineWidth);
  out.write(`${summary(examined)}\n`);
}

export function examinedJson(examined: readonly Examined[]) {
  return { ok: !hasFailed(examined), checks: examined };
}

export function hasFailed(examined: readonly Examined[]): boolean {
  return examined.some(({ outcome }) => outcome === "failure");
}

function printOne(each: Examined, names: number, { isTerminal, style, write }: Sink, width: number): void {
  const { outcome, says, mended } = each;
  const { mark, style: named } = MARKS[outcome];
  // What reads a pipe may not know the signs.
  const shown = isTerminal ? mark : padText(outcome, WIDEST_WORD);
  const indent = textWidth(shown) + GAP.length + names + GAP.length;
  const columns = Math.max(MIN_COLUMNS, width - indent);
  const lines = (text: string) => (width === Infinity ? [text] : wrapText(text, columns));
  const told = mended === undefined ? says : `${says} (mended: ${mended})`;
  const [first = "", ...more] = lines(visibleLine(told));
  write(`${style[named](shown)}${GAP}${padText(nameOf(each), names)}${GAP}${first}\n`);
  for (const line of more) write(`${padText("", indent)}${line}\n`);
  for (const line of mendLines(each).flatMap(lines)) write(`${padText("", indent)}${style.dim(line)}\n`);
}

function mendLines({ outcome, command, advice }: Examined): readonly string[] {
  if (outcome !== "warning" && outcome !== "failure") return [];
  // A hint that names the command says both.
  const isSaid = command !== undefined && advice?.includes(command) === true;
  return [
    ...(command === undefined || isSaid ? [] : [`run: ${command}`]),
    ...(advice === undefined ? [] : [visibleLine(advice)]),
  ];
}

function nameOf({ check, host }: Examined): string {
  return host === undefined ? check : `${host} ${check}`;
}

function summary(examined: readonly Examined[]): string {
  const many = (wanted: CheckOutcome) => examined.filter(({ outcome }) => outcome === wanted).length;
  const failures = many("failure");
  const warnings = many("warning");
  if (failures + warnings === 0) return "nothing is wrong";
  const parts = [
    ...(failures > 0 ? [counted(failures, "failure")] : []),
    ...(warnings > 0 ? [counted(warnings, "warning")] : []),
  ];
  return parts.join(", ");
}
