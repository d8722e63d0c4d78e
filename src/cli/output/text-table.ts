/**
 * Aligned columns, as wide as they need to be. Where a row has no room on one line, every row goes on on indented lines, with
 * the same columns on each, so that no id and no word is broken.
 */
import type { Style } from "../context.ts";
import { clipText, padText, textWidth, wrapText } from "./text-width.ts";

export interface Cell {
  readonly text: string;
  readonly style?: (text: string) => string;
}

/** The first row of a table that says what its columns are; for a terminal. */
export function headings(names: readonly string[], { dim }: Pick<Style, "dim">): readonly Cell[] {
  return names.map((text) => ({ text, style: dim }));
}

const GAP = "  ";
const INDENT = "  ";

/** @param width - columns of the screen; `Infinity` keeps every row on one line */
export function formatTable(rows: readonly (readonly Cell[])[], width: number): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(0, ...rows.map((row) => textWidth(row[column]?.text ?? ""))),
  );
  const starts = lineStarts(widths, width);
  return rows.map((row) => `${formatRow(row, widths, starts, width).join("\n")}\n`).join("");
}

/** The columns that lines begin with. */
function lineStarts(widths: readonly number[], width: number): readonly number[] {
  const starts = [0];
  let used = 0;
  for (const [column, wide] of widths.entries()) {
    if (column > 0 && used + GAP.length + wide > width) {
      starts.push(column);
      used = INDENT.length + wide;
    } else {
      used += (column > 0 ? GAP.length : 0) + wide;
    }
  }
  return starts;
}

function formatRow(
  row: readonly Cell[],
  widths: readonly number[],
  starts: readonly number[],
  width: number,
): readonly string[] {
  return starts.flatMap((start, place) => {
    const cells = row.slice(start, starts[place + 1] ?? row.length);
    if (place === 0) return [formatLine(cells, widths)];
    return formatNextLines(cells, widths.slice(start), width - INDENT.length);
  });
}

function formatLine(cells: readonly Cell[], widths: readonly number[]): string {
  const shown = cells.map(({ text, style = (plain) => plain }, place) => {
    const missing = place === cells.length - 1 ? 0 : (widths[place] ?? 0) - textWidth(text);
    return style(text) + padText("", missing);
  });
  return shown.join(GAP).trimEnd();
}

/** A cell that is alone on its line may be longer than one. */
function formatNextLines(
  cells: readonly Cell[],
  widths: readonly number[],
  width: number,
): readonly string[] {
  const [only, ...others] = cells;
  if (only === undefined || cells.every(({ text }) => text === "")) return [];
  if (others.length > 0) return [INDENT + formatLine(cells, widths)];
  return wrapText(only.text, width).map((line) => INDENT + (only.style?.(line) ?? line));
}

/**
 * Cells one behind the other, on as many lines of `width` columns as it takes. A cell that has no room on a line is cut: what
 * is stored could go on on the next one as if it were keepsake that begins it.
 */
export function joinWithin(
  cells: readonly Cell[],
  width: number,
  separator: string,
  dim: (text: string) => string,
): readonly string[] {
  const lines: string[] = [];
  let room = 0;
  for (const { text, style = (plain: string) => plain } of cells) {
    const wide = textWidth(text);
    const line = lines.pop();
    if (line !== undefined && textWidth(separator) + wide <= room) {
      lines.push(line + dim(separator) + style(text));
      room -= textWidth(separator) + wide;
    } else {
      if (line !== undefined) lines.push(line);
      const shown = clipText(text, width);
      lines.push(style(shown));
      room = width - textWidth(shown);
    }
  }
  return lines;
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
