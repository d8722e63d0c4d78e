/** What the person keeps private: which places that covers and when, and that the file says no name. */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PrivatePlaces, privatePlacesPath } from "../../../src/platform/privacy/private-places.ts";

const NOW = Date.UTC(2026, 10, 29, 12);
const HOUR = 3_600_000;

let base: string;
let path: string;

/** The newest state of the list. */
function file(): string {
  const [name = ""] = readdirSync(path);
  return join(path, name);
}

beforeEach(() => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "keepsake-private-")));
  path = privatePlacesPath(join(base, "config"));
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

async function begin(...args: Parameters<PrivatePlaces["begin"]>): Promise<void> {
  await (await PrivatePlaces.read(path)).begin(...args);
}

async function why(...asked: Parameters<PrivatePlaces["privacyOf"]>) {
  return (await PrivatePlaces.read(path)).privacyOf(...asked);
}

describe("a private place", () => {
  it("is a folder with all below it, and not its neighbour", async () => {
    await begin("folder", ["/work/tide"], NOW, null);
    expect(await why({ folder: "/work/tide" }, NOW)).toMatchObject({ because: "folder" });
    expect(await why({ folder: "/work/tide/charts/old/" }, NOW)).toMatchObject({ because: "folder" });
    expect(await why({ folder: "/work/tide-tables" }, NOW)).toBeUndefined();
    expect(await why({ folder: "/work" }, NOW)).toBeUndefined();
  });

  it("is the folder behind a link", async () => {
    mkdirSync(join(base, "real", "deep"), { recursive: true });
    symlinkSync(join(base, "real"), join(base, "link"));
    await begin("folder", [join(base, "real")], NOW, null);
    expect(await why({ folder: join(base, "link", "deep") }, NOW)).toMatchObject({ because: "folder" });
  });

  it("is the folder behind a link, also when what is below it is gone", async () => {
    mkdirSync(join(base, "real", "deep"), { recursive: true });
    symlinkSync(join(base, "real"), join(base, "link"));
    await begin("folder", [join(base, "real")], NOW, null);
    rmSync(join(base, "real", "deep"), { recursive: true });
    expect(await why({ folder: join(base, "link", "deep", "er") }, NOW)).toMatchObject({ because: "folder" });
    expect(await why({ folder: join(base, "linked") }, NOW)).toBeUndefined();
  });

  it.each([
    ["is ahead when it begins", NOW, NOW - HOUR],
    ["is right from then on", NOW, NOW + HOUR],
  ])("holds at once and ends for good where the clock %s", async (_name, ahead, right) => {
    vi.useFakeTimers({ now: right, toFake: ["Date"] });
    try {
      await begin("folder", ["/work/tide"], ahead, null);
      expect(await why({ folder: "/work/tide" }, right + 1)).toMatchObject({ because: "folder" });
      expect(await (await PrivatePlaces.read(path)).end("folder", ["/work/tide"], right + 2)).toBe(true);
      vi.setSystemTime(NOW + 3 * HOUR);
      expect(await why({ folder: "/work/tide" }, right + 1)).toMatchObject({ because: "folder" });
      expect(await why({ folder: "/work/tide" }, right + 2)).toBeUndefined();
    } finally {
      vi.useRealTimers();
    }
  });

  it.each([
    ["project", "/work/tide", { project: "/work/tide" }, { project: "/work/other" }],
    ["session", "0b7e", { session: "0b7e" }, { session: "0b7f" }],
  ] as const)("is a %s by its name alone", async (kind, name, inside, outside) => {
    await begin(kind, [name], NOW, null);
    expect(await why(inside, NOW)).toMatchObject({ because: kind });
    expect(await why(outside, NOW)).toBeUndefined();
    expect(await why({}, NOW)).toBeUndefined();
  });

  it("is told by the name that makes it so, and by none where that is everything", async () => {
    await begin("folder", ["/work/tide"], NOW, null);
    await begin("session", ["0b7e"], NOW, NOW + HOUR);
    const inside = { folder: "/work/tide/charts", session: "0b7e" };
    expect(await why(inside, NOW)).toEqual({ because: "folder", name: "/work/tide" });
    expect(await why({ session: "0b7e" }, NOW)).toEqual({
      because: "session",
      name: "0b7e",
      until: NOW + HOUR,
    });
    await begin("everywhere", [""], NOW, null);
    expect(await why({}, NOW)).toEqual({ because: "everywhere" });
  });

  it("is everything, for a time", async () => {
    await begin("everywhere", [""], NOW, NOW + HOUR);
    expect(await why({}, NOW + HOUR - 1)).toMatchObject({ because: "everywhere", until: NOW + HOUR });
    expect(await why({}, NOW + HOUR)).toBeUndefined();
  });

  it("keeps what was said in its time private after it ended, and nothing from before", async () => {
    await begin("folder", ["/work/tide"], NOW, null);
    expect(await (await PrivatePlaces.read(path)).end("folder", ["/work/tide"], NOW + HOUR)).toBe(true);
    expect(await why({ folder: "/work/tide" }, NOW - 1)).toBeUndefined();
    expect(await why({ folder: "/work/tide" }, NOW + 1)).toMatchObject({
      because: "folder",
      until: NOW + HOUR,
    });
    expect(await why({ folder: "/work/tide" }, NOW + HOUR)).toBeUndefined();
    expect(await (await PrivatePlaces.read(path)).end("folder", ["/work/tide"], NOW + HOUR)).toBe(false);
  });

  it("is one entry however often it begins, and ends when it was last said to", async () => {
    await begin("session", ["0b7e"], NOW, NOW + HOUR);
    await begin("session", ["0b7e"], NOW + 1, null);
    const places = await PrivatePlaces.read(path);
    expect(places.count(NOW + 2 * HOUR)).toBe(1);
    expect(await places.privacyOf({ session: "0b7e" }, NOW + 2 * HOUR)).toMatchObject({ because: "session" });
  });
});

describe("its file", () => {
  it("is the person's alone and holds no name", async () => {
    await begin("folder", ["/work/tide"], NOW, null);
    await begin("project", ["/work/lighthouse"], NOW, null);
    await begin("session", ["0b7e-session"], NOW, null);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    const text = readFileSync(file(), "utf8");
    for (const name of ["tide", "lighthouse", "0b7e-session"]) {
      expect(text).not.toContain(name);
      expect(text).not.toContain(Buffer.from(name).toString("hex"));
      expect(text).not.toContain(Buffer.from(name).toString("base64").slice(0, -2));
    }
  });

  it("gives the same name another mark on another machine", async () => {
    const marks = [];
    for (const name of ["one", "other"]) {
      path = privatePlacesPath(join(base, name));
      await begin("folder", ["/work/tide"], NOW, null);
      marks.push(/"mark":"(\w+)"/.exec(readFileSync(file(), "utf8"))?.[1]);
    }
    expect(marks[0]).not.toBe(marks[1]);
  });

  it("makes nothing private when it is not there", async () => {
    expect(await why({ folder: "/work" }, NOW)).toBeUndefined();
  });

  it.each([
    ["is cut", (text: string) => text.slice(0, -10)],
    ["is of a later version", (text: string) => text.replace('"version":1', '"version":2')],
    ["has an entry of no known kind", (text: string) => text.replace('"folder"', '"galaxy"')],
    ["has a mark that is none", (text: string) => text.replace(/"mark":"\w{4}/, '"mark":"')],
    ["has a time that is none", (text: string) => text.replace(/"from":\d+/, '"from":"soon"')],
    ["has a short key", (text: string) => text.replace(/"key":"[^"]+"/, '"key":"AAAA"')],
    ["holds nothing", () => ""],
  ])("makes everything private when it %s, and is not written over", async (_name, change) => {
    await begin("folder", ["/work/tide"], NOW, null);
    const broken = change(readFileSync(file(), "utf8"));
    writeFileSync(file(), broken);
    expect(await why({ folder: "/elsewhere" }, NOW)).toMatchObject({ because: "unreadable" });
    await expect(begin("folder", ["/work/other"], NOW, null)).rejects.toMatchObject({
      code: "INVALID_CONFIG",
    });
    expect(readFileSync(file(), "utf8")).toBe(broken);
  });

  it("makes everything private when others may write it", async () => {
    await begin("folder", ["/work/tide"], NOW, null);
    chmodSync(file(), 0o622);
    expect(await why({}, NOW)).toMatchObject({ because: "unreadable" });
  });

  it("makes everything private when its folder is open, or no folder", async () => {
    await begin("folder", ["/work/tide"], NOW, null);
    chmodSync(path, 0o755);
    expect(await why({}, NOW)).toMatchObject({ because: "unreadable" });
    await expect(begin("folder", ["/work"], NOW, null)).rejects.toMatchObject({ code: "INVALID_CONFIG" });
    rmSync(path, { recursive: true });
    symlinkSync(base, path);
    expect(await why({}, NOW)).toMatchObject({ because: "unreadable" });
    rmSync(path);
    writeFileSync(path, "");
    expect(await why({}, NOW)).toMatchObject({ because: "unreadable" });
  });

  it("keeps every change of many who make one at once, under one key", async () => {
    const names = Array.from({ length: 12 }, (_, index) => `/work/${index}`);
    const all = await Promise.all(names.map(async () => PrivatePlaces.read(path)));
    await Promise.all(all.map((places, index) => places.begin("folder", [names[index] ?? ""], NOW, null)));
    for (const name of names) expect(await why({ folder: name }, NOW)).toMatchObject({ because: "folder" });
    await Promise.all(all.map((places, index) => places.end("folder", [names[index] ?? ""], NOW + 1)));
    for (const name of names) expect(await why({ folder: name }, NOW + 1)).toBeUndefined();
    expect(readdirSync(path)).toHaveLength(1);
  });

  it("begins again where a number is free only since it is over", async () => {
    await begin("folder", ["/work/tide"], NOW, null);
    const places = await PrivatePlaces.read(path);
    // Somebody is two changes ahead and has taken the older ones away between the reading and the writing.
    const ahead = join(path, "9.json");
    const { changeList } = await import("../../../src/platform/privacy/private-list.ts");
    let isFirst = true;
    await changeList(path, async ({ entries }) => {
      if (isFirst) renameSync(file(), ahead);
      isFirst = false;
      return [...entries, { kind: "session", mark: "0".repeat(64), from: NOW, until: null }];
    });
    expect(readdirSync(path)).toEqual(["10.json"]);
    expect(JSON.parse(readFileSync(file(), "utf8"))).toMatchObject({
      entries: [{ kind: "folder" }, { kind: "session" }],
    });
    expect(await places.privacyOf({ folder: "/work/tide" }, NOW)).toMatchObject({ because: "folder" });
  });

  it("takes 2,000 places and says when there are more", async () => {
    const places = await PrivatePlaces.read(path);
    await places.begin("folder", ["/work/0"], NOW, null);
    const content = JSON.parse(readFileSync(file(), "utf8")) as { entries: { mark: string }[] };
    const [entry] = content.entries;
    content.entries = Array.from({ length: 2_000 }, (_, index) => ({
      ...entry!,
      mark: index.toString(16).padStart(64, "0"),
    }));
    writeFileSync(file(), JSON.stringify(content));
    await expect(begin("folder", ["/work/tide"], NOW, null)).rejects.toMatchObject({
      code: "INVALID_CONFIG",
      message: expect.stringContaining("2000") as unknown,
    });
  });
});
