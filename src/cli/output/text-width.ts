/**
 * Columns that text takes on a terminal, and wrapping by them. Works on graphemes: a combining mark takes none, CJK and
 * emoji take two. Source: UAX #11 (East Asian Width), UAX #29 (grapheme clusters).
 */
const WIDE =
  /^[\u1100-\u115F\u2329\u232A\u2E80-\u303E\u3041-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE10-\uFE19\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{16FE0}-\u{18AFF}\u{1B000}-\u{1B2FF}\u{1F200}-\u{1F2FF}\u{20000}-\u{3FFFD}]/u;
const EMOJI = /^\p{Emoji_Presentation}|\uFE0F/u;
const NO_WIDTH = /^[\p{Mn}\p{Me}\p{Cf}]/u;
const PRINTABLE_ASCII = /^[\u0020-\u007E]*$/;

const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

/** Columns of one line without control characters. */
export function textWidth(line: string): number {
  if (PRINTABLE_ASCII.test(line)) return line.length;
  let width = 0;
  for (const { segment } of graphemes.segment(line)) width += graphemeWidth(segment);
  return width;
}

/** The longest start of a line that fits, with `…` when something was cut. */
export function clipText(line: string, width: number): string {
  if (textWidth(line) <= width) return line;
  return `${breakAt(line, width - 1)[0]}…`;
}

/** A text as lines of at most `width` columns, broken at spaces; a longer word is broken where it must be. */
export function wrapText(text: string, width: number): readonly string[] {
  return text
    .replaceAll("\t", "  ")
    .split("\n")
    .flatMap((line) => wrapLine(line.trimEnd(), width));
}

/** Pads with spaces to a number of columns. */
export function padText(line: string, width: number): string {
  return line + " ".repeat(Math.max(0, width - textWidth(line)));
}

function wrapLine(line: string, width: number): readonly string[] {
  const lines: string[] = [];
  let rest = line;
  while (textWidth(rest) > width) {
    const [fitting, beyond] = breakAt(rest, width);
    const space = beyond.startsWith(" ") ? fitting.length : fitting.lastIndexOf(" ");
    const isIndentation = rest.slice(0, space).trim() === "";
    const cut = space <= 0 || isIndentation ? fitting.length : space;
    lines.push(rest.slice(0, cut).trimEnd());
    rest = rest.slice(cut).trimStart();
  }
  return [...lines, rest];
}

/** Splits a line behind the graphemes that fit; at least one is taken. */
function breakAt(line: string, width: number): readonly [string, string] {
  let taken = 0;
  let used = 0;
  // No grapheme that matters is longer than this.
  for (const { segment } of graphemes.segment(line.slice(0, width * 32 + 64))) {
    const columns = graphemeWidth(segment);
    if (used + columns > width && taken > 0) break;
    used += columns;
    taken += segment.length;
  }
  return [line.slice(0, taken), line.slice(taken)];
}

function graphemeWidth(grapheme: string): number {
  if (NO_WIDTH.test(grapheme)) return 0;
  return WIDE.test(grapheme) || EMOJI.test(grapheme) ? 2 : 1;
}
