import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { visibleLine, visibleText } from "../../src/base/visible-text.ts";

describe("text made visible", () => {
  it("spells out each character of Unicode that is suspect where it stands alone, and no other", () => {
    const suspect = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
    const others = Array.from({ length: 0x11_00_00 }, (_, point) => String.fromCodePoint(point)).filter(
      (character) => suspect.test(character) !== (visibleLine(character) !== character),
    );
    expect(others).toEqual([]);
  });

  it.each([
    ["an escape sequence", "\u001B[31mred", "⟨U+001B⟩[31mred"],
    ["an eight-bit control", "a\u009B2J", "a⟨U+009B⟩2J"],
    ["a carriage return", "good\rbad", "good⟨U+000D⟩bad"],
    ["a right-to-left override", "a\u202Eb", "a⟨U+202E⟩b"],
    ["an isolate", "\u2066x\u2069", "⟨U+2066⟩x⟨U+2069⟩"],
    ["a zero-width space", "pass\u200Bword", "pass⟨U+200B⟩word"],
    ["a joiner between Latin letters", "a\u200Db\u200Cc", "a⟨U+200D⟩b⟨U+200C⟩c"],
    ["tag characters", "hi\u{E0041}\u{E007F}", "hi⟨U+E0041⟩⟨U+E007F⟩"],
    ["a supplementary variation selector", "a\u{E0101}", "a⟨U+E0101⟩"],
    ["a variation selector behind a letter", "a\uFE0F", "a⟨U+FE0F⟩"],
    ["variation selectors behind digits", "1\uFE0F2\uFE0E#\uFE0F", "1⟨U+FE0F⟩2⟨U+FE0E⟩#⟨U+FE0F⟩"],
    ["a row of variation selectors", "❤\uFE0F\uFE0F", "❤\uFE0F⟨U+FE0F⟩"],
    ["a row of joiners between Arabic letters", "\u0645\u200C\u200C\u062E", "\u0645⟨U+200C⟩⟨U+200C⟩\u062E"],
    ["a row of both joiners", "\u0645\u200D\u200C\u062E", "\u0645⟨U+200D⟩⟨U+200C⟩\u062E"],
    ["a line separator", "a\u2028b", "a⟨U+2028⟩b"],
    ["a lone surrogate", "a\uD800b", "a⟨U+D800⟩b"],
    ["an invisible filler", "a\u3164b", "a⟨U+3164⟩b"],
    ["an annotation within a line", "a\uFFF9b\uFFFAc\uFFFB", "a⟨U+FFF9⟩b⟨U+FFFA⟩c⟨U+FFFB⟩"],
    ["a byte order mark", "\uFEFFa", "⟨U+FEFF⟩a"],
  ])("spells out %s", (_, text, expected) => {
    expect(visibleText(text)).toBe(expected);
  });

  it.each([
    ["emoji sequences", "👩‍👩‍👧 ❤️ 🏳️‍🌈 👩🏽‍🚀"],
    ["keycaps", "1\uFE0F\u20E3 #\uFE0F\u20E3"],
    ["Persian with a non-joiner", "می‌خواهم"],
    ["Devanagari with a joiner", "क्‍ष"],
    ["accents, CJK and punctuation", "Café – 日本語 «ok» …"],
    ["line feeds and tabs", "a\n\tb"],
  ])("leaves %s alone", (_, text) => {
    expect(visibleText(text)).toBe(text);
  });

  it("also spells out line ends where one line is wanted", () => {
    expect(visibleLine("a\n\tb")).toBe("a⟨U+000A⟩⟨U+0009⟩b");
  });

  it("never leaves a control character on a line", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(visibleLine(text)).not.toMatch(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/u);
      }),
    );
  });
});
