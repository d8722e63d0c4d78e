/** No text makes a rule dear: every repetition has a bound, and twice the text costs about twice. */
import { beforeAll, expect, it } from "vitest";
import { KEPT_RULES } from "../../src/redaction/kept-rules.ts";
import { NAME_ENDINGS } from "../../src/redaction/secret-names.ts";
import { createRedaction, OWN_RULES as RULES } from "../../src/redaction/redact.ts";
import { processorMs } from "../support/processor-time.ts";

const redact = createRedaction();
const KEPT = KEPT_RULES.trim().split("\n").map((line) => line.split("\t")); // prettier-ignore

/** A `*`, a `+` or a `{n,}` outside a class of characters. */
function hasUnbounded(pattern: string): boolean {
  const bare = pattern.replaceAll(/\\./g, "_").replaceAll(/\[[^\]]*\]/g, "_");
  return /[*+]|\{\d+,\}/.test(bare);
}

it("bounds every repetition of every rule that is tried at a keyword", () => {
  const patterns = [...RULES.map(({ pattern }) => pattern), ...KEPT.map((fields) => fields[5] ?? "")];
  expect(patterns.length).toBeGreaterThan(220);
  expect(patterns.filter(hasUnbounded)).toEqual([]);
});

const words = [
  ...new Set([
    ...RULES.flatMap(({ keywords, written }) => (written === undefined ? keywords : [written])),
    ...KEPT.flatMap((fields) => (fields[2] ?? "").split(" ")),
    ...NAME_ENDINGS,
    "-----BEGIN RSA PRIVATE KEY-----",
    "-----BEGIN ",
    "Private-Lines: 3",
  ]),
];
const filled = (unit: string, length: number) =>
  unit.repeat(Math.ceil(length / unit.length)).slice(0, length);
/** Made for each word: it alone, as names of values, with what its rule goes on with, with quotes in quotes. */
const SHAPES: readonly ((word: string) => string)[] = [
  (word) => word,
  (word) => `${word}=`,
  (word) => `${word}aB3-`,
  (word) => `${word}=\\"'`,
  (word) => `${word} a is: `,
];
const ALONE = ["a", "A", "0", " ", "\n", '"', "-", "=", ":", "/", "\\", "ey", "eyJ-", "://", "a:", "@", "a.b", "M.", "x1_", "a:1:"]; // prettier-ignore

const SIZE = 8 << 10;
/** What is compiled late would count as the text's. */
beforeAll(() => {
  for (const word of words) for (const shape of SHAPES) redact(filled(shape(word), 1_000));
});

/** Below that the clock of the processor says too little. */
const FLOOR_MS = 25;

it.each([...ALONE.map((unit) => [unit, [() => unit]] as const), ...words.map((word) => [word, SHAPES] as const)])(
  "takes time in proportion for a text of %j",
  (word, shapes) => {
    for (const shape of shapes) {
      const [short, long] = [filled(shape(word), SIZE), filled(shape(word), 4 * SIZE)];
      const least = (work: () => void) => Math.min(...[1, 2, 3].map(() => processorMs(work)));
      // Not compiled yet, it says nothing of the text.
      const cost = () => least(() => redact(long));
      if (cost() < FLOOR_MS) continue;
      const fourTimes = () =>
        least(() => {
          for (let time = 0; time < 4; time += 1) redact(short);
        });
      // 1 in proportion, 4 where it grows with the square: other work on the machine may make one of them more, not all.
      const isInProportion = () => cost() / fourTimes() < 2.25;
      expect([1, 2, 3].some(isInProportion), shape(word)).toBe(true);
    }
  },
); // prettier-ignore
