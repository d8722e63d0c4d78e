/**
 * Scripts written without spaces between words, and Hangul, whose words carry their particles: such runs become
 * overlapping pairs of characters. `Intl.Segmenter` was measured at 0.2 to 0.4 µs a character (a turn of 280 bytes would
 * take 40 µs of the 50 µs an added turn may take) against 0.01 to 0.05 µs for pairs, and its words change with the ICU
 * of each Node version, which would part a checkpoint from the cues asked of it.
 */
const SCRIPTS = ["Han", "Hiragana", "Katakana", "Hangul", "Thai", "Lao", "Khmer", "Myanmar", "Tibetan"];
const UNSPACED = SCRIPTS.map((script) => `\\p{Script=${script}}`).join("");
const ANY = new RegExp(`[${UNSPACED}]`, "u");
const RUN = new RegExp(`[${UNSPACED}][${UNSPACED}\\p{M}ー々〆]*`, "gu");
const CHARACTER = /\P{M}\p{M}*/gu;

export function holdsUnspacedScript(word: string): boolean {
  return ANY.test(word);
}

/** Whether a term is one character of an unspaced script, where terms are pairs. */
export function isLoneCharacter(term: string): boolean {
  return ANY.test(term) && term.match(CHARACTER)?.length === 1;
}

/** The parts of a folded word that are runs of an unspaced script as pairs, the parts between them as they are. */
export function splitUnspaced(word: string): string[] {
  const terms: string[] = [];
  let end = 0;
  for (const run of word.matchAll(RUN)) {
    if (run.index > end) terms.push(word.slice(end, run.index));
    end = run.index + run[0].length;
    const characters = run[0].match(CHARACTER) ?? [run[0]];
    if (characters.length === 1) terms.push(run[0]);
    for (let index = 0; index + 1 < characters.length; index++)
      terms.push(`${characters[index]}${characters[index + 1]}`);
  }
  if (end < word.length) terms.push(word.slice(end));
  return terms;
}
