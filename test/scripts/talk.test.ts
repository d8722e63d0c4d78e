import { describe, expect, it } from "vitest";
import { importEntry as entrySchema } from "../../src/protocol/methods/data-methods.ts";
import { importEntry, momentAfter, questionsAbout, talk } from "../../scripts/bench-search/talk.ts";

describe("made-up talk", () => {
  it("begins the same however long it goes on", () => {
    expect([...talk(1_000)].slice(0, 50)).toStrictEqual([...talk(50)]);
  });

  it("gives every turn an id and an import line of its own, before the moment after it", () => {
    const turns = [...talk(500)];
    const lines = turns.map((turn) => importEntry(turn));
    expect(new Set(turns.map(({ id }) => id)).size).toBe(500);
    expect(new Set(lines.map(({ messageId }) => messageId)).size).toBe(500);
    expect(lines.every((line) => entrySchema.safeParse(line).success)).toBe(true);
    expect(Math.max(...turns.map(({ at }) => at))).toBeLessThan(momentAfter(500));
  });

  it("is asked about in words it holds", () => {
    const said = new Set([...talk(48)].flatMap(({ text }) => text.split(/\W+/)));
    for (const question of questionsAbout(48, 20)) {
      const words = question.split(/\W+/).filter((word) => said.has(word) && word.length > 3);
      expect(words.length).toBeGreaterThanOrEqual(3);
    }
  });
});
