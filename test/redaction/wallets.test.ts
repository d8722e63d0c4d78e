/** Phrases and keys of wallets. */
import { describe, expect, it } from "vitest";
import { hidden, redact } from "./support/hidden.ts";

const PHRASE = "moral drama ten kid tape ski athlete plate lesson van green submit".split(" ");

describe("a wallet's phrase", () => {
  it.each([
    ["in a sentence", `I typed in: ${PHRASE.join(" ")}\n\nis there more?`, "I typed in: ~\n\nis there more?"],
    ["numbered", PHRASE.map((word, at) => `${at + 1}. ${word}`).join("\n"), "1. ~"],
    [
      "escaped",
      String.raw`"words\n1. ${PHRASE.join(String.raw`\n2. `)}\nthese"`,
      String.raw`"words\n1. ~\nthese"`,
    ],
    ["between quotes", `["${PHRASE.join('", "')}"]`, '["~"]'],
    [
      "behind a heading of such words",
      `Shown only once, all right:\n\n${PHRASE.join(" ")} ${PHRASE.join(" ")}\n\nAddress 0: x`,
      "Shown only once, all right:\n\n~\n\nAddress 0: x",
    ],
    ["in paragraphs", `${[...PHRASE, ...PHRASE.slice(0, 4)].join(" ")}\n\n${PHRASE.slice(4).join(" ")}`, "~"],
    ["with blank lines between", PHRASE.join("\n\n"), "~"],
    ["in capital letters", `(${PHRASE.join(" ").toUpperCase()})`, "(~)"],
  ])("is known by its words: %s", (_where, given, expected) => {
    expect(hidden(given)).toBe(expected);
  });

  it.each([
    ["eleven of them", PHRASE.slice(1).join(" ")],
    ["one that is none", [...PHRASE.slice(0, 6), "keepsake", ...PHRASE.slice(6)].join(" ")],
    ["a list of them in order", PHRASE.toSorted().join("\n")],
    ["the phrase that everybody tests with", `${"test ".repeat(11)}junk`],
    ["what stands between two", PHRASE.join(" = ")],
    ["more than there can be", Array.from({ length: 3 }, () => PHRASE.join(" ")).join(" ")],
  ])("is none: %s", (_why, text) => {
    expect(redact(text).text).toBe(text);
  });
});

describe("a wallet's key", () => {
  const BYTES = Array.from({ length: 64 }, (_, at) => (at * 37 + 11) % 256);
  it.each([
    [
      "of Bitcoin",
      'importprivkey "L4M2DpwpB3yTo979E2QGKsZErkzN1r9cb5sMpGQE3gidcmeKjQNx" cold',
      'importprivkey "~" cold',
    ],
    [
      "of many accounts",
      `key: xprv9yFfZQBUX7AohwW5QkbzMZvHF1JixPW7R1RfMJTTjywbidUwbZYFPa7B1fmaWoSqE9Gse7eiJA1fAPyLqJYzaiyo, so`,
      "key: ~, so",
    ],
    [
      "of Hardhat",
      `accounts: ["0x${"8712f46a607625be".repeat(4)}", '${"a712f46a607625be".repeat(4)}'],`,
      `accounts: ["~", '~'],`,
    ],
    ["of Solana", `cat id.json\n[${BYTES.join(",")}]`, "cat id.json\n~"],
  ])("is known: %s", (_of, given, expected) => {
    expect(hidden(given)).toBe(expected);
  });

  it.each([
    ["a list of other numbers", `keypair [${BYTES.map((byte) => byte + 200).join(",")}]`],
    ["a list of the same ones", `keypair [${BYTES.map(() => 7).join(",")}]`],
    ["a list of fewer", `keypair [${BYTES.slice(1).join(",")}]`],
    ["one that nothing says so of", `[${BYTES.join(",")}]`],
  ])("is none: %s", (_why, text) => {
    expect(redact(text).text).toBe(text);
  });
});
