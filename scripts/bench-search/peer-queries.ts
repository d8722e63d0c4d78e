/** How a question becomes a query of an engine that does not read questions. */

/** Words that carry no meaning in a question; taken out of the best query, kept in the default one. */
export const STOP_WORDS: ReadonlySet<string> = new Set(
  "a an and are as at be been by did do does for from had has have how i in is it its me my of on or our she he her his that the their them they this to was we were what when where which who whom whose why will with would you your".split(
    " ",
  ),
);

export function wordsOf(question: string): readonly string[] {
  return question.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}
