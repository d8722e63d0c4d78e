import { createHash } from "node:crypto";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PASSPHRASE, ThrowAwayHome, expectSuccess, killQuietly } from "../support/throw-away-home.ts";

const isRoot = process.getuid?.() === 0;
const OTHER_USER = 65_534;

const home = new ThrowAwayHome();
const root = join(home.folder, "k");
const whole = join(home.folder, "whole");
const outside = mkdtempSync(join(tmpdir(), "ks-victims-"));

beforeAll(async () => {
  await home.init();
  expectSuccess(await home.run(["save", "something worth keeping"]));
  expectSuccess(await home.run(["client", "add", "mcp"]));
  expectSuccess(await home.run(["config", "set", "lock.idle", "4h"]));
  await stop();
  cpSync(root, whole, { recursive: true, preserveTimestamps: true });
});
afterAll(async () => {
  await home.remove();
  rmSync(outside, { recursive: true, force: true });
});

async function stop(): Promise<void> {
  killQuietly(home.frontId(), "SIGTERM");
  for (let tries = 0; home.processIds().length > 0; tries++) {
    if (tries > 400) throw new Error("the daemon did not end");
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

async function restore(): Promise<void> {
  await stop();
  rmSync(root, { recursive: true, force: true });
  cpSync(whole, root, { recursive: true, preserveTimestamps: true });
}

/** Names, kinds, modes, owners and contents of all that is below a path. */
function fingerprint(path: string): string {
  const hash = createHash("sha256");
  const look = (each: string) => {
    const found = lstatSync(each);
    hash.update(`${each} ${found.mode} ${found.uid} ${found.size}\n`);
    if (found.isDirectory()) for (const name of readdirSync(each).toSorted()) look(join(each, name));
    else if (found.isFile()) hash.update(readFileSync(each));
  };
  look(path);
  return hash.digest("hex");
}

/** Folders and files of keepsake's own; what LevelDB has in a folder of its own is reached through that folder alone. */
const FOLDERS = [
  "vault",
  "vault/store.1",
  "config",
  "config/clients",
  "state",
  "run",
  "vault/locks",
  "vault/locks/daemon",
  "vault/locks/engine",
  "state/instance-lock",
];
const FILES = [
  "vault/keyring.a",
  "vault/keyring.b",
  "vault/anchor",
  "config/clients/cli.json",
  "config/config.json",
  "state/keepsake.log",
];

type Harm = "a symbolic link" | "open to others" | "another user's" | "a hard link";

/** Puts something unsafe in the place of a path; @returns what must not be touched */
function harm(kind: Harm, place: string): string {
  const path = join(root, place);
  const victim = join(outside, "victim");
  rmSync(victim, { recursive: true, force: true });
  if (kind === "a symbolic link") {
    renameSync(path, victim);
    symlinkSync(victim, path);
  } else if (kind === "a hard link") linkSync(path, victim);
  else {
    if (kind === "open to others") chmodSync(path, lstatSync(path).isDirectory() ? 0o755 : 0o644);
    else chownSync(path, OTHER_USER, OTHER_USER);
    mkdirSync(victim);
    writeFileSync(join(victim, "nothing"), "");
    return path;
  }
  return victim;
}

describe("a place that is not private, not ours or not what it should be", () => {
  const cases: readonly (readonly [place: string, kind: Harm])[] = [
    ...FOLDERS.flatMap((place) => [[place, "a symbolic link"] as const, [place, "open to others"] as const]),
    ...FILES.flatMap((place) => [
      [place, "a symbolic link"] as const,
      [place, "open to others"] as const,
      [place, "a hard link"] as const,
    ]),
    ...["vault", "run", "vault/keyring.a", "config/clients/cli.json"].map(
      (place) => [place, "another user's"] as const,
    ),
  ];

  it.for(cases)("%s as %s is refused and left as it was", async ([place, kind], context) => {
    if (!isRoot && kind === "another user's") context.skip("needs root to give a file away");
    await restore();
    const victim = harm(kind, place);
    const isFolder = lstatSync(victim).isDirectory();
    const before = isFolder ? modeOf(victim) : fingerprint(victim);
    const ran = await home.run(["unlock", "--passphrase-fd", "3"], { passphrase: PASSPHRASE });
    const said = ran.stderr + (existsSync(home.places.log) ? readFileSync(home.places.log, "utf8") : "");
    expect([ran.code, said]).not.toEqual([0, said]);
    expect(ran.stdout).toBe("");
    expect(ran.stderr).toMatch(/^keepsake: error: .+/);
    expect(ran.stderr).not.toMatch(/\n\s+at /);
    expect(isFolder ? modeOf(victim) : fingerprint(victim)).toBe(before);
  });

  it("is not inside a folder from which everybody could rename it", async () => {
    await restore();
    chmodSync(root, 0o777);
    const ran = await home.run(["unlock", "--passphrase-fd", "3"], { passphrase: PASSPHRASE });
    expect([ran.code === 0, ran.stdout]).toEqual([false, ""]);
    expect(lstatSync(root).mode & 0o777).toBe(0o777);
  });

  it("is told from a whole home, which opens", async () => {
    await restore();
    await home.unlock();
    expectSuccess(await home.run(["search", "worth keeping"]));
  });
});

function modeOf(path: string): string {
  const { mode, uid } = lstatSync(path);
  return `${mode.toString(8)} ${uid} ${readdirSync(path).toSorted().join(" ")}`;
}
