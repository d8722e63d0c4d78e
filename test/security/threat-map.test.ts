import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { METHOD_NAMES } from "../../src/protocol/method-table.ts";
import { PROJECT_ROOT } from "../support/throw-away-home.ts";
import { parseMutation, readMutations } from "./support/mutation-files.ts";
import { readTestTitles, titlesIn } from "./support/test-titles.ts";
import type { ThreatMap } from "./support/threat-map.ts";
import {
  THREAT_IDS,
  TOOL_NAMES,
  missingProofs,
  neverSeenToFail,
  readThreatMap,
  unsoundMutations,
} from "./support/threat-map.ts";

const FINDINGS = 17;

/** What has no proof because what it guards is not built; the list only ever gets shorter. */
const NOT_YET = ["F12", "A2 cursor", "H4 archives"];

const map = readThreatMap(PROJECT_ROOT);
const mutations = readMutations(PROJECT_ROOT);
const tests = readTestTitles(PROJECT_ROOT);
const readSource = (file: string) => readFileSync(join(PROJECT_ROOT, file), "utf8");

describe("the threat map", () => {
  it("has every threat once, with a proof or among those that are not built yet", () => {
    const notYet = map.notYet.map(({ id }) => id);
    expect(notYet).toEqual(NOT_YET);
    const rows = map.threats.map(({ id }) => id);
    const named = [...rows, ...notYet.filter((id) => THREAT_IDS.includes(id))];
    expect(named.toSorted()).toEqual(THREAT_IDS.toSorted());
  });

  it("has every finding, with the rows that answer it", () => {
    expect(map.findings.map(({ finding }) => finding)).toEqual(
      Array.from({ length: FINDINGS }, (_, index) => index + 1),
    );
    expect(map.findings.flatMap(({ rows }) => rows.filter((row) => !THREAT_IDS.includes(row)))).toEqual([]);
  });

  it("names only tests that exist and are not skipped", () => {
    expect(missingProofs(map, tests)).toEqual([]);
  });

  it("has every method of the method table and every tool of the MCP server in a row", () => {
    const methods = new Set(map.threats.flatMap((row) => row.methods));
    expect(METHOD_NAMES.filter((name) => !methods.has(name))).toEqual([]);
    const tools = new Set(map.threats.flatMap((row) => row.tools ?? []));
    expect(TOOL_NAMES.filter((name) => !tools.has(name))).toEqual([]);
    expect(TOOL_NAMES.length).toBeGreaterThan(6);
  });

  it("has for every row a mutation that takes its control away, with a proof that then fails", () => {
    expect(neverSeenToFail(map, mutations)).toEqual([]);
  });

  it("has only mutations that fit the sources and the tests", () => {
    expect(unsoundMutations(mutations, map, tests, readSource)).toEqual([]);
  });
});

describe("the threat map is found wanting", () => {
  const [first] = map.threats;
  if (first === undefined) throw new Error("the map is empty");
  const one = (title: string): Pick<ThreatMap, "threats"> => ({
    threats: [{ ...first, proofs: { "test/a.test.ts": [title] } }],
  });
  const source = `
    it("runs", () => {});
    it.each([1])("runs for %s", () => {});
    it.runIf(isRoot).for(["a"])("runs somewhere", () => {});
    it.skip("sleeps", () => {});
    it.todo("is thought of");
    describe.skip("asleep", () => { test("sleeps too", () => {}); });
    describe("awake", () => { test.prop([x])("is a property", () => {}); });`;
  const few = new Map([["test/a.test.ts", titlesIn(source)]]);

  it("when a test is gone, renamed, skipped or inside a skipped group", () => {
    for (const title of ["runs", "runs for %s", "runs somewhere", "is a property"]) {
      expect(missingProofs(one(title), few)).toEqual([]);
    }
    for (const title of ["sleeps", "is thought of", "sleeps too"]) {
      expect(missingProofs(one(title), few)).toEqual([expect.stringContaining("skips")]);
    }
    expect(missingProofs(one("ran"), few)).toEqual([expect.stringContaining("has no test")]);
    expect(missingProofs(one("runs"), new Map())).toEqual([expect.stringContaining("has no test")]);
    expect(missingProofs({ threats: [{ ...first, proofs: {} }] }, few)).toEqual(["A1: no proof"]);
  });

  const mutation = (fields: object = {}) =>
    parseMutation(
      "A1-control.json",
      JSON.stringify({
        threat: "A1",
        file: "src/a.ts",
        find: "guard();",
        replace: "",
        proofs: { "test/a.test.ts": ["runs"] },
        ...fields,
      }),
    );

  it("when a row has no mutation, or only one that proves something else", () => {
    expect(neverSeenToFail(one("runs"), [mutation()])).toEqual([]);
    expect(neverSeenToFail(one("runs"), [])).toEqual(["A1"]);
    expect(neverSeenToFail(one("runs for %s"), [mutation()])).toEqual(["A1"]);
    expect(neverSeenToFail({ threats: [{ ...first, id: "A2" }] }, [mutation()])).toEqual(["A2"]);
  });

  it("when a mutation no longer fits its source, its tests or any row", () => {
    const unsound = (fields: object, code = "guard();") =>
      unsoundMutations([mutation(fields)], { ...one("runs"), findings: [] }, few, () => code);
    expect(unsound({})).toEqual([]);
    expect(unsound({}, "guard(); guard();")).toEqual([expect.stringContaining("occurs 2 times")]);
    expect(unsound({}, "watch();")).toEqual([expect.stringContaining("occurs 0 times")]);
    expect(unsound({ proofs: { "test/a.test.ts": ["ran"] } })).toEqual([
      expect.stringContaining("has no test"),
    ]);
    expect(unsound({ proofs: { "test/a.test.ts": ["sleeps"] } })).toEqual([expect.stringContaining("skips")]);
    const nobody = unsoundMutations([mutation()], { threats: [], findings: [] }, few, () => "guard();");
    expect(nobody).toEqual([expect.stringContaining("there is no A1")]);
  });
});
