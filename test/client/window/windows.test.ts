import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { takeOnlyWindow } from "../../../src/client/window/only-window.ts";
import { QUIET_MS, forgetRefusal, isQuiet, noteRefusal } from "../../../src/client/window/refused-window.ts";

const NOW = Date.UTC(2026, 10, 29, 21);
let state: string;
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), "ks-window-"));
});
afterEach(() => rmSync(state, { recursive: true, force: true }));

/** Another process that has the place until it is killed. */
async function holder(): Promise<() => void> {
  const script = `const { statSync } = require("node:fs"); const { dev, ino } = statSync(process.argv[1]);
    require("node:net").createServer(() => {}).listen({ path: "\\0keepsake-window-" + dev + "-" + ino }, () => console.log("taken"));`;
  const child = spawn(process.execPath, ["-e", script, state], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve) => child.stdout.once("data", resolve));
  return () => child.kill("SIGKILL");
}

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
    const kill = await holder();
    let isTaken = false;
    const next = takeOnlyWindow({ state }).then((release) => {
      isTaken = true;
      return release();
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(isTaken).toBe(false);
    kill();
    await next;
  });

  it("are refused for five minutes, and by a time that lies ahead not at all", async () => {
    expect(await isQuiet({ state }, NOW)).toBe(false);
    await noteRefusal({ state }, NOW);
    for (const [later, quiet] of [
      [0, true],
      [QUIET_MS - 1, true],
      [QUIET_MS, false],
      [-1, false],
      [-3_600_000, false],
    ] as const)
      expect([later, await isQuiet({ state }, NOW + later)]).toEqual([later, quiet]);
    await forgetRefusal({ state });
    expect(await isQuiet({ state }, NOW)).toBe(false);
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
      expect([text, await isQuiet({ state }, NOW)]).toEqual([text, false]);
    }
  });
});
