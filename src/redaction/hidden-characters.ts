/** Characters that nobody sees, and that a copied secret may hold: what is found without them is found where it stands with them. */

import type { Span } from "./found.ts";

/** With them what a terminal is told, such as the colours of `grep`. */
const HIDDEN_PATTERN = String.raw`[\p{Default_Ignorable_Code_Point}\u0000\u0007\u0008]|\u001b\[[\d;]{0,20}[A-Za-z]`;
const HIDDEN = new RegExp(HIDDEN_PATTERN, "u");
const ALL_HIDDEN = new RegExp(HIDDEN_PATTERN, "gu");

/** @returns what finds more: also what hidden characters stand in; first, since it is the longer one */
export function seeingThrough<T extends Span>(
  find: (text: string) => readonly T[],
): (text: string) => readonly T[] {
  return (text) => {
    const found = find(text);
    if (!HIDDEN.test(text)) return found;
    const { seen, places } = withoutHidden(text);
    const through = find(seen).map((span) => ({
      ...span,
      start: places[span.start] ?? text.length,
      end: (places[span.end - 1] ?? text.length - 1) + 1,
    }));
    return [...through, ...found];
  };
}

/** @returns where each of the characters left stood */
function withoutHidden(text: string): { readonly seen: string; readonly places: Uint32Array } {
  const places = new Uint32Array(text.length);
  let [seen, at] = ["", 0];
  const keep = (until: number) => {
    for (let place = at; place < until; place += 1) places[seen.length + place - at] = place;
    seen += text.slice(at, until);
  };
  for (const { index, 0: hidden } of text.matchAll(ALL_HIDDEN)) {
    keep(index);
    at = index + hidden.length;
  }
  keep(text.length);
  return { seen, places: places.subarray(0, seen.length) };
}
