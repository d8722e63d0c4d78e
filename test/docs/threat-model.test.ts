/** The attack trees of docs/threat-model.md end in the rows of the threat map, every one of them, and in no other. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { THREAT_IDS, readThreatMap } from "../security/support/threat-map.ts";
import { ROOT } from "./source-files.ts";

const page = readFileSync(join(ROOT, "docs/threat-model.md"), "utf8");
const ROW = /\s([A-Z]\d+)$/;

/** The lines of the trees: those that draw a branch, and those that go on with one. */
function leavesOf(text: string): readonly string[] {
  return text.split("\n").filter((line) => /^[│ ]*(?:[├└]─ |│ )/.test(line));
}

function rowsOf(text: string): readonly string[] {
  return leavesOf(text).flatMap((line) => ROW.exec(line)?.[1] ?? []);
}

describe("the attack trees", () => {
  it("name every row of the threat map, and no row that is not in it", () => {
    expect([...new Set(rowsOf(page))].toSorted()).toEqual(THREAT_IDS.toSorted());
  });

  it("say of a row that its control is not built exactly where the map does", () => {
    const { notYet } = readThreatMap(ROOT);
    const unbuilt = leavesOf(page)
      .filter((line) => line.includes("not built"))
      .flatMap((line) => ROW.exec(line)?.[1] ?? []);
    const expected = notYet.map(({ id }) => id).filter((id) => THREAT_IDS.includes(id));
    expect([...new Set(unbuilt)].toSorted()).toEqual(expected.toSorted());
  });

  it("are read line by line", () => {
    const tree =
      "goal\n├─ a way ..... a control   A1\n│  └─ deeper ..... a longer\n│     control   B2\nprose about C3";
    expect(rowsOf(tree)).toEqual(["A1", "B2"]);
  });
});
