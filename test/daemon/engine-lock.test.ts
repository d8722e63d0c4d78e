import { spawn } from "node:child_process";
import { once } from "node:events";
import { lstat, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { acquireEngineLock } from "../../src/daemon/engine.ts";
import { pause } from "../support/daemon-home.ts";

let run: string;
beforeEach(async () => {
  run = await mkdtemp(join(tmpdir(), "kse-"));
});
afterEach(async () => {
  await rm(run, { recursive: true, force: true });
});

it("makes a private folder for the lock and takes it", async () => {
  const lock = await acquireEngineLock({ run });
  expect((await lstat(join(run, "engine-lock"))).mode & 0o777).toBe(0o700);
  await lock.release();
});

it("waits for the engine that has it", async () => {
  await (await acquireEngineLock({ run })).release();
  const script = `
    import { Level } from "level";
    await new Level(${JSON.stringify(join(run, "engine-lock"))}).open();
    process.stdout.write("held");
    process.stdin.resume();`;
  const holder = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(holder.stdout, "data");
  let isTaken = false;
  const taken = acquireEngineLock({ run }).then((lock) => {
    isTaken = true;
    return lock;
  });
  await pause(300);
  expect(isTaken).toBe(false);
  holder.kill("SIGKILL");
  await (await taken).release();
  expect(isTaken).toBe(true);
});
