/** What people type: names that are stop words, versions, languages, flags, codes; each finds its own memory first. */
import { describe, expect, it } from "vitest";
import { searchIndexFactory } from "../../src/search/create-search-index.ts";
import type { IndexedMemory } from "../../src/search/search-index.ts";
import { chunksOf } from "./support/chunks.ts";
import { memoryOf, NOW } from "./support/memories.ts";

const TEXTS = [
  "Release v2.14.3 fixed the pump.",
  "Version 3.7.1 of the pump firmware is stable.",
  "Concert of The Who in June",
  "IT department extension is 99; US office opens at 9",
  "Will and May approved the budget",
  "It works now. We asked who did it, and it was us.",
  "the quote for the wall: to be or not to be, that is what we want",
  "what is to be done or not by us, to be sure",
  "rm -d takes empty folders, git commit --all everything",
  "OR gates beside AND gates in the drawing",
  "we ship 1.0.0-rc.2 on Friday",
  "1.0.0-rc.1 had a leak",
  "the library of C++ templates",
  "C# generics are kept at run time",
  "the C compiler warns",
  "the printer has 192.168.1.10",
  "invoice of 03.05.2026",
  "slot 3 is dead and slot 2 too",
  "released 2.1 at last",
  "error E1234 and 0x80070005 came with issue #4711",
  "see lib/pump-valve_map.tar.gz with --no-verify",
  "on node20 we got Python 3.12.0b1",
];

function indexOf(texts: readonly string[], fields: Partial<IndexedMemory> = {}) {
  const index = searchIndexFactory.create();
  const byId = new Map<string, string>();
  for (const text of texts) {
    const memory = memoryOf(text, fields);
    byId.set(memory.id, text);
    index.add(memory);
  }
  const search = (cue: string, held = index) =>
    held.search({ cue, filter: {}, limit: 20, now: NOW }).hits.map(({ id }) => byId.get(id) ?? "");
  return { index, search, idOf: (text: string) => [...byId].find(([, other]) => other === text)?.[0] ?? "" };
}

describe("what people type finds its own memory first", () => {
  const { search } = indexOf(TEXTS);

  it.each([
    ["2.14.3", "Release v2.14.3"],
    ["v2.14.3", "Release v2.14.3"],
    ["2.14", "Release v2.14.3"],
    ["v2.14", "Release v2.14.3"],
    ["v2", "Release v2.14.3"],
    ["v3.7.1", "Version 3.7.1"],
    ["3.7", "Version 3.7.1"],
    ["The Who", "Concert of The Who"],
    ["the who", "Concert of The Who"],
    ["THE WHO", "Concert of The Who"],
    ["who", "Concert of The Who"],
    ["IT", "IT department"],
    ["US", "IT department"],
    ["Will May", "Will and May"],
    ["may", "Will and May"],
    ["to be or not to be", "the quote"],
    ["To be, or not to be", "the quote"],
    ["-d", "rm -d"],
    ["--all", "rm -d"],
    ["OR", "OR gates"],
    ["1.0.0-rc.2", "we ship 1.0.0-rc.2"],
    ["v1.0.0-rc.1", "1.0.0-rc.1"],
    ["1.0.0-rc", "1.0.0-rc.1"],
    ["C++", "the library of C++"],
    ["c#", "C# generics"],
    ["C", "the C compiler"],
    ["192.168.1", "the printer"],
    ["192.168.1.10", "the printer"],
    ["2026", "invoice"],
    ["E1234", "error E1234"],
    ["0x80070005", "error E1234"],
    ["#4711", "error E1234"],
    ["pump-valve_map.tar.gz", "see lib"],
    ["valve_map", "see lib"],
    ["--no-verify", "see lib"],
    ["3.12", "on node20"],
    ["3.12.0b1", "on node20"],
  ])("%s", (cue, text) => {
    expect(search(cue)[0]).toMatch(new RegExp(`^${text.replaceAll(/[.+#]/g, "\\$&")}`));
  });

  it.each([
    ["3", ["slot 3 is dead and slot 2 too"]],
    ["14", []],
    ["2.1", ["released 2.1 at last"]],
    ["2.14.3.1", []],
    ["2.14.4", []],
    ["4.3", []],
    ["10", []],
    ["I", []],
    ["not", []],
  ])("and %s no version, address or word that only holds it", (cue, texts) => {
    expect(search(cue)).toEqual(texts);
  });

  it("finds what is written small only for small letters, and all of a group's words before some of them", () => {
    expect(search("IT")).toHaveLength(1);
    expect(new Set(search("it"))).toEqual(new Set([TEXTS[3], TEXTS[5]]));
    expect(search("be or not")[0]).toBe(TEXTS[6]);
  });
});

describe("marks of stop words", () => {
  it("change nothing for a cue that has another word", () => {
    const told = ["Who ate the bread? The baker.", "the baker ate who knows what", "IT and US bread"];
    const small = told.map((text) => text.toLowerCase());
    const scores = (texts: readonly string[], cue: string) => {
      const { index } = indexOf(texts);
      return index.search({ cue, filter: {}, limit: 9, now: NOW }).hits.map(({ score }) => score);
    };
    for (const cue of ["bread", "who ate the bread", "The Who bread"])
      expect(scores(told, cue)).toEqual(scores(small, cue));
  });

  it("go with their memory, also from a checkpoint, and leave room for others", async () => {
    const { index, search, idOf } = indexOf(TEXTS);
    const reloaded = await searchIndexFactory.load(chunksOf(index.serialize()));
    expect(search("The Who", reloaded)).toEqual(search("The Who"));
    const gone = idOf("Concert of The Who in June");
    for (const held of [index, reloaded]) {
      held.remove(gone);
      expect(search("The Who", held)).not.toContain("Concert of The Who in June");
      while (!held.compact(50));
      held.add(memoryOf("plain bread"));
      expect(search("The Who", held)).not.toContain("");
      expect(held.search({ cue: "Who", filter: {}, limit: 9, now: NOW }).hits).toEqual([]);
      expect(search("IT", held)).toHaveLength(1);
    }
  });

  it("are explained as words of the memory itself", () => {
    const { index } = indexOf(TEXTS);
    const [hit] = index.search({ cue: "The Who", filter: {}, limit: 1, now: NOW, explain: true }).hits;
    expect(hit?.parts?.["words"]).toBeGreaterThan(1);
    expect(hit?.parts).not.toHaveProperty("neighbours");
  });
});

describe("tags", () => {
  it("are compared whatever their case and kept as written", () => {
    const index = searchIndexFactory.create();
    for (const tags of [["Pump"], ["pump", "Boat"], ["Küche"], ["KU\u0308CHE"], ["pumps"]])
      index.add(memoryOf("bread", { tags }));
    const count = (tags: string[]) => index.count({ tags }, NOW);
    expect([count(["PUMP"]), count(["pump", "bOAT"]), count(["küche"]), count(["kuche"])]).toEqual([
      2, 1, 2, 0,
    ]);
    expect(
      index
        .tags({ tags: ["pump"] }, NOW)
        .map(({ tag }) => tag)
        .toSorted(),
    ).toEqual(["Boat", "Pump", "pump"]);
  });
});
