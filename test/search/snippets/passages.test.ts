import { describe, expect, it } from "vitest";
import { Snippets } from "../../../src/search/snippets/snippet.ts";
import { unitsOf } from "../../../src/search/snippets/units.ts";
import { answersTo } from "../../../src/search/snippets/worth.ts";
import { processorMs } from "../../support/processor-time.ts";

const snippets = new Snippets();
const snippetOf = (text: string, cue: string, characters: number) => snippets.cut(text, cue, characters);

const filler = (count: number) =>
  Array.from({ length: count }, (_, place) => `Paragraph ${place} is about lanterns and ropes.`).join("\n\n");

describe("the passages of a long text", () => {
  it("are whole sentences, in the order in which they stand, parted where something is left out", () => {
    const text = `${filler(9)}\n\nThe harbour is closed for now. Boats wait outside.\n\n${filler(9)}\n\nThe harbour opens at noon.`;
    expect(snippetOf(text, "harbour", 75)).toBe(
      "…The harbour is closed for now. … The harbour opens at noon.",
    );
  });

  it("go on without a gap where they follow each other, and say when the text goes on", () => {
    const text = `The harbour is closed today. The harbour opens at noon tomorrow.\n\n${filler(9)}`;
    expect(snippetOf(text, "harbour", 80)).toBe(
      "The harbour is closed today. The harbour opens at noon tomorrow. …",
    );
  });

  it("are where the words of the cue are rare, and not where they are many", () => {
    const text = `${"The test of the test tests a test. ".repeat(8)}\n\n${filler(3)}\n\nThe windlass made it hang.`;
    expect(snippetOf(text, "test windlass", 60)).toContain("The windlass made it hang.");
  });

  it.each([
    ["why did the light stay dark", "It failed, the light, because its fuse was wet."],
    ["which file holds the light", "It is in src/light.ts, further down the page."],
    ["which command starts the light", "The light goes on with npm run it, mostly."],
    ["how many seconds has the light", "The light has 40 of them, more or less."],
    ["when was the light mended", "The light came back on Monday, they said."],
    ["what did we decide about the light", "The light: we should use oil instead."],
  ])("prefer what answers such a question: %s", (cue, answer) => {
    const others = ["The light is nice to look at.", "The light is over there somewhere.", "I see a light."];
    const text = [...others, filler(5), answer, filler(5), ...others].join("\n\n");
    expect(snippetOf(text, cue, answer.length + 10)).toContain(answer);
  });

  it("prefer findings to the announcement of the next step and to questions", () => {
    const text = [
      "Let me check why the pump stopped.",
      filler(4),
      "Why has the pump stopped?",
      filler(4),
      "The pump stopped: its valve is stuck.",
    ].join("\n\n");
    expect(snippetOf(text, "why has the pump stopped", 50)).toContain("its valve is stuck");
  });

  it("show code without its fences, and count it less than words about it", () => {
    const text = `${filler(6)}\n\n\`\`\`ts\nconst pump = valve;\n\`\`\`\n\nThe pump needs a valve.\n\n${filler(6)}`;
    expect(snippetOf(text, "pump valve", 34)).toBe("…The pump needs a valve. …");
    expect(snippetOf(text, "pump valve", 80)).toContain("const pump = valve; The pump needs a valve.");
    expect(snippetOf(text, "pump valve", 400)).not.toContain("```");
  });

  it("are a window around the match when the best of them alone is too long", () => {
    const long = `${"word ".repeat(100)}harbour ${"word ".repeat(100)}`;
    const snippet = snippetOf(`${filler(3)}\n\n${long}`, "harbour", 60);
    expect(snippet).toMatch(/^….* word harbour word .*…$/);
    expect(snippet.length).toBeLessThanOrEqual(60);
  });

  it("are no scraps by themselves", () => {
    const scraps = ["|---|---|", "}", "> ", "limit 1;", "---", "harbour"];
    const text = scraps.flatMap((scrap) => [filler(2), "```", scrap, "```", scrap]).join("\n\n");
    const snippet = snippetOf(`${text}\n\nThe harbour has a limit.`, "harbour limit", 90);
    expect(snippet).toContain("The harbour has a limit.");
    for (const scrap of ["|", "}", ">", "limit 1", "---"]) expect(snippet).not.toContain(scrap);
  });

  it("join a short beginning with what follows it", () => {
    const text = `CSV, for now.\n\nThe export is in one file for each year.\n\n${filler(9)}`;
    expect(snippetOf(text, "which export file", 80)).toBe(
      "CSV, for now. The export is in one file for each year. …",
    );
  });

  it("have no second mark where the text has one of its own", () => {
    const text = `The harbour is closed again…\n\n${filler(3)}\n\n…and the harbour stays so\n\n${filler(3)}`;
    expect(snippetOf(text, "harbour", 72)).toBe("The harbour is closed again…and the harbour stays so …");
  });

  it("never take more than there is room for", () => {
    const text = `${filler(20)}\n\n- harbour one\n- harbour two\n\n| harbour | three |\n\n# Harbour\n${filler(20)}`;
    for (let room = 10; room < 600; room++)
      expect(snippetOf(text, "harbour lanterns", room).length).toBeLessThanOrEqual(room);
  });

  it.each([
    ["lines", "ha\n".repeat(21_845)],
    ["sentences", "The harbour is closed today because of wind. ".repeat(1_456)],
    ["full stops", "Ab. ".repeat(16_384)],
    ["quotation marks behind a full stop", `.${'"'.repeat(65_000)}`],
    ["spaces behind a full stop", `${`.${" ".repeat(60)}`.repeat(1_000)}a`],
    ["slashes", "a/".repeat(32_768)],
    ["letters without a slash", "a".repeat(65_536)],
    ["backticks", "`".repeat(65_536)],
    ["stars", "*".repeat(65_536)],
    ["bars", "|".repeat(65_536)],
    ["marks of quotation", "> ".repeat(32_768)],
    ["fences", "```\n~~~\n".repeat(8_192)],
  ])("of the largest memory take little time: %s", (_what, text) => {
    const cue = "why was the harbour file closed, which command and when did we decide to fix it";
    const cost = processorMs(() => expect(snippetOf(text, cue, 400).length).toBeLessThanOrEqual(400));
    expect(cost).toBeLessThan(2_000);
  });
});

describe("what an answer looks like", () => {
  it.each([
    ["dashes", "a-".repeat(100_000)],
    ["letters", "a".repeat(200_000)],
    ["full stops", "a.".repeat(100_000)],
  ])("is found in time in proportion to the text: %s", (_what, text) => {
    const answers = answersTo(
      "why was it fixed, which file, command, version, how many, when, and what did we decide",
    );
    expect(answers).toHaveLength(7);
    expect(processorMs(() => answers.map((answer) => answer.test(text)))).toBeLessThan(2_000);
  });
});

describe("the units of a text", () => {
  it("are sentences, items, headings, rows and lines of code, with the heading they stand under", () => {
    const text = [
      "# Pump",
      "It has a valve of brass. It leaks (a bit).",
      "- an item. It stays whole.",
      "> a quoted line",
      "| row | one |",
      "|---|---|",
      "~~~",
      "# no heading",
      "~~~",
    ].join("\r\n");
    expect(unitsOf(text)).toEqual([
      { text: "# Pump", kind: "heading", heading: -1 },
      { text: "It has a valve of brass. It leaks (a bit).", kind: "prose", heading: 0 },
      { text: "- an item. It stays whole.", kind: "prose", heading: 0 },
      { text: "a quoted line", kind: "prose", heading: 0 },
      { text: "| row | one |", kind: "row", heading: 0 },
      { text: "# no heading", kind: "code", heading: 0 },
    ]);
  });
});
