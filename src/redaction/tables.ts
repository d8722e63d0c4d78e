/**
 * Values of a table whose header names their column: of Markdown, of what databases and clouds print, of comma-separated values, of an
 * `INSERT`.
 *
 *   | user | password |      id | api_key      user,password      INSERT INTO t (user, password)
 *   |------|----------|      ---+--------      anna,…             VALUES ('anna', '…')
 *   | anna | …        |       1 | …
 */
import type { Found, Nature } from "./found.ts";
import { isSecret } from "./judging.ts";
import { NAMES } from "./secret-names.ts";

interface Column {
  readonly kind: string;
  readonly nature: Nature;
}

const MAX_COLUMNS = 40;
/** Of a header, and of a row that is inserted, in characters. */
const MAX_LINE = 2_000;
/** Between the header and the rows, once it has dashes. */
const RULE = /^[-+|: \t>]{3,2000}$/;
/** Of columns that are told by their place alone. */
const RULE_OF_PLACES = /^ {0,20}-{2,}(?: {1,20}-{2,}){1,39}[ \t]*$/;
const LINE_END = /(?:\\r)?\\n|\n/g;
const AROUND = /[\s"'`*]/;
/** Of names of columns; `key1` of an account of Azure. */
const NAME = new RegExp(
  `(?:^|[\\s_-])(?:${NAMES.map(([ending]) => ending.replaceAll(/[.]/g, String.raw`\.`)).join("|")}|key[12])\\d?$`,
  "i",
);
const HEADER_OF_CSV = /^"?[A-Za-z][\w .-]{0,40}"?(?:([,;\t])"?[A-Za-z][\w .-]{0,40}"?){1,39}$/;
const INSERT =
  /insert\s{1,5}into\s{1,5}[\w."`[\]]{1,100}\s{0,5}\(([\w\s,"`[\]]{1,400})\)\s{0,5}values\s{0,5}/gi;
const ROW =
  /^\s{0,20},?\s{0,20}\(((?:'(?:[^'\\\n]|\\[^\n]){0,400}'|\([^'()\n]{0,100}\)|[^'()\\\n]){1,2000})\)/;

/** Line by line. */
export function secretsOfTables(text: string): readonly Found[] {
  return [...inLines(text), ...inInserts(text)];
}

function inLines(text: string): readonly Found[] {
  const found: Found[] = [];
  let columns: readonly (Column | undefined)[] = [];
  let kind: TableKind = BARS;
  let header = "";
  for (const { line, start } of linesOf(text)) {
    const isRule = RULE.test(line) && line.includes("--");
    const told = isRule ? kindBy(line, header) : undefined;
    if (told !== undefined) {
      kind = told;
      columns = columnsOf(kind.header(header));
    } else if (!isRule && columns.length > 0) {
      const cells = kind.row(line, columns.length);
      if (cells !== undefined) found.push(...secretsOf(cells, columns, start));
      else if (!kind.goesOn(line)) columns = [];
    }
    if (columns.length === 0) {
      const separator = HEADER_OF_CSV.exec(line.trimEnd())?.[1];
      if (separator !== undefined) {
        kind = whole((row) => cellsOf(row, separator, '"'), separator);
        columns = columnsOf(kind.header(line));
      }
    }
    // Each line is looked at as one once: rules may follow a long one without end.
    header = isRule || line.length > MAX_LINE ? "" : line;
  }
  return found;
}

interface TableKind {
  readonly header: (line: string) => readonly Cell[];
  /** The cells of a line, where it is a row of so many columns. */
  readonly row: (line: string, columns: number) => readonly Cell[] | undefined;
  /** Whether a line that is no row may be one all the same: a cell holds what parts them. */
  readonly goesOn: (line: string) => boolean;
}

const BARS = whole(cellsBetweenBars, "|");

function whole(cells: (line: string) => readonly Cell[], separator: string): TableKind {
  return {
    header: cells,
    row: (line, columns) => {
      const found = cells(line);
      return found.length === columns ? found : undefined;
    },
    goesOn: (line) => line.includes(separator),
  };
}

/** By the line of dashes beneath its header. */
function kindBy(rule: string, header: string): TableKind | undefined {
  if (header.includes("|")) return BARS;
  if (!RULE_OF_PLACES.test(rule)) return undefined;
  const starts = [...rule.matchAll(/-+/g)].map(({ index }) => index);
  const cells = (line: string) => {
    const inLine = starts.filter((start) => start < line.length);
    return inLine.map((start, at) =>
      cellIn(line, edgeOf(line, start), edgeOf(line, inLine[at + 1] ?? line.length)),
    );
  };
  return {
    header: cells,
    row: (line) => (line.trim() === "" ? undefined : cells(line)),
    goesOn: () => false,
  };
}

/** A word that is wider than its column is of it to its end. */
function edgeOf(line: string, place: number): number {
  let at = place;
  while (at > 0 && at < line.length && line[at] !== " " && line[at - 1] !== " ") at += 1;
  return at;
}

/** Also of a text that stands escaped in another. */
function* linesOf(text: string): Generator<{ readonly line: string; readonly start: number }> {
  let start = 0;
  for (const { 0: end, index } of text.matchAll(LINE_END)) {
    yield { line: text.slice(start, index), start };
    start = index + end.length;
  }
  yield { line: text.slice(start), start };
}

function inInserts(text: string): readonly Found[] {
  const found: Found[] = [];
  for (const { 0: head, 1: names, index } of text.matchAll(INSERT)) {
    const columns = columnsOf(cellsOf(names!.replaceAll(/["`[\]]/g, " "), ",", ""));
    if (columns.length === 0) continue;
    for (let at = index + head.length; ;) {
      const [row = "", values = ""] = ROW.exec(text.slice(at, at + MAX_LINE)) ?? [];
      if (row === "") break;
      const fields = cellsOf(values, ",", "'");
      if (fields.length === columns.length)
        found.push(...secretsOf(fields, columns, at + row.indexOf("(") + 1));
      at += row.length;
    }
  }
  return found;
}

interface Cell {
  readonly text: string;
  /** In its line. */
  readonly at: number;
}

/** Of a line that ends with its last bar as of one that does not. */
function cellsBetweenBars(line: string): readonly Cell[] {
  const cells = cellsOf(line, "|", "");
  return cells.slice(cells[0]?.text === "" ? 1 : 0, cells.at(-1)?.text === "" ? -1 : undefined);
}

/** What `quote` or a backslash stands before or around parts nothing. */
function cellsOf(line: string, separator: string, quote: string): readonly Cell[] {
  const cells: Cell[] = [];
  let [from, isInside] = [0, false];
  for (let at = 0; at <= line.length && cells.length <= MAX_COLUMNS; at += 1) {
    if (line[at] === "\\") at += 1;
    else if (line[at] === quote) isInside = !isInside;
    else if (at === line.length || (line[at] === separator && !isInside)) {
      cells.push(cellIn(line, from, at));
      from = at + 1;
    }
  }
  return cells;
}

/** Without blanks, quotes and marks of Markdown around it. */
function cellIn(line: string, from: number, to: number): Cell {
  let [at, end] = [from, to];
  while (at < end && AROUND.test(line[at]!)) at += 1;
  while (end > at && AROUND.test(line[end - 1]!)) end -= 1;
  return { text: line.slice(at, end), at };
}

/** @returns none when no column is of secrets */
function columnsOf(cells: readonly Cell[]): readonly (Column | undefined)[] {
  // How many tests did.
  const isOfTests =
    cells.some(({ text }) => /^(?:fail(?:ed)?|skip(?:ped)?|total|stage|tests?|pass1)$/i.test(text)) &&
    !cells.some(({ text }) => /user|login|account|host|mail/i.test(text));
  const columns = cells.map(({ text }) => {
    if (!NAME.test(text) || (isOfTests && /^pass\d?$/i.test(text))) return undefined;
    const name = text.toLowerCase().replace(/\d$/, "");
    const known = NAMES.findLast(([ending]) => name.endsWith(ending));
    return { kind: known?.[1] ?? "Azure key", nature: known?.[2] ?? "token" };
  });
  return columns.length <= MAX_COLUMNS && columns.some((column) => column !== undefined) ? columns : [];
}

function secretsOf(cells: readonly Cell[], columns: readonly (Column | undefined)[], start: number): Found[] {
  return cells.flatMap(({ text, at }, index) => {
    const column = columns[index];
    const setting = { isQuoted: true, isEnvironment: false, isProse: true };
    if (column === undefined || /\s/.test(text) || !isSecret(text, { ...setting, nature: column.nature }))
      return [];
    return [{ kind: column.kind, start: start + at, end: start + at + text.length }];
  });
}
