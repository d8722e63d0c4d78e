/** A disk that is really full: the vault stays readable, can be opened, and goes on when there is room. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { fromUtf8, utf8 } from "../../src/base/bytes.ts";
import { hasCode } from "../../src/base/errors.ts";
import { newRecordId } from "../../src/base/record-id.ts";
import { BALLAST_NAME } from "../../src/store/ballast.ts";
import type { OpenVault } from "../../src/vault/vault.ts";
import { report } from "../support/rounds.ts";
import { createAt, openAt } from "./support/vault-at.ts";

const SIZE = "6m";
/** What the vault is left to fill by itself. */
const LEFT_BYTES = 1 << 20;
const mountPoint = mkdtempSync(join(tmpdir(), "ks-full-"));
const canMount =
  spawnSync("mount", ["-t", "tmpfs", "-o", `size=${SIZE},mode=700`, "none", mountPoint]).status === 0;
if (!canMount) {
  rmSync(mountPoint, { recursive: true });
  console.warn("SKIPPED: a full disk needs the right to mount a tmpfs");
}

const filler = join(mountPoint, "filler");

describe.skipIf(!canMount)("a full disk", () => {
  afterAll(() => {
    spawnSync("umount", ["-l", mountPoint]);
    rmSync(mountPoint, { recursive: true, force: true });
  });
  afterEach(() => {
    for (const name of readdirSync(mountPoint)) rmSync(join(mountPoint, name), { recursive: true });
  });

  test("refuses writes, loses nothing, opens, and takes writes again once there is room", async () => {
    const { directory, stored } = await vaultOnFullDisk();
    const second = await openAt(directory);
    await expectAll(second.vault, stored);
    // The vault opened on what its ballast gave up; the disk takes that too, all but a little.
    writeFileSync(`${filler} too`, new Uint8Array(freeBytes() - LEFT_BYTES));
    expect(await write(second.vault, stored, 10_000)).toBe("DISK_FULL");
    await expectAll(second.vault, stored);
    expect(freeBytes()).toBeLessThan(LEFT_BYTES);
    rmSync(filler);
    rmSync(`${filler} too`);
    await eventually(() => write(second.vault, stored, 1));
    await second.door.close();

    const third = await openAt(directory);
    await expectAll(third.vault, stored);
    await third.door.close();
    report({
      title: "full disk (tmpfs)",
      done: `a ${SIZE} tmpfs filled to the last byte, the vault opened, ${stored.size} records written until it refused, emptied`,
      outcome: "0 acknowledged lost; reading and opening went on; writing went on once there was room",
      control: "without its ballast the vault does not open on the full disk (own test)",
    });
  });

  test("keeps a vault from opening that has no ballast, and costs it nothing", async () => {
    const { directory, stored } = await vaultOnFullDisk(BALLAST_NAME);
    await expect(openAt(directory)).rejects.toMatchObject({ code: "DISK_FULL" });
    rmSync(filler);
    const opened = await openAt(directory);
    await expectAll(opened.vault, stored);
    await opened.door.close();
  });
});

/**
 * A closed vault of 50 records on a disk without a free byte.
 *
 * @param without - name of a file of the vault to remove before the disk is filled
 */
async function vaultOnFullDisk(
  without?: string,
): Promise<{ directory: string; stored: Map<string, string> }> {
  const directory = join(mountPoint, "vault");
  mkdirSync(directory, { mode: 0o700 });
  const stored = new Map<string, string>();
  const { door, vault } = await createAt(directory);
  await write(vault, stored, 50);
  await door.close();
  if (without !== undefined) rmSync(join(directory, without));
  spawnSync("sh", ["-c", `cat /dev/zero > ${filler}`]);
  return { directory, stored };
}

function freeBytes(): number {
  const { bavail, bsize } = statfsSync(mountPoint);
  return bavail * bsize;
}

/** Writes up to `count` records; @returns the code of the first refusal, if there was one */
async function write(
  vault: OpenVault,
  stored: Map<string, string>,
  count: number,
): Promise<string | undefined> {
  for (let number = 0; number < count; number += 1) {
    const id = newRecordId();
    const text = `${number} ${"x".repeat(20_000)}`;
    try {
      await vault.write([{ type: "put", keyspace: "memory", id, plaintext: utf8(text) }]);
    } catch (error) {
      if (!hasCode(error)) throw error;
      return error.code;
    }
    stored.set(id, text);
  }
  return undefined;
}

async function expectAll(vault: OpenVault, stored: ReadonlyMap<string, string>): Promise<void> {
  for (const [id, text] of stored) {
    const plaintext = await vault.read("memory", id);
    expect(plaintext && fromUtf8(plaintext)).toBe(text);
  }
}

async function eventually(work: () => Promise<string | undefined>): Promise<void> {
  for (let attempt = 0; (await work()) !== undefined; attempt += 1) {
    if (attempt === 100) throw new Error("it never went on");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
