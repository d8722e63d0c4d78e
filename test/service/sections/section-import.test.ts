import { describe, expect, it } from "vitest";
import { expectCode } from "../../support/codes.ts";
import { utf8 } from "../../../src/base/bytes.ts";
import { chunks, clientOf, openHarness, tokenOf } from "../harness.ts";
import type { Harness } from "../harness.ts";
import { current, idOf, importFiles, linesOf } from "./changing-files.ts";

const FILE = "/home/m/notes/harbour.md";
const OTHER = "/home/m/notes/other.md";

async function forget(harness: Harness, ids: readonly string[]) {
  const params = { ids: [...ids] };
  const first = await harness.call("memory.forget", params);
  if (first.status === "confirmation_required")
    await harness.call("memory.forget", { ...params, confirmationToken: tokenOf(first) });
}

describe("a file that is imported again", () => {
  it("adds nothing while it is as it was, also from another time on", async () => {
    const harness = await openHarness();
    const document = "words\n# A\none\n# B\ntwo\n# A\none\n";
    expect(await importFiles(harness, { [FILE]: document })).toMatchObject({ stored: 3, duplicates: 1 });
    const again = await importFiles(harness, { [FILE]: document }, { at: Date.UTC(2026, 4, 2) });
    expect(again).toMatchObject({ stored: 0, duplicates: 4, rejected: 0 });
    expect(again).not.toHaveProperty("gone");
  });

  it("has what an edited section says now in the place of what it said", async () => {
    const harness = await openHarness();
    await importFiles(harness, { [FILE]: "# A\nErlang is in use\n# B\ntwo\n" });
    const edited = await importFiles(harness, { [FILE]: "# A\nElixir is in use\n# B\ntwo\n" });
    expect(edited).toMatchObject({ stored: 1, replaced: 1, duplicates: 1 });
    expect(await current(harness)).toEqual(["# A\nElixir is in use", "# B\ntwo"]);
    const { memories } = await harness.call("memory.recent", { includeSuperseded: true });
    const [newer, older] = ["Elixir", "Erlang"].map((word) =>
      memories.find(({ text }) => text.includes(word)),
    );
    expect(older).toMatchObject({ trust: "imported", supersededBy: newer?.id });
    expect(await importFiles(harness, { [FILE]: "# A\nErlang is in use\n# B\ntwo\n" })).toMatchObject({
      stored: 1,
    });
    expect(await current(harness)).toEqual(["# A\nErlang is in use", "# B\ntwo"]);
    expect(await importFiles(harness, { [FILE]: "# A\nElixir is in use\n# B\ntwo\n" })).toMatchObject({
      stored: 1,
    });
    expect(await current(harness)).toEqual(["# A\nElixir is in use", "# B\ntwo"]);
  });

  it.each([
    ["a heading above it was renamed", "# A\na\n## C\nc\n", "# B\na\n## C\nc\n", ["# B\na", "## C\nc"]],
    [
      "its own heading was",
      "# Old\nthe pier opens at six\n",
      "# New\nthe pier opens at six\n",
      ["# New\nthe pier opens at six"],
    ],
    [
      "that and a word",
      "# Old\nthe pier opens at six in May\n",
      "## New\nthe pier opens at five in May\n",
      ["## New\nthe pier opens at five in May"],
    ],
    [
      "another of the same headings came before it",
      "# A\none\n",
      "# A\nnew words\n# A\none\n",
      ["# A\nnew words", "# A\none"],
    ],
    ["one of the same headings is gone", "# A\none\n# A\ntwo\n", "# A\ntwo\n", ["# A\none", "# A\ntwo"]],
    ["its words got a title in front", "one\n", "---\ntitle: T\n---\none\n", ["# T\n\none"]],
    ["all of it is other text", "first words\n", "nothing like it\n", ["nothing like it"]],
  ])("knows a section when %s", async (_, before, after, texts) => {
    const harness = await openHarness();
    await importFiles(harness, { [FILE]: before });
    await importFiles(harness, { [FILE]: after });
    expect(await current(harness)).toEqual(texts.toSorted());
  });

  it("takes a section for a new one that has little in common with what is gone", async () => {
    const harness = await openHarness();
    await importFiles(harness, { [FILE]: "# A\nthe pier opens at six\n" });
    const result = await importFiles(harness, { [FILE]: "# B\nstone bridge over a river\n" });
    expect(result).toMatchObject({
      stored: 1,
      gone: [{ source: FILE, isFile: false, ids: [expect.any(String)] }],
    });
    expect(result).not.toHaveProperty("replaced");
  });

  it("names what is gone until it is forgotten or there again", async () => {
    const harness = await openHarness();
    await importFiles(harness, { [FILE]: "# A\none\n# B\ntwo\n" });
    const id = await idOf(harness, "# B\ntwo");
    const gone = [{ source: FILE, isFile: false, ids: [id] }];
    for (const dryRun of [true, false, true, false]) {
      expect(await importFiles(harness, { [FILE]: "# A\none\n" }, { dryRun })).toMatchObject({
        stored: 0,
        gone,
      });
    }
    expect(await current(harness)).toHaveLength(2);
    expect(await importFiles(harness, { [FILE]: "# A\none\n# B\ntwo\n" })).not.toHaveProperty("gone");
    expect(await importFiles(harness, { [FILE]: "# A\none\n" })).toMatchObject({ gone });
    await forget(harness, [id]);
    expect(await importFiles(harness, { [FILE]: "# A\none\n" })).not.toHaveProperty("gone");
    expect(await importFiles(harness, { [FILE]: "# A\none\n# B\nother\n" })).toMatchObject({ stored: 1 });
  });

  it.each([
    ["at its end", "# A\none\n\n<private>\n# B\ntwo\n"],
    ["in the front matter", "---\ntitle: x\nnote: <private> secret\n---\n# A\none\n# B\ntwo\n"],
  ])("names nothing of a file as gone that a mark hides which is not closed, %s", async (_, document) => {
    const harness = await openHarness();
    await importFiles(harness, { [FILE]: "# A\none\n# B\ntwo\n# C\nthree\n" });
    await importFiles(harness, { [FILE]: "# A\none\n# B\ntwo\n" });
    for (const dryRun of [true, false]) {
      const hidden = await importFiles(harness, { [FILE]: document }, { dryRun, folders: ["/home/m/notes"] });
      expect(hidden).toMatchObject({ stored: 0, rejected: 0 });
      expect(hidden).not.toHaveProperty("gone");
    }
    expect(await current(harness)).toEqual(["# A\none", "# B\ntwo", "# C\nthree"]);
    const shown = await importFiles(harness, { [FILE]: "# A\none\n# B\ntwo\n" });
    expect(shown).toMatchObject({ stored: 0, gone: [{ ids: [await idOf(harness, "# C\nthree")] }] });
  });

  it("names the sections of a file that is gone from its folder, and of no other", async () => {
    const harness = await openHarness();
    const files = { [FILE]: "# A\none\n", [OTHER]: "# B\ntwo\n", "/home/m/notes2/x.md": "# C\nthree\n" };
    await importFiles(harness, files);
    const left = { [FILE]: "# A\none\n" };
    expect(await importFiles(harness, left)).not.toHaveProperty("gone");
    const { gone } = await importFiles(harness, left, { folders: ["/home/m/notes"] });
    expect(gone).toEqual([{ source: OTHER, isFile: true, ids: [await idOf(harness, "# B\ntwo")] }]);
    const renamed = { ...left, "/home/m/notes/new.md": "# B\ntwo\n" };
    expect(await importFiles(harness, renamed, { folders: ["/home/m/notes"] })).not.toHaveProperty("gone");
  });

  it("shares a text that two files have until one of them changes it", async () => {
    const harness = await openHarness();
    expect(await importFiles(harness, { [FILE]: "# L\nMIT\n", [OTHER]: "# L\nMIT\n" })).toMatchObject({
      stored: 1,
      duplicates: 1,
    });
    await importFiles(harness, { [FILE]: "# L\nMIT\n", [OTHER]: "# L\nApache\n" });
    expect(await current(harness)).toEqual(["# L\nApache", "# L\nMIT"]);
    const removed = await importFiles(harness, { [FILE]: "", [OTHER]: "# L\nApache\n" });
    expect(removed).toMatchObject({ gone: [{ source: FILE }] });
    await importFiles(harness, { [FILE]: "# L\nApache\n", [OTHER]: "# L\nApache\n" });
    // It is one note again, which the other file still is.
    const last = await importFiles(harness, { [FILE]: "", [OTHER]: "# L\nApache\n" });
    expect(last).not.toHaveProperty("gone");
    expect(await current(harness)).toEqual(["# L\nApache"]);
  });

  it("leaves the note of a file alone that another one held too, and was edited without it", async () => {
    const harness = await openHarness();
    await importFiles(harness, { [FILE]: "# A\none\n" });
    expect(await importFiles(harness, { "/theirs/copy.md": "# A\none\n" })).toMatchObject({ duplicates: 1 });
    for (const dryRun of [true, false]) {
      const edited = await importFiles(harness, { "/theirs/copy.md": "# A\ntwo\n" }, { dryRun });
      expect(edited).toMatchObject({ stored: 1 });
      expect(edited).not.toHaveProperty("replaced");
      expect(edited).not.toHaveProperty("gone");
    }
    expect(await current(harness)).toEqual(["# A\none", "# A\ntwo"]);
    expect(await importFiles(harness, { "/theirs/copy.md": "# A\nthree\n" })).toMatchObject({ replaced: 1 });
    expect(await importFiles(harness, { [FILE]: "# A\nmine\n" })).toMatchObject({ replaced: 1 });
    expect(await current(harness)).toEqual(["# A\nmine", "# A\nthree"]);
  });

  it.each([
    ["tags", "---\ntags: [theirs]\n---\n# A\none\n"],
    ["other tags in time", "# A\none\n", "---\ntags: [theirs]\n---\n# A\none\n"],
  ])("gives no %s to the note of another", async (_, ...copies) => {
    const harness = await openHarness();
    await importFiles(harness, { [FILE]: "---\ntags: [mine]\n---\n# A\none\n" });
    const id = await idOf(harness, "# A\none");
    for (const copy of copies) await importFiles(harness, { "/theirs/copy.md": copy });
    const { memories } = await harness.call("memory.recent", {});
    expect(memories).toEqual([expect.objectContaining({ id, tags: ["mine"] })]);
  });

  it("has one note with a copy that was edited in the same way before it", async () => {
    const harness = await openHarness();
    const files = [FILE, OTHER];
    for (const file of files) await importFiles(harness, { [file]: "# A\none\n" });
    for (const file of files) await importFiles(harness, { [file]: "# A\ntwo\n" });
    expect(await current(harness)).toEqual(["# A\ntwo"]);
    const { memories } = await harness.call("memory.recent", { includeSuperseded: true });
    expect(memories).toHaveLength(2);
    for (const file of files)
      expect(await importFiles(harness, { [file]: "# A\ntwo\n" })).toMatchObject({
        stored: 0,
        duplicates: 1,
      });
  });
});

describe("a section that was changed by hand", () => {
  it("keeps its text, and says so", async () => {
    const harness = await openHarness();
    await importFiles(harness, { [FILE]: "# A\none\n" });
    await harness.call("memory.update", { id: await idOf(harness, "# A\none"), text: "# A\nmine" });
    expect(await importFiles(harness, { [FILE]: "# A\none\n" })).toMatchObject({ stored: 0, duplicates: 1 });
    for (const dryRun of [true, false, false]) {
      expect(await importFiles(harness, { [FILE]: "# A\ntwo\n" }, { dryRun })).toMatchObject({
        stored: 0,
        kept: 1,
      });
    }
    expect(await current(harness)).toEqual(["# A\nmine"]);
    expect(await importFiles(harness, { [FILE]: "# A\nmine\n" })).toMatchObject({ stored: 0, duplicates: 1 });
    expect(await importFiles(harness, { [FILE]: "" })).not.toHaveProperty("gone");
  });

  it("keeps its tags, pin and time under a new text", async () => {
    const harness = await openHarness();
    await importFiles(harness, { [FILE]: "---\ntags: [sea]\n---\n# A\none\n" });
    const changes = { tags: ["sea", "mine"], pinned: true, expiresAt: "2027-01-01T00:00:00.000Z" };
    await harness.call("memory.update", { id: await idOf(harness, "# A\none"), ...changes });
    expect(await importFiles(harness, { [FILE]: "---\ntags: [moon]\n---\n# A\ntwo\n" })).toMatchObject({
      replaced: 1,
    });
    const { memories } = await harness.call("memory.recent", {});
    expect(memories).toEqual([
      expect.objectContaining({ ...changes, text: "# A\ntwo", tags: ["moon", "mine"] }),
    ]);
    await importFiles(harness, { [FILE]: "---\ntags: [stars]\n---\n# A\nthree\n" });
    const { memories: later } = await harness.call("memory.recent", {});
    expect(later).toEqual([expect.objectContaining({ text: "# A\nthree", tags: ["stars", "mine"] })]);
  });

  it("is left alone also where keepsake 0.1.0 imported it", async () => {
    const harness = await openHarness();
    await importOld(harness, "# A\none", null);
    await harness.call("memory.update", { id: await idOf(harness, "# A\none"), text: "mine" });
    expect(await importFiles(harness, { [FILE]: "# A\none\n" })).toMatchObject({ stored: 0, duplicates: 1 });
    expect(await current(harness)).toEqual(["mine"]);
  });
});

/** As version 0.1.0 imported a section. */
function importOld(harness: Harness, text: string, project: string | null) {
  const line = JSON.stringify({ kind: "note", text, project, at: "2026-05-01T00:00:00.000Z" });
  return harness.call("data.import", { format: "markdown" }, { stream: chunks(`${line}\n`) });
}

describe("what keepsake 0.1.0 imported", () => {
  it.each([
    ["in the same project", "/p", "# A\none\n", ["# A\none"]],
    ["in the project of the folder it was started in", "/started-here", "# A\none\n", ["# A\none"]],
    ["without the title", "/p", "---\ntitle: T\ntags: [sea]\n---\n# A\none\n", ["# T\n\n# A\none"]],
  ])("is taken over %s, and an edit takes its place", async (_, project, document, texts) => {
    const harness = await openHarness();
    await importOld(harness, "# A\none", project);
    const sending = { project: "/p", formerProjects: ["/started-here"] };
    await importFiles(harness, { [FILE]: document }, sending);
    expect(await current(harness)).toEqual(texts);
    expect(await importFiles(harness, { [FILE]: document }, sending)).toMatchObject({
      stored: 0,
      duplicates: 1,
    });
    expect(await importFiles(harness, { [FILE]: "# A\ntwo\n" }, sending)).toMatchObject({ replaced: 1 });
    expect(await current(harness)).toEqual(["# A\ntwo"]);
  });
});

describe("a section that was forgotten", () => {
  it("is refused whatever it says, until it is asked for", async () => {
    const harness = await openHarness();
    await importFiles(harness, { [FILE]: "# A\none\n# B\ntwo\n" });
    await forget(harness, [await idOf(harness, "# A\none")]);
    for (const text of ["one", "one and more", "one"]) {
      for (const dryRun of [true, false]) {
        const result = await importFiles(harness, { [FILE]: `# A\n${text}\n# B\ntwo\n` }, { dryRun });
        expect(result).toMatchObject({ stored: 0, duplicates: 1, forgotten: 1 });
      }
    }
    expect(await current(harness)).toEqual(["# B\ntwo"]);
    const again = { again: true };
    expect(await importFiles(harness, { [FILE]: "# A\none\n# B\ntwo\n" }, again)).toMatchObject({
      stored: 1,
      duplicates: 1,
    });
    expect(await importFiles(harness, { [FILE]: "# A\none\n# B\ntwo\n" })).toMatchObject({ duplicates: 2 });
    expect(await current(harness)).toEqual(["# A\none", "# B\ntwo"]);
  });

  it("is refused in whichever version, from whichever file of its project", async () => {
    const harness = await openHarness();
    await importFiles(harness, { [FILE]: "# A\none\n" });
    await importFiles(harness, { [FILE]: "# A\ntwo\n" });
    await forget(harness, [await idOf(harness, "# A\ntwo")]);
    for (const text of ["one", "two"]) {
      expect(await importFiles(harness, { [OTHER]: `# A\n${text}\n` })).toMatchObject({
        stored: 0,
        forgotten: 1,
      });
    }
  });

  it("is no word on what another project's file says alike", async () => {
    const harness = await openHarness();
    await importFiles(harness, { [FILE]: "# A\none\n" }, { project: "/old" });
    await forget(harness, [await idOf(harness, "# A\none")]);
    const other = { "/new/x.md": "# A\none\n" };
    expect(await importFiles(harness, other, { project: "/new" })).toMatchObject({ stored: 1 });
  });
});

describe("an import of sections", () => {
  it("that was cut off is gone on with", async () => {
    const harness = await openHarness();
    const before = Object.fromEntries([[FILE, "# A\none\n# B\ntwo\n"]]);
    await importFiles(harness, before);
    const document = Array.from({ length: 250 }, (_, each) => `# S${each}\nwords ${each}`).join("\n");
    const after = { [FILE]: `# A\nedited\n# B\ntwo\n${document}\n` };
    let writes = 0;
    harness.disk.hooks.beforeWrite = () => {
      writes += 1;
      if (writes === 3) throw new Error("killed");
    };
    await expect(importFiles(harness, after)).rejects.toThrow("killed");
    harness.disk.hooks = {};
    const next = harness.restarted();
    await next.unlock();
    const result = await importFiles(next, after);
    expect(result.duplicates).toBeGreaterThan(100);
    expect(result.stored + result.duplicates).toBe(252);
    expect(result).not.toHaveProperty("gone");
    expect(next.disk.records.memory.size).toBe(253);
    expect(await importFiles(next, after)).toMatchObject({ stored: 0, duplicates: 252 });
  });

  it("edited since it was cut off has the newest text alone", async () => {
    const harness = await openHarness();
    await importFiles(harness, { [FILE]: "# A\none\n" });
    harness.disk.hooks.beforeWrite = (changes) => {
      if (changes.some((change) => change.type === "put" && change.keyspace === "source"))
        throw new Error("killed");
    };
    const lines = Array.from({ length: 120 }, (_, each) => `# S${each}\nwords ${each}`).join("\n");
    await expect(importFiles(harness, { [FILE]: `# A\ntwo\n${lines}\n` })).rejects.toThrow("killed");
    harness.disk.hooks = {};
    await importFiles(harness, { [FILE]: "# A\nthree\n" });
    const texts = await current(harness);
    expect(texts).toContain("# A\nthree");
    expect(texts).not.toContain("# A\ntwo");
  });

  it("leaves a file alone that did not become whole", async () => {
    const harness = await openHarness();
    await importFiles(harness, { [FILE]: "# A\none\n# B\ntwo\n" });
    const lines = linesOf({ [FILE]: "# A\nedited\n" }).slice(0, -1);
    const stream = chunks(...lines);
    const result = await harness.call("data.import", { format: "markdown" }, { stream });
    expect(result).toMatchObject({ stored: 0, rejected: 1, rejectedLines: [2] });
    expect(await current(harness)).toEqual(["# A\none", "# B\ntwo"]);
  });

  it("is the person's alone", async () => {
    const harness = await openHarness();
    const stream = chunks(...linesOf({ [FILE]: "# A\none\n" }));
    const call = harness.call("data.import", { format: "markdown" }, { stream, client: clientOf("other") });
    await expectCode(call, "SCOPE_DENIED");
    expect(await current(harness)).toEqual([]);
  });

  it("tells what belongs to another project than the file", async () => {
    const harness = await openHarness();
    await importFiles(harness, { [FILE]: "# A\none\n" }, { project: "/p" });
    expect(await importFiles(harness, { [FILE]: "# A\none\n" }, { project: "/q" })).toMatchObject({
      duplicates: 1,
      elsewhere: 1,
    });
    expect(await importFiles(harness, { [FILE]: "# A\ntwo\n" }, { project: "/q" })).toMatchObject({
      replaced: 1,
      elsewhere: 1,
    });
    const { memories } = await harness.call("memory.recent", {});
    expect(memories.map(({ project }) => project)).toEqual(["/p"]);
  });

  it("stores anew a section whose record is damaged", async () => {
    const harness = await openHarness();
    await importFiles(harness, { [FILE]: "# A\none\n" });
    harness.disk.damaged.add(await idOf(harness, "# A\none"));
    expect(await importFiles(harness, { [FILE]: "# A\none\n" })).toMatchObject({ stored: 1 });
    expect(await current(harness)).toEqual(["# A\none"]);
  });

  it("knows sections by what they say where the record of their file is damaged", async () => {
    const harness = await openHarness();
    await importFiles(harness, { [FILE]: "# A\none\n" });
    const [id = ""] = harness.disk.records.source.keys();
    harness.disk.put("source", id, utf8("\u0001[]"));
    expect(await importFiles(harness, { [FILE]: "# A\none\n" })).toMatchObject({ stored: 0, duplicates: 1 });
  });

  it("changes nothing in a dry run, and counts as if it did", async () => {
    const harness = await openHarness();
    await importFiles(harness, { [FILE]: "# A\none\n# B\ntwo\n" });
    const { writes } = harness.disk;
    const after = { [FILE]: "# A\nedited\n# C\nthree entirely\n", [OTHER]: "# C\nthree entirely\n" };
    const planned = await importFiles(harness, after, { dryRun: true });
    expect(harness.disk.writes).toBe(writes);
    expect(await importFiles(harness, after)).toEqual(planned);
  });
});
