import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { markdownEntries, markdownSections } from "../../src/capture/markdown.ts";
import { importEntry } from "../../src/protocol/methods/data-methods.ts";

const NOTES = readFileSync(new URL("../fixtures/harbour-notes.md", import.meta.url), "utf8");

describe("a Markdown file", () => {
  it("becomes one note a section, each exactly as it stands in the file", () => {
    const sections = markdownSections(NOTES);
    expect(sections.map((section) => section.split("\n")[0])).toEqual([
      "Loose notes on the harbour office at Skarvik, kept by Mira.",
      "# Lantern",
      "## Tides",
      "### Known oddities",
      "Evening print",
    ]);
    for (const section of sections) expect(NOTES).toContain(section);
    expect(sections[1]).toBe(NOTES.slice(NOTES.indexOf("# Lantern"), NOTES.indexOf("## Tides")).trimEnd());
  });

  it("loses no word behind its front matter", () => {
    const body = NOTES.slice(NOTES.indexOf("Loose notes"));
    expect(markdownSections(NOTES).join("").replaceAll(/\s/g, "")).toBe(body.replaceAll(/\s/g, ""));
  });

  it.each([
    ["a key and a list", "---\ntitle: Tides\ntags:\n- sea\n  - moon\n---\n"],
    [
      "other keys and a comment",
      '---\n# written by hand\n\n"a key": 1\nsecond key: >\n  folded\n\n  text\n---\n',
    ],
    ["brackets over several lines", "---\ntags: [\n  sea,\n]\n...\n"],
    ["CR LF", "---\r\ntitle: Tides\r\n---\r\n"],
    ["nothing", "---\n---\n"],
  ])("leaves its front matter out: %s", (_, matter) => {
    expect(markdownSections(`${matter}\n# A\n\none\n`)).toEqual(["# A\n\none"]);
    expect(markdownSections(`${matter}words\n`)).toEqual(["words"]);
    expect(markdownSections(matter)).toEqual([]);
  });

  it.each([
    ["words between two breaks", "---\nTwo lines of prose\nabout the tide.\n\n---\nmore"],
    ["a list between two breaks", "---\n- sea\n- moon\n\n---\nmore"],
    ["words behind a key", "---\nNote: the tide\nturns early.\n\n---\nmore"],
    ["a heading between two breaks", "---\n# The plan\n---\n\nmore"],
    ["a sentence with a colon", "---\nAnna said on the phone: the key is under the mat\n\n---\nmore"],
    ["no second fence", "---\ntitle: Tides\n\nmore"],
    ["a fence further down", "words\n\n---\ntitle: Tides\n\n---\nmore"],
  ])("takes for text what only looks like front matter: %s", (_, document) => {
    expect(markdownSections(document).join("\n")).toBe(document);
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
