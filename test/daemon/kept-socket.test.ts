import { lstat, mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { KeptSocket } from "../../src/daemon/kept-socket.ts";
import { isAnswering } from "../../src/daemon/listening-socket.ts";
import { until } from "../support/daemon-home.ts";

const ROUND_MS = 20;

let home: string;
let path: string;
let kept: KeptSocket;
let renewals: number;
let accepted: number;
let isLockInPlace: boolean;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "ksk-"));
  path = join(home, "run", "s");
  [renewals, accepted, isLockInPlace] = [0, 0, true];
  const events = {
    onConnection: () => (accepted += 1),
    onFailure: () => undefined,
    isLockInPlace: () => Promise.resolve(isLockInPlace),
    onRenewed: () => (renewals += 1),
  };
  kept = await KeptSocket.listen(path, events, ROUND_MS);
});
afterEach(async () => {
  await kept.close();
  await rm(home, { recursive: true, force: true });
});

/** Waits until it is reached again; @returns the modes of the socket and of its folder */
async function modesOnceBack(): Promise<readonly number[]> {
  await until(async () => renewals > 0 && (await isAnswering(path)));
  await until(() => accepted > 0);
  return [(await lstat(path)).mode & 0o777, (await lstat(dirname(path))).mode & 0o777];
}

describe("a socket", () => {
  it("that was removed is bound anew", async () => {
    await rm(path);
    expect(await modesOnceBack()).toEqual([0o600, 0o700]);
  });

  it("that was moved is bound anew, and the one that was moved away answers no more", async () => {
    await rename(path, join(home, "moved"));
    expect(await modesOnceBack()).toEqual([0o600, 0o700]);
    await until(async () => !(await isAnswering(join(home, "moved"))));
  });

  it("whose folder is gone is bound anew in a new one", async () => {
    await rm(dirname(path), { recursive: true });
    expect(await modesOnceBack()).toEqual([0o600, 0o700]);
  });

  it("whose folder was moved and replaced is bound anew", async () => {
    await rename(dirname(path), join(home, "moved"));
    await mkdir(dirname(path), { mode: 0o700 });
    expect(await modesOnceBack()).toEqual([0o600, 0o700]);
  });

  it("that is in its place is left there", async () => {
    const before = (await lstat(path)).ino;
    await new Promise((resolve) => setTimeout(resolve, 10 * ROUND_MS));
    expect([(await lstat(path)).ino, renewals]).toEqual([before, 0]);
  });

  it("is lost when a file lies in its place, which stays", async () => {
    await rm(path);
    await writeFile(path, "not ours", { mode: 0o600 });
    expect(await kept.lost).toBe("socket-lost");
    expect((await lstat(path)).size).toBe(8);
  });

  it("is lost when another program answers in its place, which stays", async () => {
    const other = createServer();
    other.listen(join(home, "other"));
    await once(other, "listening");
    await rename(join(home, "other"), path);
    expect(await kept.lost).toBe("socket-lost");
    expect(await isAnswering(path)).toBe(true);
    other.close();
  });

  it("is lost at once when its daemon's lock is not in its place, wherever the socket is", async () => {
    isLockInPlace = false;
    expect(await kept.lost).toBe("lock-lost");
    expect(renewals).toBe(0);
  });

  it("that is closed is gone and stays gone", async () => {
    await rm(path);
    expect(await modesOnceBack()).toEqual([0o600, 0o700]);
    await kept.close();
    await new Promise((resolve) => setTimeout(resolve, 5 * ROUND_MS));
    expect(await readdir(dirname(path))).toEqual([]);
  });
});
