/** A hook that seals alone, and a daemon that takes that in, killed at every step; and a full disk. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sealAlone } from "../../src/hooks/seal-alone.ts";
import type { Places } from "../../src/platform/places.ts";
import { captureOf, HOOK_CLIENT } from "../hooks/support.ts";
import { bundleProgram, Program } from "../support/child-program.ts";
import { report } from "../support/rounds.ts";
import { doorOf, drainOnce, makeHome, messagesIn, unlocked } from "./support/drop-home.ts";

const hasStrace = spawnSync("strace", ["-e", "trace=fdatasync", "true"]).status === 0;
if (!hasStrace) console.warn("SKIPPED: kills at a system call need strace and the right to trace");
const mountPoint = mkdtempSync(join(tmpdir(), "ks-drop-full-"));
const canMount =
  spawnSync("mount", ["-t", "tmpfs", "-o", "size=8m,mode=700", "none", mountPoint]).status === 0;
if (!canMount) console.warn("SKIPPED: a full disk needs the right to mount a tmpfs");

/** How often each makes a call that changes a file: one more than that many places to be killed at. */
const HOOK_CALLS = { mkdir: 1, link: 1, unlink: 1, rename: 1, fsync: 6 };
const DAEMON_CALLS = { unlink: 4, rename: 12, fsync: 20, fdatasync: 12 };
let worker: string;

beforeAll(async () => {
  worker = await bundleProgram(fileURLToPath(new URL("support/drop-worker.ts", import.meta.url)), "drops");
});
afterAll(async () => {
  await rm(worker, { force: true });
  if (canMount) spawnSync("umount", ["-l", mountPoint]);
  rmSync(mountPoint, { recursive: true, force: true });
});

function places(calls: Readonly<Record<string, number>>): readonly string[] {
  return Object.entries(calls).flatMap(([call, last]) =>
    Array.from({ length: last }, (_, at) => `${call}:signal=KILL:when=${at + 1}`),
  );
}

/** @returns whether it was killed before it had ended */
async function killAt(fault: string, ...args: readonly string[]): Promise<boolean> {
  const [call = ""] = fault.split(":");
  const trace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", `trace=${call}`, "-e", `inject=${fault}`];
  const program = new Program([...trace, process.execPath, worker, ...args], { UV_THREADPOOL_SIZE: "1" });
  const { code, errors } = await program.ended();
  if (code === 0) return false;
  expect([fault, errors]).toEqual([fault, ""]);
  return true;
}

/** Opens the vault of a home and takes in what waits. @returns message ids, each as often as there is a memory of it */
async function takenIn(at: Places): Promise<readonly string[]> {
  const door = await doorOf(at);
  try {
    const vault = await unlocked(door);
    await drainOnce(door);
    expect(vault.health.damage).toEqual({ damaged: [], missingCount: 0 });
    expect([door.waiting("turns"), door.inboxCounts()]).toEqual([
      0,
      { bytes: 0, setAside: 0, dropsSetAside: 0 },
    ]);
    return await messagesIn(vault);
  } finally {
    await door.close();
  }
}

async function expectNoCanary(root: string): Promise<void> {
  const files = await readdir(root, { recursive: true, withFileTypes: true });
  for (const file of files.filter((each) => each.isFile())) {
    const bytes = await readFile(join(file.parentPath, file.name));
    expect([file.name, bytes.includes("canary")]).toEqual([file.name, false]);
  }
}

describe.skipIf(!hasStrace)("kill -9", () => {
  test("of a hook at each step of sealing alone leaves nothing, or the whole, and the next one stores each turn once", async () => {
    let kills = 0;
    const all = places(HOOK_CALLS);
    for (const fault of all) {
      const { root, places: at } = await makeHome();
      await rm(at.inboxToken, { force: true });
      if (await killAt(fault, "hook", root, "m1,m2")) kills += 1;
      await expectNoCanary(root);
      await sealAlone(at, captureOf("m1", "m2"), HOOK_CLIENT);
      expect([fault, await takenIn(at)]).toEqual([fault, ["m1", "m2"]]);
      expect(await readdir(at.config)).toEqual(expect.arrayContaining(["clients", "inbox.token"]));
      await rm(root, { recursive: true });
    }
    expect(kills).toBeGreaterThanOrEqual(9);
    report({
      title: "kill -9 of a hook that seals alone, at each call that changes a file",
      done: `${all.length} places, ${kills} kills`,
      outcome: "each turn there once after the next hook and unlock; no word of it in any file",
    });
  }, 600_000);

  test("of a daemon at each step of taking in and draining stores each turn once", async () => {
    let kills = 0;
    const all = places(DAEMON_CALLS);
    for (const fault of all) {
      const { root, places: at } = await makeHome();
      await sealAlone(at, captureOf("m1", "m2"), HOOK_CLIENT);
      await sealAlone(at, captureOf("m3"), HOOK_CLIENT);
      if (await killAt(fault, "daemon", root)) kills += 1;
      await expectNoCanary(root);
      await sealAlone(at, captureOf("m4"), HOOK_CLIENT);
      expect([fault, await takenIn(at)]).toEqual([fault, ["m1", "m2", "m3", "m4"]]);
      expect(await readdir(join(at.vault, "drop"))).toEqual([]);
      await rm(root, { recursive: true });
    }
    expect(kills).toBeGreaterThan(all.length / 2);
    report({
      title: "kill -9 of a daemon that takes in what was dropped, at each call that changes a file",
      done: `${all.length} places, ${kills} kills`,
      outcome: "each turn there once after the next unlock, nothing damaged, nothing left in the folder",
    });
  }, 900_000);
});

test.skipIf(!canMount)(
  "a full disk is said to be full, nothing is left of the try, and the next one goes on",
  async () => {
    mkdirSync(mountPoint, { recursive: true });
    const { root, places: at } = await makeHome(mountPoint);
    await sealAlone(at, captureOf("m1"), HOOK_CLIENT);
    const filler = join(mountPoint, "filler");
    spawnSync("sh", ["-c", `cat /dev/zero > ${filler}`]);
    const before = await readdir(root, { recursive: true });
    await expect(sealAlone(at, captureOf("m2", "m3"), HOOK_CLIENT)).rejects.toMatchObject({
      code: "DISK_FULL",
    });
    expect(await readdir(root, { recursive: true })).toEqual(before);
    rmSync(filler);
    await sealAlone(at, captureOf("m2", "m3"), HOOK_CLIENT);
    expect(await takenIn(at)).toEqual(["m1", "m2", "m3"]);
  },
);
