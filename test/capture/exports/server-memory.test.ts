import { describe, expect, it } from "vitest";
import { readServerMemory } from "../../../src/capture/exports/server-memory.ts";
import { MODIFIED, jsonLines, readAll } from "../read-all.ts";

const entity = {
  type: "entity",
  name: "Skarvik",
  entityType: "place",
  observations: ["has a lamp", 7, "", " \n", "faces north"],
};
const relation = { type: "relation", from: "Ida", to: "Skarvik", relationType: "lives in" };

describe("the memory server's file", () => {
  it("gives a note for each entity and each relation, without a final newline too", async () => {
    const { entries, skipped } = await readAll(readServerMemory, jsonLines(entity, relation).trimEnd());
    expect(entries).toEqual([
      expect.objectContaining({
        kind: "note",
        text: "Skarvik (place)\n- has a lamp\n- faces north",
        project: null,
      }),
      expect.objectContaining({
        kind: "note",
        text: "Ida lives in Skarvik",
        at: new Date(MODIFIED).toISOString(),
      }),
    ]);
    expect(skipped).toEqual({});
  });

  it("counts what is neither, and takes the project asked for", async () => {
    const content = jsonLines(
      { type: "entity" },
      { type: "relation", from: "a" },
      "{",
      { type: "x" },
      { ...entity, entityType: 1 },
    );
    const { entries, skipped } = await readAll(readServerMemory, content, { project: "/work/quay" });
    expect(entries).toMatchObject([{ text: "Skarvik\n- has a lamp\n- faces north", project: "/work/quay" }]);
    expect(skipped).toEqual({ "unknown-shape": 3, "not-json": 1 });
  });
});
