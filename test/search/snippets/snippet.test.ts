import { describe, expect, it } from "vitest";
import { Snippets } from "../../../src/search/snippets/snippet.ts";

const snippets = new Snippets();
const snippetOf = (text: string, cue: string, characters: number) => snippets.cut(text, cue, characters);

const graphemes = (text: string) =>
  Array.from(
    new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(text),
    ({ segment }) => segment,
  );

describe("a snippet", () => {
  it("is the whole text when that is short, on one line", () => {
    expect(snippetOf("  one\n\ttwo\u0000three ", "one", 200)).toBe("one two three");
    expect(snippetOf("", "one", 200)).toBe("");
  });

  it("is cut around the densest match", () => {
    const filler = "lorem ipsum ".repeat(100);
    const text = `${filler}harbour ${filler}harbour and lighthouse ${filler}`;
    const snippet = snippetOf(text, "harbour lighthouse", 60);
    expect(snippet).toContain("harbour and lighthouse");
    expect(snippet.startsWith("…")).toBe(true);
    expect(snippet.endsWith("…")).toBe(true);
    expect(graphemes(snippet).length).toBeLessThanOrEqual(60);
  });

  it("is the beginning when nothing matches, and the end when the match is there", () => {
    const text = `${"lorem ipsum ".repeat(100)}harbour`;
    expect(snippetOf(text, "zebra", 30)).toBe("lorem ipsum lorem ipsum…");
    expect(snippetOf(text, "", 30)).toBe("lorem ipsum lorem ipsum…");
    expect(snippetOf(text, "harbour", 30).endsWith("harbour")).toBe(true);
  });

  it("begins and ends between words, unless a word is too long for that", () => {
    const text = `${"change the decision ".repeat(30)}harbour ${"change the decision ".repeat(30)}`;
    const words = new Set(text.split(" "));
    for (let characters = 20; characters < 120; characters++) {
      const snippet = snippetOf(text, "harbour", characters);
      expect(snippet).toContain("harbour");
      for (const word of snippet.replaceAll("…", "").split(" ")) expect(words).toContain(word);
    }
    const long = `${"x".repeat(100)} harbour ${"y".repeat(100)}`;
    expect(snippetOf(long, "harbour", 120)).toMatch(/^…x+ harbour y+…$/);
  });

  it("has a mark only where the text goes on, and none twice", () => {
    const word = "harbour ".repeat(20);
    const first = `Harbour ${word}lighthouse begins here. ${"Nothing else stands here at all. ".repeat(9)}`;
    expect(snippetOf(first, "harbour lighthouse", 60)).toMatch(/^Harbour .*[^ …]…$/);
    const last = `${"Nothing else stands here at all. ".repeat(9)} It ends with ${"rope ".repeat(20)}harbour.`;
    expect(snippetOf(last, "harbour", 60)).toMatch(/^….*[^…]harbour\.$/);
    const dots = `${"and so on... and on… ".repeat(40)} harbour ${"and so on... and on… ".repeat(40)}`;
    for (let characters = 20; characters < 120; characters++)
      expect(snippetOf(dots, "harbour", characters)).not.toMatch(/^…[.…]|[.…] ?…$/);
  });

  it("shows no fences and no marks of quotation, but what they mark", () => {
    expect(snippetOf("> Which one?\n> > Both.\n\n```ts\nlet a;\n```\n~~~\nb\n~~~", "one", 200)).toBe(
      "Which one? Both. let a; b",
    );
    expect(snippetOf("```npm test```", "test", 200)).toBe("```npm test```");
    expect(snippetOf("a > b", "a", 200)).toBe("a > b");
    expect(snippetOf("```\n```", "a", 200)).toBe("``` ```");
  });

  it("never cuts through a grapheme, and holds as many as asked at most", () => {
    const family = "👩‍👩‍👧‍👦";
    const text = `${`${family} `.repeat(300)}é́ ${"한국어 ".repeat(300)}harbour ${`${family}é`.repeat(300)}`;
    const whole = new Set(graphemes(text));
    for (const cue of ["harbour", "", "한국어"]) {
      for (let characters = 5; characters < 40; characters++) {
        const snippet = snippetOf(text, cue, characters);
        expect(snippet.isWellFormed()).toBe(true);
        expect(graphemes(snippet).length).toBeLessThanOrEqual(characters);
        const inner = snippet.replaceAll("…", "");
        for (const each of graphemes(inner)) expect(whole).toContain(each);
      }
    }
  });

  it.each([
    ["one long word", "x".repeat(65_536), "x"],
    ["the same word over and over", "harbour ".repeat(8_192), "harbour"],
    ["emoji", "👩‍👩‍👧‍👦".repeat(2_600), "harbour"],
    ["one grapheme without an end", `e${"\u0301".repeat(32_000)}`, "e"],
    ["control characters", "\u0001".repeat(65_536), "harbour"],
  ])("of the largest memory takes little time and memory: %s", (_what, text, cue) => {
    const before = process.cpuUsage();
    const snippet = snippetOf(text, cue, 200);
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(3_000);
    expect(snippet.length).toBeLessThanOrEqual(200 * 25);
  });

  it("is of its own cue, whatever was asked before", () => {
    const text = `harbour ${"lorem ipsum ".repeat(50)}lighthouse ${"lorem ipsum ".repeat(50)}`;
    for (const _ of [1, 2]) {
      expect(snippetOf(text, "lighthouse", 40)).toContain("lighthouse");
      expect(snippetOf(text, "harbour", 40)).toMatch(/^harbour/);
      expect(snippetOf(text, "", 40)).toMatch(/^harbour/);
    }
  });
});
