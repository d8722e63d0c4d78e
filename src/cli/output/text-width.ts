/**
 * Columns that text takes on a terminal, and wrapping by them. Works on graphemes: a combining mark takes none, CJK and
 * emoji take two. Source: UAX #11 (East Asian Width), UAX #29 (grapheme clusters).
 */
import { latePattern } from "../../base/late-pattern.ts";

const WIDE =
  /^[\u1100-\u115F\u2329\u232A\u2E80-\u303E\u3041-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE10-\uFE19\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{16FE0}-\u{18AFF}\u{1B000}-\u{1B2FF}\u{1F200}-\u{1F2FF}\u{20000}-\u{3FFFD}]/u;
const emoji = latePattern(String.raw`^\p{Emoji_Presentation}|\uFE0F`, "u");
const noWidth = latePattern(String.raw`^[\p{Mn}\p{Me}\p{Cf}]`, "u");
const PRINTABLE_ASCII = /^[\u0020-\u007E]*$/;

/** Columns of one line without control characters. */
export function textWidth(line: string): number {
  if (PRINTABLE_ASCII.test(line)) return line.length;
  let width = 0;
  for (const { segment } of graphemesOf(line)) width += graphemeWidth(segment);
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

export function padText(line: string, width: number): string {
  return line + " ".repeat(Math.max(0, width - textWidth(line)));
}

/** One pass over the graphemes; what is carried to the next line is shorter than a line. */
function wrapLine(line: string, width: number): readonly string[] {
  if (line.length <= width && PRINTABLE_ASCII.test(line)) return [line];
  const lines: string[] = [];
  const indentation = line.length - line.trimStart().length;
  let start = 0;
  let used = 0;
  let lastSpace = -1;
  for (const { segment, index } of graphemesOf(line)) {
    if (index < start) continue;
    const columns = graphemeWidth(segment);
    if (used + columns > width && index > start) {
      const cut = segment === " " || lastSpace <= Math.max(start, indentation) ? index : lastSpace;
      lines.push(line.slice(start, cut).trimEnd());
      start = cut;
      while (line[start] === " ") start += 1;
      used = start < index ? textWidth(line.slice(start, index)) : 0;
      lastSpace = -1;
      if (index < start) continue;
    }
    if (segment === " ") lastSpace = index;
    used += columns;
  }
  return [...lines, line.slice(start)];
}

/** Splits a line behind the graphemes that fit; at least one is taken. */
function breakAt(line: string, width: number): readonly [string, string] {
  let taken = 0;
  let used = 0;
  // No grapheme that matters is longer than this.
  for (const { segment } of graphemesOf(line.slice(0, width * 32 + 64))) {
    const columns = graphemeWidth(segment);
    if (used + columns > width && taken > 0) break;
    used += columns;
    taken += segment.length;
  }
  return [line.slice(0, taken), line.slice(taken)];
}

/** Made when it is needed: the first use of `Intl` takes long. */
function graphemesOf(text: string): Iterable<Intl.SegmentData> {
  return new Intl.Segmenter("en", { granularity: "grapheme" }).segment(text);
}

function graphemeWidth(grapheme: string): number {
  if (noWidth().test(grapheme)) return 0;
  return WIDE.test(grapheme) || emoji().test(grapheme) ? 2 : 1;
}
