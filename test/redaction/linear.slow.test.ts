/** No text makes a rule dear: every repetition has a bound, and twice the text costs about twice. */
import { beforeAll, expect, it } from "vitest";
import { KEPT_RULES } from "../../src/redaction/rules/kept-rules.ts";
import { NAME_ENDINGS } from "../../src/redaction/secret-names.ts";
import { createRedaction, OWN_RULES as RULES } from "../../src/redaction/redact.ts";
import { dearness, processorMs } from "../support/processor-time.ts";

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
const ALONE = ["a", "A", "0", " ", "\n", '"', "-", "=", ":", "/", "\\", "ey", "eyJ-", "://", "a:", "@", "a.b", "M.", "x1_", "a:1:",
  "|-", "| password ", "| password |\n|---|\n", "user,password\n", "insert into t (password) values ", "insert into t (password) values ('a''", "moral ", "1. moral\\n", "\\n", "\\nmoral ", "@a.b / ", "$ openssl rand ", "openssl rand\n", "key: a", "az A"]; // prettier-ignore

const SIZE = 8 << 10;
/** What is compiled late would count as the text's. */
beforeAll(() => {
  for (const word of words) for (const shape of SHAPES) redact(filled(shape(word), 1_000));
});

/** Names of secrets without a value, one behind the other: what is tried most ways. */
const NAMES_ONLY = "secret_key=";
/** Against a text of these. */
const MAX_DEARNESS = 8;
/** Below that the clock of the processor says too little, and it is less than a text of names costs. */
const FLOOR_MS = 25;

it.each([...ALONE.map((unit) => [unit, [() => unit]] as const), ...words.map((word) => [word, SHAPES] as const)])(
  "takes time in proportion for a text of %j",
  (word, shapes) => {
    const names = filled(NAMES_ONLY, 4 * SIZE);
    for (const shape of shapes) {
      const [short, long] = [filled(shape(word), SIZE), filled(shape(word), 4 * SIZE)];
      if (processorMs(() => redact(long)) < FLOOR_MS) continue;
      // A bound of every repetition may still be a large one.
      expect(against(long, names), shape(word)).toBeLessThan(MAX_DEARNESS);
      const fourTimes = () => {
        for (let time = 0; time < 4; time += 1) redact(short);
      };
      // 1 in proportion, 4 where it grows with the square.
      expect(dearness(() => redact(long), fourTimes, 2), shape(word)).toBeLessThan(2.25);
    }
  },
); // prettier-ignore

/** An id of AWS and keys behind it, which were found one after the other once. */
const CHAIN = `AKIA3KX7QZ5PLM2NTR8V ${Array.from({ length: 5 }, (_, number) => `GPzEyoL8EsaJd/wyXxQPplH8ACyjkz4jmBQlm7k${number}`).join(" ")} `;
const MOST_BYTES = 64 << 10;

it.each([
  ["heads of keys", "Private-Lines: 99 "],
  ["names without values", NAMES_ONLY],
  ["names that end each other", "secret_key"],
  ["options", "-pass -"],
  ["codes that are none", "backup codes\nabcd-efgh\n"],
  ["rows of a table", "| password | b |\n|---|---|\n| Hagel.Korn7 | b |\n"],
  ["words of a wallet", "moral drama ten kid tape ski athlete plate lesson van green keepsake "],
  ["words of a phrase", "the seed phrase is oyster drift magnet wheel salute clutch a "],
])("a text of %s that was made to be slow costs a few times what one full of names does", (_what, unit) => {
  const floor = filled(NAMES_ONLY, MOST_BYTES);
  // Hidden characters double the search, short secrets ask for the short marks.
  const short = Array.from({ length: 40 }, (_each, number) => `PASSWORD='a${1_000 + number}!Z'\n`).join("");
  const hostile = `\u200b${CHAIN}${short}${filled(unit, MOST_BYTES)}`.slice(0, MOST_BYTES);
  expect(against(hostile, floor)).toBeLessThan(MAX_DEARNESS);
});

it.each([
  ["a long header and rules without end", `|${" ".repeat(32_000)}\n${"---\n".repeat(8_300)}`],
  ["rows that never end", "insert into t(pw)values(\\'''".repeat(2_340)],
  ["rows that end at the end", `${"insert into t(pw)values('".repeat(2_600)})`],
  ["cookies in cookies", "SID=".repeat(16_384)],
  ["files that are shown and print nothing", `${"cat token ".repeat(30)}\n`.repeat(210)],
  ["columns by places", `${"pw ".repeat(40)}\n${"-- ".repeat(40)}\n${"a\n".repeat(32_700)}`],
  [
    "commands that print nothing",
    `${"cat ".repeat(25)}${".key".repeat(25)}\n${"a1".repeat(2_000)}"x\n`.repeat(15),
  ],
  ["codes in a list without end", `backup_codes = ["${'a1b2","'.repeat(11_000)}`],
  ["keys of accounts that never come", `accounts = [${`"${"a1".repeat(31)}", `.repeat(1_000)}`],
  ["lists of bytes that are too long", `keypair ${`[${"1,".repeat(70)}`.repeat(460)}`],
  [
    "words of a wallet, apart",
    "moral drama ten kid tape ski\n\nathlete plate lesson van green:\n".repeat(1_030),
  ],
])("a text of %s costs a few times what one full of names does", (_what, text) => {
  // Looked at twice: with and without what nobody sees.
  const hostile = `\u200bpassword='aB3$ghp_a8Kd72hsLq90ZxWv31MnBt56YuIoPq12Er' ${text}`.slice(0, MOST_BYTES);
  expect(against(hostile, filled(NAMES_ONLY, MOST_BYTES))).toBeLessThan(MAX_DEARNESS);
});

function against(text: string, other: string): number {
  return dearness(
    () => redact(text),
    () => redact(other),
    MAX_DEARNESS / 2,
  );
}
