import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findFiles } from "../../src/capture/find-files.ts";
import { folderProjects } from "../../src/client/projects/folder-projects.ts";
import { importFiles } from "../../src/capture/import-files.ts";
import type { ImportOptions } from "../../src/capture/import-files.ts";
import type { KeepsakeClient } from "../../src/client/keepsake-client.ts";
import { importEntry } from "../../src/protocol/methods/data-methods.ts";

const FIXTURES = fileURLToPath(new URL("../fixtures", import.meta.url));
const TRANSCRIPT = join(FIXTURES, "claude-code", "lantern.jsonl");
let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "keepsake-import-")));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function file(name: string, text: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

interface Call {
  readonly params: unknown;
  readonly lines: readonly string[];
  readonly largestBody: number;
}

/** Answers `data.import` as the daemon does: valid entries are stored, lines that are none rejected. */
function daemon(): { readonly client: Pick<KeepsakeClient, "call">; readonly calls: Call[] } {
  const calls: Call[] = [];
  const call = async (
    _method: string,
    params: unknown,
    request: { stream?: AsyncIterable<Uint8Array> } = {},
  ) => {
    const bodies: Uint8Array[] = [];
    for await (const body of request.stream ?? []) bodies.push(body);
    const sent = Buffer.concat(bodies).toString().split("\n").slice(0, -1);
    const isMark = (line: string) => line.startsWith('{"mark":');
    const lines = sent.filter((line) => !isMark(line));
    const valid = sent.map((line) => {
      if (isMark(line)) return true;
      try {
        return importEntry.safeParse(JSON.parse(line)).success;
      } catch {
        return false;
      }
    });
    calls.push({ params, lines, largestBody: Math.max(...bodies.map(({ length }) => length)) });
    const rejectedLines = valid.flatMap((isValid, index) => (isValid ? [] : [index + 1]));
    return {
      stored: lines.length - rejectedLines.length,
      duplicates: 0,
      rejected: rejectedLines.length,
      circular: 0,
      rejectedLines,
    };
  };
  return { client: { call: call as KeepsakeClient["call"] }, calls };
}

function options(more: Partial<ImportOptions> = {}): ImportOptions {
  return {
    dryRun: false,
    project: undefined,
    projectOfFile: () => Promise.resolve("notes"),
    projects: folderProjects(),
    onBytes: () => {},
    ...more,
  };
}

describe("files named on a command line", () => {
  it("are themselves, and of a folder every transcript and note below it", async () => {
    mkdirSync(join(folder, "sub", "node_modules"), { recursive: true });
    mkdirSync(join(folder, ".hidden"));
    const b = file("b.jsonl", '{"type":"summary","leafUuid":"x"}\n');
    const deep = file("sub/deep.md", "# A\nb");
    for (const name of ["a.txt", ".hidden/c.md", "sub/node_modules/d.md"]) file(name, "words");
    symlinkSync(b, join(folder, "link.jsonl"));
    expect((await findFiles([folder])).map(({ path, format }) => [path, format])).toEqual([
      [b, "claude-code"],
      [deep, "markdown"],
    ]);
    expect(await findFiles([join(folder, "a.txt")])).toMatchObject([{ format: undefined, bytes: 5 }]);
  });

  it("are in the format that was given, folders as far as names fit it", async () => {
    mkdirSync(join(folder, "sub"));
    const plain = file("a.txt", "words");
    const json = file("sub/b.jsonl", '{"level":"info"}\n');
    const deep = file("sub/deep.mdx", "# A\nb");
    file("sub/document.json", "{}");
    const formats = async (as: "markdown" | "keepsake", ...paths: string[]) =>
      (await findFiles(paths, as)).map(({ path, format }) => [path, format]);
    expect(await formats("markdown", plain, folder)).toEqual([
      [plain, "markdown"],
      [deep, "markdown"],
    ]);
    expect(await formats("keepsake", folder)).toEqual([[json, "keepsake"]]);
    expect(await formats("markdown", file("c.bin", "a\0b"))).toEqual([[join(folder, "c.bin"), undefined]]);
  });

  it.each([
    ["is not there", () => join(folder, "gone"), "file 2 of 2 does not exist"],
    ["is a pipe", () => pipe(), "file 2 of 2 is not a regular file"],
    ["is a device", () => "/dev/zero", "file 2 of 2 is not a regular file"],
    [
      "is a folder without anything to read",
      () => folder,
      "file 2 of 2 holds no .jsonl, .json, .md or .zip file",
    ],
  ])("are refused by their place when one %s", async (_, make, message) => {
    await expect(findFiles([TRANSCRIPT, make()])).rejects.toMatchObject({ code: "INVALID_INPUT", message });
  });
});

function pipe(): string {
  const path = join(folder, "pipe");
  execFileSync("mkfifo", [path]);
  return path;
}

describe("symbolic links", () => {
  const NOTE = "# A\nb";
  const found = async (...paths: string[]) => (await findFiles(paths)).map(({ path }) => path);

  it("to a folder are followed, each folder once whatever leads there", async () => {
    mkdirSync(join(folder, "real", "deep"), { recursive: true });
    const elsewhere = realpathSync(mkdtempSync(join(tmpdir(), "keepsake-elsewhere-")));
    try {
      writeFileSync(join(elsewhere, "other.md"), NOTE);
      const notes = [file("real/a.md", NOTE), file("real/deep/b.md", NOTE)];
      symlinkSync(elsewhere, join(folder, "elsewhere"));
      symlinkSync(elsewhere, join(folder, "real", "twice"));
      symlinkSync("real", join(folder, "same"));
      expect(await found(folder)).toEqual([join(folder, "elsewhere", "other.md"), ...notes]);
      const outside = async (path: string) =>
        (await importFiles(daemon().client, await findFiles([path]), options())).outside;
      expect(await outside(folder)).toBe(1);
      symlinkSync(file("outer.md", NOTE), join(folder, "real", "outer.md"));
      expect(await outside(join(folder, "real"))).toBe(2);
      expect(await outside(join(folder, "elsewhere"))).toBe(0);
      expect(await outside(join(folder, "elsewhere", "other.md"))).toBe(0);
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  });

  it("to a folder they lie in, in a circle or to nothing lead nowhere", async () => {
    mkdirSync(join(folder, "notes", "deep"), { recursive: true });
    mkdirSync(join(folder, "beside"));
    file("beside/not-asked-for.md", NOTE);
    const note = file("notes/deep/a.md", NOTE);
    symlinkSync("..", join(folder, "notes", "up"));
    symlinkSync("../..", join(folder, "notes", "deep", "up"));
    symlinkSync(".", join(folder, "notes", "itself"));
    symlinkSync("ring", join(folder, "notes", "ring"));
    symlinkSync("nowhere", join(folder, "notes", "broken.md"));
    expect(await found(join(folder, "notes"))).toEqual([note]);
  });

  it("to each other's folders end", async () => {
    for (const [name, other] of [
      ["one", "two"],
      ["two", "one"],
    ] as const) {
      mkdirSync(join(folder, name));
      file(`${name}/${name}.md`, NOTE);
      symlinkSync(`../${other}`, join(folder, name, "other"));
    }
    expect(await found(join(folder, "one"))).toEqual([
      join(folder, "one", "one.md"),
      join(folder, "one", "other", "two.md"),
    ]);
  });

  it("to a file count when that is called like a note, too", async () => {
    const kept = file("b.md", NOTE);
    const secret = file("id_ed25519", "words");
    mkdirSync(join(folder, "notes"));
    symlinkSync(kept, join(folder, "notes", "link.md"));
    symlinkSync(secret, join(folder, "notes", "innocent.md"));
    expect(await found(join(folder, "notes"))).toEqual([join(folder, "notes", "link.md")]);
  });

  it("and names given twice: each file is read once, and a folder of such is no empty one", async () => {
    const note = file("a.md", NOTE);
    symlinkSync(note, join(folder, "z.md"));
    expect(await found(note, folder, join(folder, "z.md"), note)).toEqual([note]);
    expect(await found(folder, folder)).toEqual([note]);
  });
});

describe("importing", () => {
  it("sends each format in one call, in bodies far below the cap of a frame", async () => {
    const { client, calls } = daemon();
    const large = file("large.md", `# A\n${"some words of a note\n".repeat(60_000)}`);
    const summary = await importFiles(client, await findFiles([large, TRANSCRIPT]), options());
    expect(calls.map(({ params }) => params)).toEqual([
      { format: "claude-code", dryRun: false, ownExport: false },
      { format: "markdown", dryRun: false, ownExport: false },
    ]);
    expect(Math.max(...calls.map(({ largestBody }) => largestBody))).toBeLessThan(1 << 20);
    expect(summary).toMatchObject({
      files: 2,
      rejected: 0,
      formats: { "claude-code": { files: 1, stored: 28 } },
    });
    expect(summary.skipped).toMatchObject({ "tool-result": 5, sidechain: 2 });
  });

  it("reports every byte read, and nothing beyond the size a file had when it was found", async () => {
    const path = file(
      "growing.jsonl",
      '{"kind":"note","text":"a","project":null,"at":"2026-10-12T08:00:00Z"}\n',
    );
    const found = await findFiles([path]);
    writeFileSync(path, "more\n", { flag: "a" });
    let read = 0;
    const { client, calls } = daemon();
    await importFiles(client, found, options({ onBytes: (count) => (read += count) }));
    expect(read).toBe(found[0]?.bytes);
    expect(calls[0]?.lines).toHaveLength(1);
  });

  it("says which line of which file the daemon rejected", async () => {
    const good = JSON.stringify({ kind: "note", text: "a", project: null, at: "2026-10-12T08:00:00Z" });
    const first = file("one.jsonl", `${good}\n\n{"kind":"note"}\n${good}\n`);
    const second = file("two.jsonl", `${good}\nnonsense\n`);
    const { client } = daemon();
    const summary = await importFiles(client, await findFiles([first, second]), options());
    expect(summary).toMatchObject({ stored: 3, rejected: 2 });
    expect(summary.rejectedLines).toEqual([
      { file: 0, line: 3 },
      { file: 1, line: 2 },
    ]);
  });

  it.each(["broken.jsonl", "BROKEN.JSONL"])(
    "never takes %s for Markdown: its unreadable lines are counted, the rest is stored",
    async (name) => {
      const said = {
        type: "user",
        sessionId: "s",
        uuid: "u",
        timestamp: "2026-10-12T08:00:00Z",
        message: { role: "user", content: "words" },
      };
      const mixed = file(name, `# not JSON\n${JSON.stringify(said)}\n`);
      const broken = file(`all-${name}`, "# A heading\nand words\n");
      const { client, calls } = daemon();
      const summary = await importFiles(client, await findFiles([mixed, broken]), options());
      expect(calls.map(({ params }) => params)).toEqual([
        { format: "claude-code", dryRun: false, ownExport: false },
      ]);
      expect(summary).toMatchObject({ stored: 1, rejected: 0, skipped: { "not-json": 3 } });
    },
  );

  it.each(["claude-code", "keepsake", "markdown"])(
    "drops the byte order mark at the start of a %s file",
    async (format) => {
      const at = "2026-10-12T08:00:00Z";
      const message = { role: "user", content: "words" };
      const texts: Record<string, string> = {
        "claude-code": JSON.stringify({ type: "user", sessionId: "s", uuid: "u", timestamp: at, message }),
        keepsake: JSON.stringify({ kind: "note", text: "words", project: null, at }),
        markdown: "words",
      };
      const path = file(format === "markdown" ? "a.md" : "a.jsonl", `\uFEFF${texts[format] ?? ""}\r\n`);
      const { client, calls } = daemon();
      const summary = await importFiles(client, await findFiles([path]), options());
      expect(summary).toMatchObject({ stored: 1, rejected: 0, skipped: {} });
      expect(calls[0]?.params).toMatchObject({ format });
      expect(calls[0]?.lines.join("")).not.toContain("\uFEFF");
    },
  );

  it("moves everything to the project asked for", async () => {
    const own = file("own.jsonl", '{"kind":"note","text":"a","project":"old","at":"2026-10-12T08:00:00Z"}\n');
    const notes = file("notes.md", "words");
    const { client, calls } = daemon();
    await importFiles(client, await findFiles([own, notes, TRANSCRIPT]), options({ project: "new" }));
    const projects = calls.flatMap(({ lines }) =>
      lines.map((line) => (JSON.parse(line) as { project: string }).project),
    );
    expect(new Set(projects)).toEqual(new Set(["new"]));
  });

  it("counts files in no format it reads and goes on", async () => {
    const { client, calls } = daemon();
    const odd = file("odd.bin", Buffer.from([0, 1, 2]));
    const summary = await importFiles(client, await findFiles([odd, TRANSCRIPT]), options());
    expect(summary.skipped).toMatchObject({ "unknown-file": 1 });
    expect(calls).toHaveLength(1);
  });

  it("passes over what is over a cap, and goes on with the rest", async () => {
    const note = (text: string) =>
      JSON.stringify({ kind: "note", text, project: null, at: "2026-10-12T08:00:00Z" });
    const own = file("own.jsonl", `${note("a")}\n${note("x".repeat(1 << 20))}\n${note("b")}\n`);
    const notes = file("huge.md", `# A\n${"x".repeat((8 << 20) + 1)}`);
    const { client, calls } = daemon();
    let read = 0;
    const found = await findFiles([own, notes]);
    const summary = await importFiles(client, found, options({ onBytes: (count) => (read += count) }));
    expect(summary).toMatchObject({ stored: 2, skipped: { "too-long": 2 } });
    expect(calls.flatMap(({ lines }) => lines)).toHaveLength(2);
    expect(read).toBe(found.reduce((sum, { bytes }) => sum + bytes, 0));
  });

  it("ends with INVALID_INPUT when a file is gone since it was found", async () => {
    const path = file("gone.jsonl", '{"type":"summary","leafUuid":"x"}\n');
    const found = await findFiles([path]);
    rmSync(path);
    await expect(importFiles(daemon().client, found, options())).rejects.toMatchObject({
      code: "INVALID_INPUT",
    });
  });

  it("ends with INTERRUPTED when it is told to stop", async () => {
    const { client } = daemon();
    const found = await findFiles([TRANSCRIPT]);
    const stopped = options({ signal: AbortSignal.abort() });
    await expect(importFiles(client, found, stopped)).rejects.toMatchObject({ code: "INTERRUPTED" });
  });
});

describe("the project of a folder a transcript names", () => {
  it("is its repository, the folder itself when it is gone, and none for what is no path", async () => {
    mkdirSync(join(folder, ".git"));
    writeFileSync(join(folder, ".git", "HEAD"), "ref: refs/heads/main\n");
    mkdirSync(join(folder, "src"));
    const projectOf = folderProjects()();
    expect(await projectOf(join(folder, "src"))).toBe(folder);
    expect(await projectOf("/gone/for/good")).toBe("/gone/for/good");
    expect(await projectOf("../relative")).toBeNull();
    expect(await projectOf(undefined)).toBeNull();
    expect(await projectOf("/with\nline end")).toBeNull();
  });
});
