/** Sessions that hooks saw in private places: what of them is private later, when their files say neither where nor when. */
import {
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PrivatePlaces, privatePlacesPath } from "../../src/platform/privacy/private-places.ts";

const NOW = Date.UTC(2026, 10, 29, 12);
const MINUTE = 60_000;
const SESSION = "talk-of-the-quay";
const TIDE = { folder: "/work/tide", session: SESSION };
const OPEN = { folder: "/work/open", session: SESSION };

let base: string;

beforeEach(() => (base = realpathSync(mkdtempSync(join(tmpdir(), "keepsake-seen-")))));
afterEach(() => rmSync(base, { recursive: true, force: true }));

const places = () => PrivatePlaces.read(privatePlacesPath(base));
const begin = async (minute: number, until: number | null = null) =>
  (await places()).begin("folder", ["/work/tide"], NOW + minute * MINUTE, until);
const end = async (minute: number) => (await places()).end("folder", ["/work/tide"], NOW + minute * MINUTE);
const see = async (where: typeof TIDE, minute: number, lines?: number) =>
  (await places()).see(SESSION, [where], { at: NOW + minute * MINUTE, lines });
/** As an import asks, which knows no folder. */
const was = async (when: Parameters<PrivatePlaces["wasPrivate"]>[1], session = SESSION) =>
  (await places()).wasPrivate({ session, project: null }, when);
const wasAt = (minute: number) => was(NOW + minute * MINUTE);
const wasIn = (promptLine: number, from = 0, until = 100) =>
  was({ from: NOW + from * MINUTE, until: NOW + until * MINUTE, promptLine });

describe("a session of a host that says when a line was said", () => {
  it("is private from when its place was to when it was not, whenever hooks came", async () => {
    await begin(10);
    await see(TIDE, 15);
    await see(TIDE, 18);
    await end(20);
    expect(await Promise.all([5, 10, 12, 19, 20, 25].map(wasAt))).toEqual([
      false,
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(await was(NOW + 12 * MINUTE, "another talk")).toBe(false);
  });

  it("is open where it left its place, and private since then when it was seen there again", async () => {
    await begin(0);
    await see(TIDE, 5);
    await see(OPEN, 10);
    await see(OPEN, 15);
    expect(await Promise.all([6, 12, 20].map(wasAt))).toEqual([true, false, false]);
    await see(TIDE, 30);
    // Where it was meanwhile nobody saw.
    expect(await Promise.all([6, 20, 31].map(wasAt))).toEqual([true, true, true]);
    const [name = ""] = readdirSync(join(base, "private-sessions"));
    expect(
      readFileSync(join(base, "private-sessions", name), "utf8")
        .trim()
        .split("\n"),
    ).toHaveLength(3);
  });

  it("leaves nothing behind that never was in a private place", async () => {
    await see(OPEN, 1);
    await begin(2);
    await see(OPEN, 3);
    expect(readdirSync(base)).toEqual(["private"]);
  });
});

describe("a session of a host that says no time", () => {
  it("is in the open from the first prompt behind what its file held then, and nothing before", async () => {
    await begin(10);
    await see(TIDE, 15);
    expect(await wasIn(9)).toBe(true);
    await end(20);
    expect(await wasIn(9)).toBe(true);
    await see(OPEN, 30, 6);
    expect(await Promise.all([0, 1, 6, 7].map((line) => wasIn(line)))).toEqual([true, true, true, false]);
  });

  it("stays private where nobody knows how long its file was", async () => {
    await begin(10);
    await see(TIDE, 15);
    await end(20);
    await see(OPEN, 30);
    expect(await wasIn(99)).toBe(true);
    expect(await (await places()).wasLastPrivate(SESSION)).toBe(false);
  });

  it.each([
    ["ended before the file was made", [0, 10], [20, 30], false],
    ["began after its last line", [40, 50], [20, 30], false],
    ["lay in its time", [22, 24], [20, 30], true],
    ["lasted beyond it", [0, 100], [20, 30], true],
  ] as const)(
    "without a hook is private where everything was, and that %s: %#",
    async (_name, span, file, expected) => {
      const [from, until] = span.map((minute) => NOW + minute * MINUTE);
      await (await places()).begin("everywhere", [""], from ?? 0, until ?? null);
      expect(await wasIn(1, ...file)).toBe(expected);
    },
  );
});

describe("what is kept of it", () => {
  it("is the person's alone and holds no name", async () => {
    await begin(0);
    await see(TIDE, 5);
    const folder = join(base, "private-sessions");
    const [name = ""] = readdirSync(folder);
    expect(name).toMatch(/^[0-9a-f]{32}$/);
    expect([statSync(folder).mode & 0o777, statSync(join(folder, name)).mode & 0o777]).toEqual([
      0o700, 0o600,
    ]);
    const text = readFileSync(join(folder, name), "utf8");
    expect(text).not.toMatch(/tide|quay|work/);
    expect(text).toMatch(/^\{"at":\d+,"marks":\["[0-9a-f]{64}"\]\}\n$/);
  });

  it.each([
    ["is cut", (text: string) => text.slice(0, -20)],
    ["says no time", (text: string) => text.replace(/\d{13}/, '"soon"')],
    ["holds a mark that is none", (text: string) => text.replace(/"\w{64}"/, '"x"')],
    ["is empty", () => ""],
  ])("keeps its session private when it %s", async (_name, change) => {
    await begin(0);
    await see(TIDE, 5);
    await end(10);
    const folder = join(base, "private-sessions");
    const path = join(folder, readdirSync(folder)[0] ?? "");
    writeFileSync(path, change(readFileSync(path, "utf8")));
    expect(await wasAt(50)).toBe(true);
    expect(await was(NOW + 50 * MINUTE, "another talk")).toBe(false);
  });
});
