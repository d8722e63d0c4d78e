import { isLongEnough } from "../../src/base/limits.ts";
import { describe, expect, it } from "vitest";
import { Secret } from "../../src/base/secret.ts";

const secretOf = (text: string | Uint8Array) => new Secret(new Uint8Array(Buffer.from(text as string)));

describe("a new passphrase", () => {
  it.each([
    ["seven77", false],
    ["eight888", true],
    ["süß äöü", false],
    ["süß äöü!", true],
    ["日本語のうた", false],
    ["日本語のうたと海", true],
    ["\u{1F511}".repeat(7), false],
    ["\u{1F511}".repeat(8), true],
    ["", false],
  ])("is counted in characters, not in bytes: %s", (text, expected) => {
    expect(isLongEnough(secretOf(text))).toBe(expected);
  });

  it("that is not UTF-8 has no more characters than bytes", () => {
    expect(isLongEnough(secretOf(new Uint8Array(64).fill(0x80)))).toBe(false);
    expect(isLongEnough(secretOf(new Uint8Array(7).fill(0xff)))).toBe(false);
    expect(isLongEnough(secretOf(new Uint8Array(8).fill(0xff)))).toBe(true);
  });
});
