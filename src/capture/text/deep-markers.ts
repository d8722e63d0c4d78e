/** Bounds how deep quotations and lists of a Markdown text nest: the parser costs far more than their depth. */

/** Nobody reads deeper. */
const DEEP_LINE = /^((?:[ \t]*(?:>|(?:[-+*]|\d{1,9}[.)])(?=[ \t]))){16})([ \t>\d.)+*-]+)/gm;

/** For a parser alone: the same text, of the same length, in which markers behind the sixteenth of a line are letters. */
export function withoutDeepMarkers(text: string): string {
  return text.replaceAll(
    DEEP_LINE,
    (_, shallow: string, deep: string) => shallow + deep.replaceAll(/[^ \t]/g, "x"),
  );
}
