import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Beginnings } from "../../../src/search/terms/beginnings.ts";
import { IRREGULAR_FORMS } from "../../../src/search/terms/irregular-forms.ts";
import { SAME_WORDS } from "../../../src/search/terms/same-words.ts";
import { scanWords } from "../../../src/search/terms/scan-words.ts";
import { STOP_WORDS } from "../../../src/search/terms/stop-words.ts";
import { MAX_TERM_CHARACTERS, termsOf, termsOfCue } from "../../../src/search/terms/terms.ts";

const WORD =
  /[\p{L}\p{N}\p{M}_\u00ad\u200c-\u200f\u2060\ufeff]+(?:(?:['’]|(?<=\d)[.,](?=\d))[\p{L}\p{N}\p{M}_\u00ad\u200c-\u200f\u2060\ufeff]+)*|\p{RI}\p{RI}|\p{Extended_Pictographic}[\p{EMod}\ufe0f]*(?:\u200d\p{Extended_Pictographic}[\p{EMod}\ufe0f]*)*/gu;

describe("the terms of a text", () => {
  it.each([
    ["words without case and punctuation", "Hello, WORLD! hello", "hello world hello"],
    ["no English stop words", "What did you do with the bread, and why?", "bread"],
    ["contractions undone", "don't Caroline's we're O'Brien", "carolin obrien"],
    ["irregular forms to their base", "children ate, went and bought", "child eat go bui"],
    ["plurals of nouns that are such forms as well", "roses saws felts LEDs", "rise see feel lead"],
    ["stems of plain words", "baking baked bakes", "bake bake bake"],
    ["short forms with the words they stand for", "mom's favourite TV", "mother favorit televis"],
    ["forms that the stemmer parts", "added adding adds deployments deploy", "add add add deploi deploi"],
    ["ordinals as numbers", "the 15th and the 2nd", "15 2"],
    ["numbers with their points", "1,200 and 3.14 of 1,2,3", "1200 3.14 1 2 3 1,2,3"],
    ["versions and their beginnings", "v2.14.3 of 3.7.1", "2.14.3 2.14 v2 3.7.1 3.7 v3"],
    [
      "versions of the second kind",
      "V1.9 in pump_10.0.2 3.12.0b1",
      "1.9 v1 pump 10.0.2 10.0 v10 pump10.0.2 3.12.0b1 3.12.0 3.12 v3",
    ],
    ["addresses and their beginnings", "192.168.1.10", "192.168.1.10 192.168.1 192.168"],
    ["dates and their parts", "03.05.2026 or 2026.11.3", "03 05 2026 03.05.2026 2026.11.3 2026.11 2026"],
    ["languages by their signs", "C++ and c# or g++, i++", "c c++ c c# g g++ i++"],
    ["no signs in front of words", "a+b x++y ab# a#b C#x", "b x ab b c x"],
    ["camel case by parts and whole", "getUserById", "get user id getuserbyid"],
    ["snake case by parts and whole", "user_id", "user id userid"],
    ["capitals before a word", "HTTPServer", "http server httpserver"],
    ["paths by parts", "src/search/top-rows.ts", "src search top row ts"],
    ["accents off Latin", "Café Müller Łódź naïve", "cafe muller lodz naiv"],
    ["sharp s and ligatures", "Straße œuvre", "strass oeuvr"],
    ["French elisions", "l'été d’acqua", "et acqua"],
    ["Greek without accents, one sigma", "Θεός ΘΕΟΣ", "θεοσ θεοσ"],
    ["Cyrillic й and ў kept, ё folded", "Йод ёлка ў", "йод елка ў"],
    ["Hebrew without points", "שָׁלוֹם", "שלום"],
    ["Arabic without signs, article and variants", "الْكِتَاب أحمد مكتبة ٤٢", "كتاب احمد مكتبه 42"],
    ["Devanagari with its vowels", "हिन्दी में", "हिन्दी में"],
    ["Han, Kana, Hangul and Thai as pairs", "東京タワー 학교에 ไทย", "東京 京タ タワ ワー 학교 교에 ไท ทย"],
    ["a lone character as it is", "猫 cat", "猫 cat"],
    ["Latin inside Han", "我用React写", "我用 react 写"],
    ["emoji whatever their skin", "👍🏽 👍 🇩🇪 👨‍👩‍👧", "👍 👍 🇩🇪 👨👩👧"],
    ["nothing invisible", "in\u00advis\u200dible zero\ufeff", "invis zero"],
    ["full-width letters as plain ones", "ＡＢＣ１２", "abc12"],
  ])("are %s", (_what, text, terms) => {
    expect(termsOf(text).join(" ")).toBe(terms);
  });

  it("are those of an irregular form and of its plural alike, in texts and cues", () => {
    for (const form of IRREGULAR_FORMS.keys()) {
      const plural = `${form}s`;
      if (STOP_WORDS.has(form) || STOP_WORDS.has(plural) || IRREGULAR_FORMS.has(plural)) continue;
      expect([plural, termsOf(plural)]).toEqual([plural, termsOf(form)]);
      expect([plural, termsOfCue(plural)]).toEqual([plural, termsOf(form)]);
    }
  });

  it("are cut where they are no words", () => {
    expect(termsOf("x".repeat(200))).toEqual(["x".repeat(MAX_TERM_CHARACTERS)]);
  });

  it("are as many as asked for at most", () => {
    expect(termsOf("bread ".repeat(100), 7)).toHaveLength(7);
    expect(termsOf("getUserById getUserById", 5)).toHaveLength(5);
  });

  it("do not depend on case, composition or width", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 30 }), (text) => {
        expect(termsOf(text.normalize("NFC"))).toEqual(termsOf(text.normalize("NFD")));
      }),
    );
  });

  it("are found whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary-ascii" }), (wide, ascii) => {
        for (const term of termsOf(`${wide} ${ascii}`)) expect(term.length).toBeGreaterThan(0);
      }),
    );
  });
});

describe("the terms of a cue", () => {
  it.each([
    ["what was wrong in v2.14.3", "wrong 2.14.3"],
    ["V2.14", "2.14"],
    ["v2 or 3", "v2 3"],
    ["1.0.0-rc.2", "1.0.0 rc 2"],
    ["on 03.05.2026", "03 05 2026 03.05.2026"],
    ["user_id getUserById", "user id userid get user id getuserbyid"],
  ])("name a version as a whole: %s", (cue, terms) => {
    expect(termsOfCue(cue).join(" ")).toBe(terms);
  });

  it("are among those of the same text", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", "B", "v", "0", "1", ".", "_", "-", "+", "#", " ") }),
        (text) => {
          const terms = new Set(termsOf(text));
          for (const term of termsOfCue(text)) expect(terms).toContain(term);
        },
      ),
    );
  });
});

describe("the beginning of a word", () => {
  const words = fc.oneof(
    fc.string({
      unit: fc.constantFrom("a", "e", "i", "o", "u", "y", "b", "d", "s", "t", "ing", "l"),
      minLength: 1,
      maxLength: 8,
    }),
    fc.constantFrom(...IRREGULAR_FORMS.keys(), ...SAME_WORDS.keys(), ...STOP_WORDS),
    fc.string({ unit: fc.constantFrom("a", "S", "_", "9", "'", "é", "猫", ".") }),
  );
  it("never hides that it becomes a term", () => {
    fc.assert(
      fc.property(words, fc.constantFrom("", ",", "!?"), fc.boolean(), (word, mark, isCapital) => {
        const written = isCapital ? word.charAt(0).toUpperCase() + word.slice(1) : word;
        const text = `we ${written}${mark} and`;
        for (const term of termsOf(written)) {
          const mayBegin = new Beginnings([term]).mayBegin(text, 3, 3 + written.length + mark.length);
          expect([written, term, mayBegin]).toEqual([written, term, true]);
        }
      }),
      { numRuns: 20_000 },
    );
  });

  it("tells most words apart that become another", () => {
    const beginnings = new Beginnings(termsOf("harbour lighthouse went"));
    const others = [
      "bread,",
      "hills!",
      "butter",
      "Lemons",
      "gone",
      "Went;",
      "'tis",
      "my",
      "userId",
      "a1",
      "it's",
    ];
    const may = others.filter((word) => beginnings.mayBegin(`${word} x`, 0, word.length));
    expect(may).toEqual(["gone", "Went;", "'tis", "my", "userId", "a1", "it's"]);
  });
});

describe("the words of a text", () => {
  it("are the same by table and by pattern", () => {
    const piece = fc.constantFrom(
      ..."aZ09_'’.,- éß\u0301ー猫👍🏽\u200d\ufe0f🇩🇪\ud800\udc00\n".split(/(?:)/u),
      "ab",
      "12",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const text = pieces.join("");
        const words: string[] = [];
        scanWords(text, (start, end) => words.push(text.slice(start, end)) > 0);
        expect(words).toEqual(text.match(WORD) ?? []);
      }),
      { numRuns: 2_000 },
    );
  });

  it("are visited until the visitor has enough", () => {
    let visited = 0;
    scanWords("one two three", () => ++visited < 2);
    expect(visited).toBe(2);
  });
});
