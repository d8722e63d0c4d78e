import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { findFiles } from "../../src/capture/find-files.ts";
import { pathOf } from "../../src/capture/found-file.ts";
import { ZipReader } from "../../src/capture/files/zip-files.ts";
import type { FoundFile } from "../../src/capture/found-file.ts";
import { unknownFormatError } from "../../src/cli/output/nothing-imported.ts";
import type { ZipEntry } from "../../src/capture/files/zip-files.ts";
import { importFiles } from "../../src/capture/import-files.ts";
import type { KeepsakeClient } from "../../src/client/keepsake-client.ts";
import { makeZip } from "../support/make-zip.ts";
import type { ZippedFile } from "../support/make-zip.ts";

const talk = (id: string) => ({
  conversation_id: id,
  mapping: {
    m: {
      id: "m",
      parent: null,
      message: { id: "m", author: { role: "user" }, content: { parts: [`words of ${id}`] } },
    },
  },
});
const chatgpt = (id: string) => JSON.stringify([talk(id)]);
const claude = JSON.stringify([
  { uuid: "c", chat_messages: [{ uuid: "m", sender: "human", text: "words of Claude" }] },
]);

let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "keepsake-zip-")));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function zip(name: string, ...files: ZippedFile[]): string {
  const path = join(folder, name);
  writeFileSync(path, makeZip(files));
  return path;
}

async function importAll(...paths: string[]) {
  const texts: string[] = [];
  const call = async (
    _method: string,
    _params: unknown,
    sent: { stream?: AsyncIterable<Uint8Array> } = {},
  ) => {
    const bodies: Uint8Array[] = [];
    for await (const body of sent.stream ?? []) bodies.push(body);
    const lines = Buffer.concat(bodies).toString().split("\n").slice(0, -1);
    texts.push(...lines.map((line) => (JSON.parse(line) as { text: string }).text));
    return { stored: lines.length, duplicates: 0, rejected: 0, circular: 0, rejectedLines: [] };
  };
  let bytes = 0;
  const files = await findFiles(paths);
  const summary = await importFiles({ call: call as KeepsakeClient["call"] }, files, {
    dryRun: false,
    project: undefined,
    projectOfFile: () => Promise.resolve(null),
    projects: () => () => Promise.resolve(null),
    onBytes: (count) => (bytes += count),
  });
  const total = files.reduce((sum, file) => sum + (file.format === undefined ? 0 : file.bytes), 0);
  return { texts, summary, bytes, total };
}

describe("a zip", () => {
  it("stays open from one of its files to the next, and no longer", async () => {
    const names = Array.from({ length: 300 }, (_, each) => `c-${each}.json`);
    const one = zip("one.zip", ...names.map((name) => ({ name, content: chatgpt(name) })));
    const two = zip(
      "two.zip",
      { name: "c.json", content: chatgpt("two") },
      { name: "d.json", content: claude },
    );
    const { texts } = await importAll(one, two);
    expect(texts).toHaveLength(302);
    const [found] = await findFiles([one]);
    const open = () => readdirSync("/proc/self/fd").length;
    const before = open();
    const zips = new ZipReader();
    for (let each = 0; each < 3; each++) {
      for await (const _ of zips.chunks(one, found?.entry as ZipEntry));
      expect(open()).toBe(before + 1);
    }
    zips.close();
    await vi.waitFor(() => expect(open()).toBe(before));
  });

  it("is read like a folder: every shard, in a folder in it too, and nothing of what macOS adds", async () => {
    const path = zip(
      "export.zip",
      { name: "export/", content: "" },
      { name: "export/conversations-000.json", content: chatgpt("one") },
      { name: "export/conversations-001.json", content: chatgpt("two") },
      { name: "__MACOSX/export/._conversations-000.json", content: chatgpt("shadow") },
      { name: "export/.hidden/conversations.json", content: chatgpt("hidden") },
      { name: "export/user.json", content: '{"id":"u"}' },
      { name: "export/chat.html", content: "<html>" },
      { name: "export/note.md", content: "# A file somebody uploaded" },
    );
    const { texts, summary, bytes, total } = await importAll(path);
    expect(texts).toEqual(["words of one", "words of two"]);
    expect(summary).toMatchObject({ skipped: { "unknown-file": 1 }, formats: { chatgpt: { files: 2 } } });
    expect(bytes).toBe(total);
    const read = (await findFiles([path])).filter(({ format }) => format !== undefined);
    expect(read.map(pathOf)).toEqual([
      join(path, "export/conversations-000.json"),
      join(path, "export/conversations-001.json"),
    ]);
  });

  it("is told by its content, beside other zips in one folder", async () => {
    mkdirSync(join(folder, "sub"));
    zip("sub/claude.zip", { name: "conversations.json", content: claude });
    zip("chatgpt.zip", { name: "conversations.json", content: chatgpt("one") });
    zip("photos.zip", { name: "a.jpg", content: "x" }, { name: "package.json", content: '{"name":"x"}' });
    zip("locked.zip", { name: "conversations.json", content: claude, isEncrypted: true });
    const { texts, summary } = await importAll(folder);
    expect(texts.toSorted()).toEqual(["words of Claude", "words of one"]);
    expect(summary).toMatchObject({ skipped: { "unknown-file": 2 } });
    const renamed = zip("export.bin", { name: "conversations.json", content: claude });
    expect((await importAll(renamed)).texts).toEqual(["words of Claude"]);
  });

  it("counts zips inside it, and files in no format as a folder does, named or not", async () => {
    const path = zip(
      "export.zip",
      { name: "conversations.json", content: chatgpt("one") },
      { name: "feedback.JSONL", content: '{"rating":1}' },
      { name: "more/Old.ZIP", content: makeZip([{ name: "conversations.json", content: claude }]) },
      { name: "older.zip", content: "no zip at all" },
    );
    for (const given of [path, folder]) {
      const { texts, summary } = await importAll(given);
      expect(texts).toEqual(["words of one"]);
      expect(summary.skipped).toEqual({ "unknown-file": 1, "inner-zip": 2 });
    }
    const looked = await findFiles([path]);
    expect(looked.map(({ isNamed }) => isNamed)).toEqual([true, false, false, false]);
  });

  it.each([
    ["Markdown", { name: "notes/a.md", content: "# A" }, true],
    ["another zip", { name: "a.zip", content: "x" }, true],
    ["nothing a folder is read for", { name: "a.jpg", content: "x" }, false],
    ["JSON in no format", { name: "a.json", content: "{}" }, false],
  ])("of %s alone says whether unpacking it helps", async (_, file, isHelp) => {
    const path = zip("a.zip", file);
    const [found, ...others] = await findFiles([path]);
    expect([found?.format, found?.holdsUnread ?? false, others]).toEqual([undefined, isHelp, []]);
    const { hint } = unknownFormatError([found as FoundFile], undefined);
    expect(hint?.startsWith("unpack it and import the folder: ")).toBe(isHelp);
  });

  it("that holds nothing keepsake reads is one file in no format", async () => {
    const path = zip("photos.zip", { name: "a.jpg", content: "x" });
    expect(await findFiles([path])).toMatchObject([{ path, format: undefined }]);
    const empty = zip("empty.zip");
    expect(await findFiles([empty])).toMatchObject([{ format: undefined }]);
  });

  it.each([
    [
      "has a password",
      "is a zip with a password",
      () => makeZip([{ name: "a.json", content: claude, isEncrypted: true }]),
    ],
    [
      "was cut",
      "is a zip that is damaged or not all there",
      () => makeZip([{ name: "a.json", content: claude }]).subarray(0, -30),
    ],
    [
      "leads out of its folder",
      "is a zip that is damaged or not all there",
      () => makeZip([{ name: "../a.json", content: claude }]),
    ],
    [
      "leads out of its folder further down",
      "is a zip that is damaged or not all there",
      () => makeZip([{ name: "a/../../a.json", content: claude }]),
    ],
    [
      "leads out of its folder on Windows",
      "is a zip that is damaged or not all there",
      () => makeZip([{ name: "..\\..\\a.json", content: claude }]),
    ],
    [
      "names a place of its own",
      "is a zip that is damaged or not all there",
      () => makeZip([{ name: "/etc/a.json", content: claude }]),
    ],
    [
      "names a drive",
      "is a zip that is damaged or not all there",
      () => makeZip([{ name: "C:/a.json", content: claude }]),
    ],
    [
      "has a file of another size",
      "is a zip that is damaged or not all there",
      () => makeZip([{ name: "a.json", content: claude, size: 9 }]),
    ],
    [
      "has a file of other bytes",
      "is a zip that is damaged or not all there",
      () => makeZip([{ name: "a.json", content: claude, crc: 7 }]),
    ],
    [
      "unpacks to far more than it is",
      "is a zip that unpacks to more than 200 times its size, or holds more than 200000 files",
      () => makeZip([{ name: "a.json", content: claude, size: 300 << 20 }]),
    ],
    [
      "unpacks to far more than it is, a little in each file",
      "is a zip that unpacks to more than 200 times its size, or holds more than 200000 files",
      () =>
        makeZip(
          Array.from({ length: 30 }, (_, at) => ({ name: `${at}.json`, content: claude, size: 9 << 20 })),
        ),
    ],
    [
      "holds more files than anybody's",
      "is a zip that unpacks to more than 200 times its size, or holds more than 200000 files",
      () => makeZip([{ name: "a.json", content: claude }], 200_001),
    ],
  ])("that %s is refused, named alone", async (_, reason, make) => {
    const path = join(folder, "a.zip");
    writeFileSync(path, make());
    await expect(findFiles([path])).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message: `file 1 of 1 ${reason}`,
    });
  });

  it("that is damaged behind what tells its format ends the import with an error", async () => {
    const content = `${chatgpt("one").slice(0, -1)}${`,${chatgpt("more").slice(1, -1)}`.repeat(3_000)}]`;
    const path = zip("a.zip", { name: "conversations.json", content, crc: 7 });
    await expect(importAll(path)).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message: "a file could not be read to its end",
    });
  });
});
