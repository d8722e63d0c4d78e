/** A disk that is really full: the vault stays readable, can be opened, and goes on when there is room. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fromUtf8, utf8 } from "../../src/base/bytes.ts";
import { hasCode } from "../../src/base/errors.ts";
import { newRecordId } from "../../src/base/record-id.ts";
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

describe.skipIf(!canMount)("a full disk", () => {
  test("refuses writes, loses nothing, opens, and takes writes again once there is room", async () => {
    const directory = join(mountPoint, "vault");
    mkdirSync(directory, { mode: 0o700 });
    try {
      const stored = new Map<string, string>();
      const filler = join(mountPoint, "filler");
      const first = await createAt(directory);
      await write(first.vault, stored, 50);
      await first.door.close();

      spawnSync("sh", ["-c", `cat /dev/zero > ${filler}`]);
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
      });
    } finally {
      spawnSync("umount", ["-l", mountPoint]);
      rmSync(mountPoint, { recursive: true, force: true });
    }
  });
});

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
