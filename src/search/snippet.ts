/** The part of a memory that shows why it was found: a window around the densest match, on one line. */
import { termsOf } from "./terms/terms.ts";

const WORD = /\S+/gu;

/** At most `characters` graphemes of `text` around the densest match of `cue`, white space collapsed. */
export function snippetOf(text: string, cue: string, characters: number): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, " ").trim();
  const graphemes = [...new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(line)];
  if (graphemes.length <= characters) return line;
  const wanted = new Set(termsOf(cue));
  const matches = [...line.matchAll(WORD)]
    .filter(([word]) => termsOf(word).some((term) => wanted.has(term)))
    .map((match) => graphemes.findIndex((grapheme) => grapheme.index >= match.index));
  const room = Math.max(1, characters - 2);
  let start = 0;
  let most = 0;
  for (const first of matches) {
    const inside = matches.filter((match) => match >= first && match < first + room).length;
    if (inside > most) [most, start] = [inside, Math.max(0, first - Math.floor(room / 4))];
  }
  start = Math.min(start, graphemes.length - room);
  const window = graphemes.slice(start, start + room).map((grapheme) => grapheme.segment);
  const open = start > 0 ? "…" : "";
  const close = start + room < graphemes.length ? "…" : "";
  return `${open}${window.join("").trim()}${close}`;
}
