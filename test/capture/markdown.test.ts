import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { markdownEntries, markdownSections } from "../../src/capture/markdown.ts";
import { importEntry } from "../../src/protocol/methods/data.ts";

const NOTES = readFileSync(new URL("../fixtures/harbour-notes.md", import.meta.url), "utf8");

describe("a Markdown file", () => {
  it("becomes one note a section, each exactly as it stands in the file", () => {
    const sections = markdownSections(NOTES);
    expect(sections.map((section) => section.split("\n")[0])).toEqual([
      "---",
      "# Lantern",
      "## Tides",
      "### Known oddities",
      "Evening print",
    ]);
    for (const section of sections) expect(NOTES).toContain(section);
    expect(sections[1]).toBe(NOTES.slice(NOTES.indexOf("# Lantern"), NOTES.indexOf("## Tides")).trimEnd());
  });

  it("loses no word", () => {
    expect(markdownSections(NOTES).join("").replaceAll(/\s/g, "")).toBe(NOTES.replaceAll(/\s/g, ""));
  });

  it("is one note without any heading, and none when it is blank", () => {
    expect(markdownSections("just words\n")).toEqual(["just words"]);
    expect(markdownSections(" \n\n")).toEqual([]);
  });

  it("is read with CR LF as well", () => {
    expect(markdownSections("# A\r\n\r\none\r\n## B\r\ntwo\r\n")).toEqual(["# A\r\n\r\none", "## B\r\ntwo"]);
  });

  it("gives entries the daemon accepts, in the project and at the time given", () => {
    const entries = [...markdownEntries(NOTES, { project: "lantern", at: Date.UTC(2026, 4, 14) })];
    expect(entries).toHaveLength(5);
    for (const entry of entries) {
      expect(importEntry.safeParse(entry).success).toBe(true);
      expect(entry).toMatchObject({ kind: "note", project: "lantern", at: "2026-05-14T00:00:00.000Z" });
    }
  });

  it("leaves private parts out and cuts sections over the cap", () => {
    const document = `# A\n<private>secret</private>\n# B\n${"words and words\n".repeat(9_000)}`;
    const texts = [...markdownEntries(document, { project: null, at: 0 })].map(({ text }) => text);
    expect(texts.join("")).not.toContain("secret");
    expect(texts.length).toBe(4);
  });
});
