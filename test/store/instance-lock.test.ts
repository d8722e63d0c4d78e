import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { acquireInstanceLock } from "../../src/store/instance-lock.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

let directory: string;
beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), "keepsake-lock-")), "lock");
});
afterEach(async () => {
  await rm(join(directory, ".."), { recursive: true, force: true });
});

/** A process that says whether another one gets the lock, and holds it until its input ends. */
async function otherProcess(): Promise<{ readonly got: boolean; kill: () => Promise<void> }> {
  const script = `
    import { Level } from "level";
    const database = new Level(${JSON.stringify(directory)});
    process.stdout.write(await database.open().then(() => "yes", () => "no"));
    process.stdin.resume();`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    cwd: root,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => {
    child.on("close", () => resolve());
  });
  const answer = await new Promise<string>((resolve) => {
    child.stdout.once("data", (bytes: Buffer) => resolve(bytes.toString()));
  });
  return {
    got: answer === "yes",
    kill: () => {
      child.kill("SIGKILL");
      return ended;
    },
  };
}

describe("acquireInstanceLock", () => {
  it("keeps other processes out until it is released", async () => {
    const lock = await acquireInstanceLock(directory);
    const during = await otherProcess();
    await during.kill();
    await lock?.release();
    const after = await otherProcess();
    await after.kill();
    expect([lock === undefined, during.got, after.got]).toEqual([false, false, true]);
  });

  it("is undefined while another process has it, and free at once when that is killed", async () => {
    const other = await otherProcess();
    expect(other.got).toBe(true);
    expect(await acquireInstanceLock(directory)).toBeUndefined();
    expect(await acquireInstanceLock(directory)).toBeUndefined();
    await other.kill();
    const lock = await acquireInstanceLock(directory);
    expect(lock).toBeDefined();
    await lock?.release();
  });

  it.each(["CURRENT", "MANIFEST-000002", "all but LOCK"])("works again when %s is damaged", async (which) => {
    await (await acquireInstanceLock(directory))?.release();
    const names = (await readdir(directory)).filter((name) => name !== "LOCK");
    const damaged =
      which === "all but LOCK" ? names : names.filter((name) => name.startsWith(which.slice(0, 6)));
    expect(damaged.length).toBeGreaterThan(0);
    for (const name of damaged) await writeFile(join(directory, name), "damaged");
    const lock = await acquireInstanceLock(directory);
    const other = await otherProcess();
    await other.kill();
    expect([lock === undefined, other.got]).toEqual([false, false]);
    await lock?.release();
  });

  it("does not push a living holder out by a damaged database", async () => {
    const other = await otherProcess();
    await writeFile(join(directory, "CURRENT"), "damaged");
    expect(await acquireInstanceLock(directory)).toBeUndefined();
    expect(await readFile(join(directory, "CURRENT"), "utf8")).toBe("damaged");
    await other.kill();
  });

  it("fails when what stands in the way is the lock file itself, and leaves that alone", async () => {
    await mkdir(join(directory, "LOCK"), { recursive: true });
    await expect(acquireInstanceLock(directory)).rejects.toThrow("the lock's directory cannot be used");
    expect(await readdir(directory)).toContain("LOCK");
  });

  it("fails when the directory cannot be made", async () => {
    await writeFile(directory, "");
    await expect(acquireInstanceLock(directory)).rejects.toThrow(Error);
  });
});
