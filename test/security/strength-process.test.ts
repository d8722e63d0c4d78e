/**
 * The process in which `init` works out how strong the passphrase is: it needs a string that nobody can wipe, so it must be the only
 * one that ever has it, show it nowhere, leave it in no core file and end at once, also where it hangs.
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Finished } from "../support/throw-away-home.ts";
import {
  PROJECT_ROOT,
  ThrowAwayHome,
  environOf,
  everyProcess,
  expectSuccess,
  finished,
  killQuietly,
} from "../support/throw-away-home.ts";
import { drawCanary, found, needlesFor } from "./support/canaries.ts";
import { searchMemory } from "./support/process-memory.ts";

const LOOKS_EVERY_MS = 5;

let home: ThrowAwayHome;
let canary: string;
beforeEach(() => {
  home = new ThrowAwayHome();
  canary = drawCanary();
});
afterEach(() => home.remove());

const passphrase = () => `${canary} and more`;
const needles = () => needlesFor({ passphrase: canary });
const init = (): Promise<Finished> =>
  home.run(["init", "--no-recovery", "--no-input", "--passphrase-fd", "3"], { passphrase: passphrase() });

/** What `/proc` has of a process; empty once it is gone. */
function part(pid: number, name: "cmdline" | "environ" | "limits" | "coredump_filter"): Buffer {
  try {
    return readFileSync(`/proc/${pid}/${name}`);
  } catch {
    return Buffer.alloc(0);
  }
}

const ofThisHome = () => everyProcess().filter((pid) => environOf(pid).includes(`HOME=${home.folder}`));
const isRating = (pid: number) => /^[^\0]*node\0[^\0]*strength\.js\0/.test(part(pid, "cmdline").toString());

/** Looks at every process of this home until `made` is there, or `look` has seen enough. */
async function watch(made: Promise<Finished>, look: (pid: number) => boolean): Promise<void> {
  let isOver = false;
  void made.finally(() => (isOver = true));
  while (!isOver && !ofThisHome().some((pid) => look(pid))) {
    await new Promise((resolve) => setTimeout(resolve, LOOKS_EVERY_MS));
  }
}

describe("the process that rates a new passphrase", () => {
  it("shows it in no command line and no environment, may leave no core file, and nothing that lives on has it", async () => {
    const made = init();
    const shown = new Set<string>();
    const limits: string[] = [];
    await watch(made, (pid) => {
      for (const name of ["cmdline", "environ"] as const) {
        for (const needle of found(part(pid, name), needles())) shown.add(`${name}: ${needle}`);
      }
      const limit = /^Max core file size +(\d+)/m.exec(part(pid, "limits").toString());
      if (limit !== null && isRating(pid)) limits.push(limit[1] ?? "");
      return false;
    });
    const ended = await made;
    expectSuccess(ended);
    expect([...shown]).toEqual([]);
    expect(new Set(limits)).toEqual(new Set(["0"]));
    expect(ended.stdout + ended.stderr).not.toContain(canary);
    const left = ofThisHome();
    expect(left.filter((pid) => part(pid, "cmdline").includes("strength.js"))).toEqual([]);
    expect(left.length).toBeGreaterThanOrEqual(2);
    for (const pid of left) expect(searchMemory(pid, needles()).counts).toEqual({});
  });

  it("has it in its memory, none of which goes into a core file, and ends with its answer", async () => {
    const script = join(PROJECT_ROOT, "dist/bundle/strength.js");
    const child = spawn(process.execPath, [script], { stdio: ["pipe", "pipe", "pipe"], env: home.env });
    const pid = child.pid ?? expect.unreachable();
    try {
      const ended = finished(child);
      // It waits for the rest with what it has read so far.
      child.stdin.write(passphrase());
      while (searchMemory(pid, needles()).total === 0) {
        await new Promise((resolve) => setTimeout(resolve, LOOKS_EVERY_MS));
      }
      expect(part(pid, "coredump_filter").toString().trim()).toBe("00000000");
      child.stdin.end();
      const { code, stdout, stderr } = await ended;
      expect([code, stderr]).toEqual([0, ""]);
      expect(stdout).toMatch(/^\d+\.\d\d\n$/);
    } finally {
      child.kill("SIGKILL");
    }
  });

  it("is ended when it hangs, and the vault is made all the same", async () => {
    const made = init();
    let stopped: number | undefined;
    await watch(made, (pid) => {
      if (!isRating(pid)) return false;
      killQuietly(pid, "SIGSTOP");
      stopped = pid;
      return true;
    });
    const ended = await made;
    expectSuccess(ended);
    expect(stopped).toBeDefined();
    expect(ended.stderr).toContain("how strong the passphrase is could not be told");
    expect(ofThisHome().filter((pid) => pid === stopped || isRating(pid))).toEqual([]);
  });
});
