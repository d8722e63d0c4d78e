import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { searchIndexFactory } from "../../src/search/create-search-index.ts";
import { memoryOf, NOW } from "./support/memories.ts";

const SIZE = 1 << 16;
const HOSTILE: readonly (readonly [what: string, text: string])[] = [
  ["nothing", ""],
  ["white space", " \n\t\u00a0\u2003".repeat(100)],
  ["only stop words", "the of and what did you do with it ".repeat(50)],
  ["only punctuation", "?!.,;:-–—…'\"«»()[]{}".repeat(500)],
  [
    "control characters",
    Array.from({ length: 32 }, (_, code) => String.fromCharCode(code))
      .join("")
      .repeat(99),
  ],
  ["halves of surrogate pairs", "\ud83d \udc4d\ud800\ud800 bread\udfff".repeat(500)],
  ["one million same words", "bread ".repeat(1_000_000)],
  ["one word of a million letters", "b".repeat(1_000_000)],
  ["a million different words", Array.from({ length: 200_000 }, (_, number) => `w${number}`).join(" ")],
  ["endless marks", `e${"\u0301".repeat(SIZE)}`],
  ["endless joiners", "👨\u200d".repeat(SIZE / 2)],
  ["endless apostrophes", "a'".repeat(SIZE)],
  ["endless numbers", "1,1.1".repeat(SIZE / 4)],
  ["endless camels", "aB".repeat(SIZE)],
  ["endless underscores", "_".repeat(SIZE)],
  ["right-to-left overrides", "\u202ebread\u202c ".repeat(500)],
  ["Han without end", "東京".repeat(SIZE / 4)],
  ["NUL and pattern characters", "\0(.*)+[a-z]{1,}$^\\".repeat(500)],
  ["names of object members", "__proto__ constructor toString hasOwnProperty valueOf"],
  ["dates without end", "last Tuesday on 3 June 2024 ".repeat(2_000)],
  ["questions without end", "when ? ".repeat(10_000)],
];
/** What a memory's text and its names can have at most. */
const MAX_TEXT = 65_536;
const MAX_NAME = 1_024;
/** Of the processor, so that a busy machine does not count; generous: a slow one takes a tenth of it. */
const MAX_MS = 5_000;

describe("whatever it is given, the index answers in bounded time", () => {
  it.each(HOSTILE)("as a cue: %s", (_what, cue) => {
    const index = searchIndexFactory.create();
    for (let number = 0; number < 50; number++) index.add(memoryOf(`bread ${number} w${number} 東京`));
    const start = process.cpuUsage();
    const { hits } = index.search({ cue, filter: {}, limit: 20, now: NOW });
    expect(process.cpuUsage(start).user / 1_000).toBeLessThan(MAX_MS);
    expect(hits.length).toBeLessThanOrEqual(20);
  });

  it.each(HOSTILE)("as a memory: %s", (_what, text) => {
    const index = searchIndexFactory.create();
    const memory = memoryOf(text);
    const start = process.cpuUsage();
    index.add(memory);
    index.add(memoryOf("lighthouse"));
    expect(process.cpuUsage(start).user / 1_000).toBeLessThan(MAX_MS);
    expect(index.search({ cue: "lighthouse", filter: {}, limit: 5, now: NOW }).hits).toHaveLength(1);
    expect(index.remove(memory.id)).toBe(true);
    expect(index.size).toBe(1);
  });

  it.each(HOSTILE)("as a text to cut a snippet from: %s", (_what, whole) => {
    const text = whole.slice(0, MAX_TEXT);
    const start = process.cpuUsage();
    const snippet = searchIndexFactory.snippet(text, "bread and butter", 200);
    expect(process.cpuUsage(start).user / 1_000).toBeLessThan(MAX_MS);
    expect(snippet).not.toMatch(/\n/);
    expect(searchIndexFactory.snippet("bread and butter", text, 200)).toBe("bread and butter");
  });

  it.each(HOSTILE)("as a filter: %s", (_what, whole) => {
    const text = whole.slice(0, MAX_NAME);
    const index = searchIndexFactory.create();
    index.add(memoryOf("bread", { project: text, session: text, tags: [text], speaker: text }));
    index.add(memoryOf("bread"));
    for (const filter of [{ projects: [text] }, { session: text }, { tags: [text] }])
      expect(index.search({ cue: "bread", filter, limit: 5, now: NOW }).hits).toHaveLength(1);
    expect(
      index.search({ cue: "bread", filter: { projects: [`${text}!`] }, limit: 5, now: NOW }).hits,
    ).toEqual([]);
  });
});

describe("the index", () => {
  it("never throws on any text", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" })), fc.string({ unit: "binary" }), (texts, cue) => {
        const index = searchIndexFactory.create();
        for (const text of texts) index.add(memoryOf(text));
        const { hits } = index.search({ cue, filter: {}, limit: 20, now: NOW, explain: true });
        expect(hits.length).toBeLessThanOrEqual(texts.length);
        for (const text of texts) expect(searchIndexFactory.snippet(text, cue, 20)).not.toMatch(/\n/);
      }),
    );
  });

  it("finds a lone character that is part of more pairs than a call takes arguments", () => {
    const index = searchIndexFactory.create();
    const others = [...charactersFrom(0x3400, 0x4dbf), ...charactersFrom(0x4e00, 0x7684)];
    others.push(...charactersFrom(0x7685, 0x9fff), ...charactersFrom(0x20000, 0x2a6df));
    for (let from = 0; from < others.length; from += 8_000)
      index.add(memoryOf(`的${others.slice(from, from + 8_000).join("的")}的`));
    const { hits } = index.search({ cue: "的", filter: {}, limit: 20, now: NOW, explain: true });
    expect(hits).toHaveLength(Math.ceil(others.length / 8_000));
  });

  it("knows nothing of ids that are none, and refuses to add them", () => {
    const index = searchIndexFactory.create();
    for (const id of ["", "x", "__proto__", "\0".repeat(26), "z".repeat(26)]) {
      expect(index.has(id)).toBe(false);
      expect(index.remove(id)).toBe(false);
      expect(index.versions(id)).toEqual([]);
      expect(index.supersededBy(id)).toBeUndefined();
      expect(index.neighbours(id, 5)).toEqual({ before: [], after: [] });
      expect(() => index.add(memoryOf("bread", { id }))).toThrow(TypeError);
      expect(() => index.add(memoryOf("bread", { supersedes: id }))).toThrow(TypeError);
    }
    expect(index.size).toBe(0);
  });

  it("takes times from any age", () => {
    const index = searchIndexFactory.create();
    for (const at of [-8.64e15, -1, 0, 8.64e15]) index.add(memoryOf("bread", { at, expiresAt: 8.64e15 }));
    for (const now of [0, NOW, 8.63e15])
      expect(index.search({ cue: "bread yesterday", filter: {}, limit: 9, now }).hits).toHaveLength(4);
  });
});

function charactersFrom(first: number, end: number): string[] {
  return Array.from({ length: end - first }, (_, index) => String.fromCodePoint(first + index));
}
