/** Messages and hints have one style, wherever in the sources they are written. */
import { describe, expect, it } from "vitest";
import { HOLE, allMessages } from "./messages.ts";

/** May begin a message with a capital, beside code words such as `UTF-8`, `JSON` and `KEEPSAKE_HOME`. */
const PROPER_NOUNS: ReadonlySet<string> = new Set([
  "Claude",
  "Linux",
  "Markdown",
  "Node",
  "README.md",
  "Unicode",
]);
const CODE_WORD = /^[A-Z][A-Z\d_-]+s?$/;
/** Names of what people store or type. */
const OF_A_MEMORY =
  /^(text|query|cue|tags?|project|session|speaker|label|snippet|value|word|line|typed|body|content|passphrase|secret)$/i;

const messages = allMessages();

function offenders(isWrong: (text: string, values: readonly string[]) => boolean): readonly string[] {
  return messages
    .filter(({ text, values }) => isWrong(text, values))
    .map(({ place, text }) => `${place}: ${text.replaceAll(HOLE, "${…}")}`);
}

function startsWithCapital(clause: string): boolean {
  const [word = ""] = clause.split(/[\s,:;]/);
  return /^\p{Lu}/u.test(word) && !CODE_WORD.test(word) && !PROPER_NOUNS.has(word);
}

describe("messages and hints", () => {
  it("are found in every part of the sources", () => {
    expect(messages.length).toBeGreaterThan(250);
    for (const part of ["ERRORS", "src/vault", "src/server", "src/cli", "src/mcp", "src/store", "src/keys"]) {
      expect(messages.filter(({ place }) => place.startsWith(part)).length, part).toBeGreaterThan(0);
    }
  });

  it("begin each clause in lower case", () => {
    expect(offenders((text) => text.split("; ").some(startsWithCapital))).toEqual([]);
  });

  it("have no full stop: clauses are joined by semicolons", () => {
    expect(offenders((text) => /\.$|[\w)"'\u{FFFC}]\. /u.test(text))).toEqual([]);
  });

  it("have no space too many", () => {
    expect(offenders((text) => text !== text.trim() || /\s{2}|\n/.test(text))).toEqual([]);
  });

  it("neither beg, apologise nor shout", () => {
    expect(offenders((text) => /\b(please|sorry|oops)\b|!/i.test(text))).toEqual([]);
  });

  it("carry nothing of a memory and nothing that was typed", () => {
    expect(offenders((_text, values) => values.some((value) => OF_A_MEMORY.test(value)))).toEqual([]);
  });
});
