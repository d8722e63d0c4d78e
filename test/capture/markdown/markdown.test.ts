import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { markdownEntries } from "../../../src/capture/markdown/markdown.ts";
import { slowdown } from "../../support/processor-time.ts";
import { importEntry } from "../../../src/protocol/methods/data-methods.ts";

const SOURCE = "/notes/a.md";

/** The texts of a whole file, front matter left out. */
function markdownSections(document: string): string[] {
  return [...markdownEntries(document, { project: null, at: 0, source: SOURCE })].map(({ text }) => text);
}

const NOTES = readFileSync(new URL("../../fixtures/harbour-notes.md", import.meta.url), "utf8");

describe("a Markdown file", () => {
  it("becomes one note a section, each exactly as it stands in the file", () => {
    const sections = markdownSections(NOTES);
    expect(sections.map((section) => section.split("\n")[0])).toEqual([
      "# Harbour notes",
      "# Lantern",
      "## Tides",
      "### Known oddities",
      "Evening print",
    ]);
    for (const section of sections) expect(NOTES).toContain(section.replace(/^# Harbour notes\n\n/, ""));
    expect(sections[1]).toBe(NOTES.slice(NOTES.indexOf("# Lantern"), NOTES.indexOf("## Tides")).trimEnd());
  });

  it("loses no word behind its front matter", () => {
    const body = NOTES.slice(NOTES.indexOf("Loose notes"));
    const titled = `# Harbour notes${body}`;
    expect(markdownSections(NOTES).join("").replaceAll(/\s/g, "")).toBe(titled.replaceAll(/\s/g, ""));
  });

  it.each([
    ["a key and a list", "---\nname: Tides\ntags:\n- sea\n  - moon\n---\n"],
    [
      "other keys and a comment",
      '---\n# written by hand\n\n"a key": 1\nsecond key: >\n  folded\n\n  text\n---\n',
    ],
    ["brackets over several lines", "---\ntags: [\n  sea,\n]\n...\n"],
    ["CR LF", "---\r\nname: Tides\r\n---\r\n"],
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
    const entries = [
      ...markdownEntries(NOTES, { project: "lantern", at: Date.UTC(2026, 4, 14), source: SOURCE }),
    ];
    expect(entries).toHaveLength(5);
    for (const entry of entries) {
      expect(importEntry.safeParse(entry).success).toBe(true);
      expect(entry).toMatchObject({ kind: "note", project: "lantern", at: "2026-05-14T00:00:00.000Z" });
    }
  });

  it("leaves private parts out and cuts sections over the cap", () => {
    const document = `# A\n<private>secret</private>\n# B\n${"words and words\n".repeat(9_000)}`;
    const texts = markdownSections(document);
    expect(texts.join("")).not.toContain("secret");
    expect(texts.length).toBe(4);
  });

  it.each([
    ["closed sections later", "# A\na\n<private>\n# B\nsecret\n</private>\n# C\nc\n", ["# A\na", "# C\nc"]],
    ["never closed", "# A\na\n<private>\n# B\nsecret\n\n## C\nsecret\n", ["# A\na"]],
  ])("leaves out what stands behind a private mark that is %s", (_, document, texts) => {
    expect(markdownSections(document)).toEqual(texts);
  });
});

function entriesOf(document: string) {
  return [...markdownEntries(document, { project: null, at: 0, source: SOURCE })];
}

describe("front matter", () => {
  it("gives its tags to every section and its title to the first", () => {
    const entries = entriesOf("---\ntitle: The Tide\ntags: [sea, '#moon']\ntype: note\n---\none\n# B\ntwo\n");
    expect(entries.map(({ text }) => text)).toEqual(["# The Tide\n\none", "# B\ntwo"]);
    expect(entries.map(({ tags }) => tags)).toEqual([
      ["sea", "moon"],
      ["sea", "moon"],
    ]);
    expect(entries.map(({ section }) => section?.added)).toEqual([12, undefined]);
  });

  it("adds no title that the first section begins with", () => {
    expect(markdownSections("---\ntitle: Tides\n---\n# Tides #\none\n")).toEqual(["# Tides #\none"]);
    expect(markdownSections("---\ntitle: Tides\n---\nTides\n=====\none\n")).toEqual(["Tides\n=====\none"]);
  });

  it.each([
    ["words with commas", "tags: sea, moon,sea", ["sea", "moon"]],
    ["a list below", "tags:\n  - deep sea\n  - 2026", ["deep-sea", "2026"]],
    ["what is no tag", `tags: [{a: 1}, null, true, ${"x".repeat(65)}, ok]`, ["ok"]],
    [
      "more than a memory may have",
      `tags: [${Array.from({ length: 40 }, (_, each) => `t${each}`).join(", ")}]`,
      32,
    ],
    ["none", "tags:", []],
    ["an anchor", "a: &a [sea]\ntags: *a", ["sea"]],
  ])("takes tags from %s", (_, yaml, tags) => {
    const [entry] = entriesOf(`---\n${yaml}\n---\nwords\n`);
    if (typeof tags === "number") expect(entry?.tags).toHaveLength(tags);
    else expect(entry?.tags).toEqual(tags);
    expect(importEntry.safeParse(entry).success).toBe(true);
  });

  it.each([
    ["a quote that is not closed", '---\ntitle: "Tides\n---\nwords'],
    ["a list that is not closed", "---\ntags: [sea\n---\nwords"],
    [
      "aliases without end",
      "---\na: &a [x,x]\nb: &b [*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b]\ntags: [*c,*c,*c,*c,*c,*c]\n---\nwords",
    ],
  ])("that is broken is text without its fences: %s", (_, document) => {
    const text = document.replace(/^---\n/, "").replace("\n---\n", "\n\n");
    expect(markdownSections(document).join("\n")).toBe(text);
  });

  it.each([
    ["---\ntitle: Tides\ntags: [sea]\n\n# A\nwords", ["title: Tides\ntags: [sea]", "# A\nwords"]],
    ["---\r\nname: Tides\r\nwords", ["name: Tides\r\nwords"]],
    ["---\n# A\nwords", ["---", "# A\nwords"]],
    ["---\nwords of the harbour\n", ["---\nwords of the harbour"]],
  ])(
    "that is never closed is text without its fence, and a thematic break stays: %j",
    (document, sections) => {
      expect(markdownSections(document)).toEqual(sections);
    },
  );
});

describe("a section", () => {
  it("is known by the headings above it", () => {
    const document = "top\n# A #\n\n## B\n\nb\n### C\nc\n## B\nagain\n\nD\n-\nd\n#\ne\n";
    expect(entriesOf(document).map(({ section }) => section?.headings)).toEqual([
      [],
      ["A", "B"],
      ["A", "B", "C"],
      ["A", "B"],
      ["A", "D"],
      ["#"],
    ]);
  });
});

describe("what is private in a file", () => {
  const shown = (document: string) => JSON.stringify(entriesOf(document));

  it.each([
    "# One\n\nMy pin is here <private> hidden\n\n# Second\n\nand hidden </private> open",
    "- item <private> hidden\n  # fake\n\n# Two\n\nhidden </private> open",
  ])("is cut where it begins in one section and ends in another: %j", (document) => {
    expect(shown(document)).not.toContain("hidden");
    expect(shown(document)).toContain("open");
  });

  it("is cut from the title and the tags of the front matter", () => {
    const document =
      '---\ntitle: My <private>hidden</private> title\ntags: ["<private>hidden</private>", open]\n---\n# A\n\nwords\n';
    expect(shown(document)).not.toContain("hidden");
    expect(entriesOf(document)[0]?.tags).toEqual(["open"]);
  });
});

describe("front matter with private marks", () => {
  const document = (inside: string) => `---\n${inside}\n---\n# A\n\nwords\n`;

  it.each([
    ["a word", "tags: <private> hidden </private>", []],
    ["a word beside others", "tags: open <private> hidden </private> plain", ["open", "plain"]],
    ["a list in brackets", "tags: [open, <private>, hidden, </private>]", ["open"]],
    ["a list in brackets, quoted", 'tags: [open, "<private>", "hidden", "</private>", plain]', ["open"]],
    ["a list of lines", "tags:\n  - open\n  - <private>\n  - hidden\n  - </private>", ["open"]],
    [
      "a list of lines, quoted and deeply indented",
      "tags:\n\n    - open\n\n    - '<private>'\n    - hidden\n    - '</private>'",
      ["open"],
    ],
    ["a title in two lines", "title: >\n  <private>hidden\n  hidden</private>\ntags: open", ["open"]],
    ["what is no YAML any more", "tags: [open, <private>hidden]\nx: y</private>", []],
  ])("gives none of what they hide: %s", (_, inside, tags) => {
    const entries = entriesOf(document(inside));
    expect(JSON.stringify(entries)).not.toContain("hidden");
    expect(entries.at(-1)?.text).toContain("words");
    for (const tag of tags.slice(0, 1)) expect(entries[0]?.tags).toContain(tag);
  });

  it.each(["title: <private>hidden", "title: x\ntags: <private> hidden"])(
    "hides the whole file where none is closed: %s",
    (inside) => {
      expect(JSON.stringify(entriesOf(document(inside)))).not.toMatch(/hidden|words/);
    },
  );

  it("may hide into the text", () => {
    const entries = entriesOf("---\ntitle: T <private>hidden\n---\n# A\n\nhidden</private> open\n");
    expect(JSON.stringify(entries)).not.toContain("hidden");
    expect(JSON.stringify(entries)).toContain("open");
  });

  it("may speak of them", () => {
    expect(entriesOf(document("title: How `<private>` works\ntags: open"))[0]).toMatchObject({
      tags: ["open"],
      text: "# How `<private>` works\n\n# A\n\nwords",
    });
  });
});

describe("a file of marks that open and never close", () => {
  it.each(["*a_ ", "[a](", "<a ", "`a "])("is read in time linear in its length: %j", (part) => {
    const text = part.repeat(2_000);
    expect(slowdown((times) => entriesOf(`# A\n\n${text.repeat(times)}`))).toBeLessThan(24);
  });
});
