/**
 * A change of a text as the steps that made it, so that it can be taken back byte for byte. Each step's place counts in the text
 * that the steps before it made; what a step inserted is known by its length alone.
 */

/** At `at` (UTF-16 units) `removed` stood, and `inserted` stands instead. */
export interface Splice {
  readonly at: number;
  readonly removed: string;
  readonly inserted: string;
}

/** A splice as it is kept: of what was there before, only what was ours. */
export interface KeptSplice {
  readonly at: number;
  readonly removed: string;
  /** UTF-16 units. */
  readonly inserted: number;
}

export function applySplice(text: string, { at, removed, inserted }: Splice): string {
  return text.slice(0, at) + inserted + text.slice(at + removed.length);
}

export function applySplices(text: string, splices: readonly Splice[]): string {
  return splices.reduce(applySplice, text);
}

/** The text before the splices; nonsense for any other text than the one they made. */
export function undoSplices(text: string, splices: readonly KeptSplice[]): string {
  return splices.reduceRight(
    (after, { at, removed, inserted }) => after.slice(0, at) + removed + after.slice(at + inserted),
    text,
  );
}

export function keptSplice({ at, removed, inserted }: Splice): KeptSplice {
  return { at, removed, inserted: inserted.length };
}

/** The same steps in a text that has `by` more units in front. */
export function shiftSplices(splices: readonly Splice[], by: number): readonly Splice[] {
  return splices.map((splice) => ({ ...splice, at: splice.at + by }));
}

/** Of the first line end; `\n` where there is none. */
export function lineEndOf(text: string): string {
  return /\r?\n/.exec(text)?.[0] ?? "\n";
}

/** A byte order mark stays where it is, and no reader of the text sees it. */
export function withoutMark(text: string): { readonly mark: string; readonly body: string } {
  const mark = text.startsWith("\u{FEFF}") ? "\u{FEFF}" : "";
  return { mark, body: text.slice(mark.length) };
}
