import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { METHOD_NAMES } from "../../src/protocol/method-table.ts";
import { PROJECT_ROOT } from "../support/throw-away-home.ts";
import type { TestTitle } from "./support/test-titles.ts";
import { readTestTitles, titlesIn } from "./support/test-titles.ts";

/** Every threat there is; a new one is added here and in the map. */
const THREATS = { A: 6, B: 7, C: 6, D: 3, E: 4, F: 8, G: 6, H: 5, I: 5 } as const;

/** What has no proof because what it guards is not built; the list only ever gets shorter. */
const NOT_YET = ["G6", "A2 cursor", "A3 audit", "H4 archives"];

const threatMap = z.strictObject({
  threats: z.array(
    z.strictObject({
      id: z.string().regex(/^[A-I]\d$/),
      attack: z.string().min(5),
      mitigation: z.string().min(5),
      methods: z.array(z.enum(METHOD_NAMES as [string, ...string[]])),
      /** Titles by file. */
      proofs: z.record(z.string().startsWith("test/"), z.array(z.string()).min(1)),
    }),
  ),
  notYet: z.array(z.strictObject({ id: z.string(), reason: z.string().min(10) })),
});
type ThreatMap = z.infer<typeof threatMap>;

const map = threatMap.parse(JSON.parse(readFileSync(new URL("threat-map.json", import.meta.url), "utf8")));

/** What is wrong with the proofs of a map, for the tests that there are. */
function missingProofs(
  { threats }: ThreatMap,
  tests: ReadonlyMap<string, readonly TestTitle[]>,
): readonly string[] {
  return threats.flatMap(({ id, proofs }) => [
    ...(Object.keys(proofs).length === 0 ? [`${id}: no proof`] : []),
    ...Object.entries(proofs).flatMap(([file, titles]) =>
      titles.flatMap((title) => {
        const found = tests.get(file)?.filter((test) => test.title === title) ?? [];
        if (found.length === 0) return [`${id}: ${file} has no test "${title}"`];
        return found.every(({ isSkipped }) => isSkipped) ? [`${id}: ${file} skips "${title}"`] : [];
      }),
    ),
  ]);
}

describe("the threat map", () => {
  it("has every threat once, with a proof or among those that are not built yet", () => {
    const ids = Object.entries(THREATS).flatMap(([letter, count]) =>
      Array.from({ length: count }, (_, index) => `${letter}${index + 1}`),
    );
    const notYet = map.notYet.map(({ id }) => id);
    expect(notYet).toEqual(NOT_YET);
    expect(
      [...map.threats.map(({ id }) => id), ...notYet.filter((id) => ids.includes(id))].toSorted(),
    ).toEqual(ids);
  });

  it("names only tests that exist and are not skipped", () => {
    expect(missingProofs(map, readTestTitles(PROJECT_ROOT))).toEqual([]);
  });

  it("has every method of the method table in a row", () => {
    const named = new Set(map.threats.flatMap(({ methods }) => methods));
    expect(METHOD_NAMES.filter((name) => !named.has(name))).toEqual([]);
  });

  it("is found wanting when a test is gone, renamed, skipped or inside a skipped group", () => {
    const [first] = map.threats;
    if (first === undefined) throw new Error("the map is empty");
    const one = (title: string): ThreatMap => ({
      threats: [{ ...first, proofs: { "test/a.test.ts": [title] } }],
      notYet: [],
    });
    const source = `
      it("runs", () => {});
      it.each([1])("runs for %s", () => {});
      it.runIf(isRoot).for(["a"])("runs somewhere", () => {});
      it.skip("sleeps", () => {});
      it.todo("is thought of");
      describe.skip("asleep", () => { test("sleeps too", () => {}); });
      describe("awake", () => { test.prop([x])("is a property", () => {}); });`;
    const tests = new Map([["test/a.test.ts", titlesIn(source)]]);
    for (const title of ["runs", "runs for %s", "runs somewhere", "is a property"]) {
      expect(missingProofs(one(title), tests)).toEqual([]);
    }
    for (const title of ["sleeps", "is thought of", "sleeps too"]) {
      expect(missingProofs(one(title), tests)).toEqual([expect.stringContaining("skips")]);
    }
    expect(missingProofs(one("ran"), tests)).toEqual([expect.stringContaining("has no test")]);
    expect(missingProofs(one("runs"), new Map())).toEqual([expect.stringContaining("has no test")]);
    expect(missingProofs({ threats: [{ ...first, proofs: {} }], notYet: [] }, tests)).toEqual([
      "A1: no proof",
    ]);
  });
});
