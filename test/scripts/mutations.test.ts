import { describe, expect, it } from "vitest";
import { renderScoreInto, renderTable } from "../../scripts/mutations/report.ts";
import { readOutcomes, titlePattern } from "../../scripts/mutations/run-proofs.ts";
import type { Tried } from "../../scripts/mutations/try-mutation.ts";
import { mutate, parseMutation } from "../security/support/mutation-files.ts";

const FILE = {
  threat: "F9",
  file: "src/vault/inbox.ts",
  find: "if (isForged) refuse();",
  replace: "",
  proofs: { "test/vault/inbox.test.ts": ["sets a forged entry aside"] },
};
const parse = (fields: object = {}, name = "F9-forged.json") =>
  parseMutation(name, JSON.stringify({ ...FILE, ...fields }));

describe("a mutation file", () => {
  it("is known by its name", () => {
    expect(parse().name).toBe("F9-forged");
    expect(parse({ threat: "finding-12" }, "finding-12-connects.json").threat).toBe("finding-12");
  });

  it.each([
    { threat: "Z1" },
    { file: "/etc/passwd" },
    { file: "test/vault/inbox.test.ts" },
    { find: "" },
    { replace: FILE.find },
    { proofs: {} },
    { proofs: { "test/vault/inbox.test.ts": [] } },
    { proofs: { "src/vault/inbox.ts": ["a title"] } },
    { more: true },
  ])("with %j is none", (fields) => {
    expect(() => parse(fields)).toThrow("F9-forged.json");
  });

  it("is named for its threat", () => {
    for (const name of ["F8-forged.json", "F91-forged.json", "F9-forged.txt"]) {
      expect(() => parse({}, name)).toThrow("is named F9-");
    }
  });

  it("changes one place, and none when there is another one like it", () => {
    expect(mutate(parse(), `a();\n${FILE.find}\nb();`)).toBe("a();\n\nb();");
    // What it puts there is no pattern.
    expect(mutate(parse({ replace: "$&$1" }), FILE.find)).toBe("$&$1");
    expect(() => mutate(parse(), "a();")).toThrow("occurs 0 times");
    expect(() => mutate(parse(), `${FILE.find} ${FILE.find}`)).toThrow("occurs 2 times");
  });
});

describe("the title of a proof", () => {
  it.each([
    ["adds (a|b) [1] \\ a/b-c^d*e+f?{$5}.", "adds (a|b) [1] \\ a/b-c^d*e+f?{$5}."],
    ["of kind %s is at most $limit bytes", "of kind json is at most 4 bytes"],
    ["holds for every input", "holds for every input (with seed=-123)"],
  ])("%j is found when it runs", (title, ran) => {
    expect(ran).toMatch(new RegExp(`^${titlePattern(title)}$`, "u"));
  });

  it.each([
    ["adds", "adds nothing"],
    ["adds", "readds"],
    ["a.b", "axb"],
    ["of kind %s is small", "of kind json is smaller"],
  ])("%j is not taken for another one", (title, ran) => {
    expect(ran).not.toMatch(new RegExp(`^${titlePattern(title)}$`, "u"));
  });
});

describe("what proofs say", () => {
  const file = "test/a.test.ts";
  const outcomes = (...statuses: readonly string[]) =>
    readOutcomes(
      { [file]: ["takes %s"] },
      {
        testResults: [
          {
            name: `/copy/${file}`,
            assertionResults: statuses.map((status) => ({ title: "takes 1", status })),
          },
          { name: "/copy/test/b.test.ts", assertionResults: [{ title: "takes 1", status: "failed" }] },
        ],
      },
      "/copy",
    ).map(({ outcome }) => outcome);

  it("is that one fails when one of its cases does", () => {
    expect(outcomes("passed", "failed", "passed")).toEqual(["failed"]);
  });

  it("is that one passes when all of its cases do, those left out set aside", () => {
    expect(outcomes("passed", "pending")).toEqual(["passed"]);
  });

  it("is nothing when none ran or the file did not load", () => {
    expect(outcomes("pending", "skipped")).toEqual(["absent"]);
    expect(outcomes()).toEqual(["absent"]);
  });
});

describe("the report of all mutations", () => {
  const tried: readonly Tried[] = [
    { mutation: parse(), isCaught: true, reasons: [], seconds: 3.21 },
    { mutation: parse({}, "F9-other.json"), isCaught: false, reasons: ["test/a.test.ts passes"], seconds: 4 },
  ];

  it("names each with what came of it", () => {
    const table = renderTable(tried, ["test/b.test.ts fails"]);
    expect(table).toContain("F9  F9-forged  src/vault/inbox.ts  caught      3.2");
    expect(table).toContain(
      "F9  F9-other   src/vault/inbox.ts  NOT CAUGHT  4.0\n    test/a.test.ts passes\n",
    );
    expect(table).toContain("test/b.test.ts fails");
    expect(table).toContain("1 of 2 caught, for 1 rows and findings");
  });

  it("takes the place of the one before in the page", () => {
    const date = new Date("2026-11-29T00:00:00Z");
    const once = renderScoreInto("## Mutation testing\n\ntext\n", tried, date);
    expect(once).toContain("On 2026-11-29: 1 of 2 caught");
    expect(once).toContain("- not caught: F9-other\n");
    expect(renderScoreInto(once, tried, date)).toBe(once);
  });
});
