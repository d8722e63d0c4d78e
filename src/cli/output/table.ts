/** Aligned columns, as wide as they need to be; the last one takes what is left of the line. */
import { clipText, padText, textWidth } from "./text-width.ts";

export interface Cell {
  readonly text: string;
  readonly style?: (text: string) => string;
}

const GAP = "  ";

/** @param width - columns of the screen; `Infinity` never clips */
export function formatTable(rows: readonly (readonly Cell[])[], width: number): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(0, ...rows.map((row) => textWidth(row[column]?.text ?? ""))),
  );
  return rows.map((row) => `${formatRow(row, widths, width)}\n`).join("");
}

function formatRow(row: readonly Cell[], widths: readonly number[], width: number): string {
  let used = 0;
  const cells = row.map(({ text, style }, column) => {
    const isLast = column === row.length - 1;
    const room = Math.max(8, width - used);
    const shown = clipText(text, isLast ? room : Math.min(widths[column] ?? 0, room));
    used += (widths[column] ?? 0) + GAP.length;
    const styled = style === undefined ? shown : style(shown);
    return isLast ? styled : styled + padText("", (widths[column] ?? 0) - textWidth(shown));
  });
  return cells.join(GAP).trimEnd();
}

/** Names and what they are, one pair a line. */
export function formatPairs(
  pairs: readonly (readonly [name: string, value: Cell | string])[],
  dim: (text: string) => string,
): string {
  const rows = pairs.map(([name, value]) => [
    { text: name, style: dim },
    typeof value === "string" ? { text: value } : value,
  ]);
  return formatTable(rows, Infinity);
}
