import { spawn } from "node:child_process";
import { once } from "node:events";
import { lstat, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { acquireEngineLock } from "../../src/daemon/locks/engine-lock.ts";
import { pause } from "../support/daemon-home.ts";

let home: string;
let places: { readonly state: string; readonly vault: string };
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "kse-"));
  places = { state: join(home, "state"), vault: join(home, "vault") };
});
afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});

it("makes a private folder for the lock and takes it", async () => {
  const lock = await acquireEngineLock(places);
  expect((await lstat(join(places.vault, "locks", "engine"))).mode & 0o777).toBe(0o700);
  await lock.release();
});

it("waits for the engine that has it", async () => {
  await (await acquireEngineLock(places)).release();
  const script = `
    import { Level } from "level";
    await new Level(${JSON.stringify(join(places.vault, "locks", "engine"))}).open();
    process.stdout.write("held");
    process.stdin.resume();`;
  const holder = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(holder.stdout, "data");
  let isTaken = false;
  const taken = acquireEngineLock(places).then((lock) => {
    isTaken = true;
    return lock;
  });
  await pause(300);
  expect(isTaken).toBe(false);
  holder.kill("SIGKILL");
  await (await taken).release();
  expect(isTaken).toBe(true);
});
