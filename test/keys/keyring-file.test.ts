import { execFileSync } from "node:child_process";
import { chmod, link, lstat, mkdir, readFile, readdir, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { equalBytes } from "../../src/base/bytes.ts";
import { KeepsakeError } from "../../src/base/errors.ts";
import { encodeKeyring, MAX_KEYRING_BYTES } from "../../src/keys/keyring-format.ts";
import { KeyringFile } from "../../src/keys/keyring-file.ts";
import type { Keyring } from "../../src/keys/keyring.ts";
import { privateFiles } from "../../src/platform/private-files.ts";
import { rejectedCode } from "../crypto/support.ts";
import { MemoryFiles, newTestKeyring, temporaryFolder, unlock } from "./support.ts";

const COPIES = ["a", "b"] as const;
const other = (copy: "a" | "b") => (copy === "a" ? "b" : "a");

async function written() {
  const files = new MemoryFiles();
  return { files, file: new KeyringFile("/vault", files), ...(await newTestKeyring(files)) };
}

describe("the two copies", () => {
  test("are written b first, then a, and are alike", async () => {
    const { files, file, keyring } = await written();
    expect(files.replaced).toEqual(["/vault/keyring.b", "/vault/keyring.a"]);
    expect(files.copy("a")).toEqual(files.copy("b"));
    const found = await file.read();
    expect(found).toMatchObject({ toRepair: [], stored: { content: keyring.content } });
  });

  test("are no keyring when neither is there", async () => {
    expect(await new KeyringFile("/vault", new MemoryFiles()).read()).toBeUndefined();
  });

  test.each(COPIES)("repair %s when it is missing", async (copy) => {
    const { files, file } = await written();
    const whole = files.copy(copy);
    files.files.delete(`/vault/keyring.${copy}`);
    const found = await file.read();
    expect(found?.toRepair).toEqual([copy]);
    await file.repair(found!);
    expect(files.copy(copy)).toEqual(whole);
    expect((await file.read())?.toRepair).toEqual([]);
  });

  test.each(COPIES)("repair %s after any change of one of its bytes, and open as before", async (copy) => {
    const { files, file, kdf, keyring } = await written();
    const whole = files.copy(copy);
    const identityKey = keyring.identityKey.bytes;
    for (let at = 0; at < whole.length; at += 1) {
      const flipped = whole.slice();
      flipped[at]! ^= 1 << (at % 8);
      files.set(copy, flipped);
      const { keyring: opened, found } = await unlock(files, kdf);
      expect(found.toRepair, `byte ${at}`).toEqual([copy]);
      expect(equalBytes(opened.identityKey.bytes, identityKey), `byte ${at}`).toBe(true);
      await file.repair(found);
      expect(equalBytes(files.copy(copy), whole), `byte ${at}`).toBe(true);
    }
  });

  test.each(COPIES)("repair %s when it is the older one", async (copy) => {
    const { files, file, keyring, kdf } = await written();
    const old = files.copy(copy);
    await keyring.update(() => ({ generation: 2 }));
    const newest = files.copy(copy);
    files.set(copy, old);
    const { found } = await unlock(files, kdf);
    expect(found.stored.content).toMatchObject({ epoch: 2, generation: 2 });
    expect(found.toRepair).toEqual([copy]);
    await file.repair(found);
    expect(files.copy(copy)).toEqual(newest);
  });

  test("are damaged together when both are, be it that one is missing", async () => {
    const { files, file } = await written();
    const cut = files.copy("a").slice(0, 100);
    files.set("a", cut);
    files.set("b", cut);
    expect(await rejectedCode(file.read())).toBe("KEYRING_DAMAGED");
    files.files.delete("/vault/keyring.b");
    expect(await rejectedCode(file.read())).toBe("KEYRING_DAMAGED");
  });

  test("never repair from a copy whose MAC does not hold", async () => {
    const { files, keyring, kdf } = await written();
    const good = files.copy("a");
    files.set("b", encodeKeyring({ ...keyring.content, epoch: 99 }, new Uint8Array(32)));
    expect(await rejectedCode(unlock(files, kdf))).toBe("KEYRING_TAMPERED");
    expect(files.copy("a")).toEqual(good);
  });

  test("contradict each other when they differ at one epoch or belong to two vaults", async () => {
    const { files, file, keyring } = await written();
    const sameEpoch = encodeKeyring({ ...keyring.content, generation: 7 }, new Uint8Array(32));
    const otherVault = encodeKeyring(
      { ...keyring.content, epoch: 2, vaultId: new Uint8Array(16).fill(9) },
      new Uint8Array(32),
    );
    for (const forged of [sameEpoch, otherVault]) {
      files.set("b", forged);
      expect(await rejectedCode(file.read())).toBe("KEYRING_TAMPERED");
    }
  });

  test("of a newer version are left alone", async () => {
    const { files, file, keyring } = await written();
    const newer = Object.assign({}, keyring.content, { version: 3 });
    files.set("b", encodeKeyring(newer, new Uint8Array(32)));
    expect(await rejectedCode(file.read())).toBe("UNSUPPORTED_VERSION");
  });
});

describe("a copy the system cannot read", () => {
  const failing =
    (error: unknown, ...names: string[]) =>
    (path: string) => {
      if (names.some((name) => path.endsWith(name))) throw error;
    };
  const eio = Object.assign(new Error("i/o error"), { code: "EIO" });

  test.each(COPIES)("does not stand in the way when it is %s and the other is whole", async (copy) => {
    const { files, file } = await written();
    files.beforeRead = failing(eio, copy);
    expect((await file.read())?.toRepair).toEqual([copy]);
  });

  test("is reported as such, and not as damage, when there is no other", async () => {
    const { files, file } = await written();
    files.beforeRead = failing(eio, "a", "b");
    expect(await rejectedCode(file.read())).toBe("EIO");
    files.beforeRead = failing(eio, "b");
    files.files.delete("/vault/keyring.a");
    expect(await rejectedCode(file.read())).toBe("EIO");
  });

  test.each(COPIES)("refuses everything when %s is not a private file", async (copy) => {
    const { files, file } = await written();
    files.beforeRead = failing(new KeepsakeError("UNSAFE_PATH"), copy);
    expect(await rejectedCode(file.read())).toBe("UNSAFE_PATH");
  });
});

describe("replacing the keyring", () => {
  const full = new KeepsakeError("DISK_FULL");
  const failOn =
    (name: string, { placed = false, times = Infinity, error = full } = {}) =>
    (path: string, place: () => void) => {
      if (!path.endsWith(name) || times <= 0) return;
      times -= 1;
      if (placed) place();
      throw error;
    };

  test("changes nothing when b cannot be written", async () => {
    const { files, file, keyring } = await written();
    const before = files.copy("b");
    let attempts = 0;
    const fail = failOn("b");
    files.beforeReplace = (path, place) => {
      attempts += 1;
      fail(path, place);
    };
    expect(await rejectedCode(keyring.update(() => ({ generation: 2 })))).toBe("DISK_FULL");
    expect(attempts).toBe(1);
    expect(files.copy("a")).toEqual(before);
    expect(files.copy("b")).toEqual(before);
    expect(keyring.content.generation).toBe(1);
    expect((await file.read())?.stored.content.epoch).toBe(1);
  });

  test("takes b back when it came into place but could not be made durable", async () => {
    const { files, file, keyring } = await written();
    files.beforeReplace = failOn("b", { placed: true, times: 1 });
    expect(await rejectedCode(keyring.update(() => ({ generation: 2 })))).toBe("DISK_FULL");
    expect((await file.read())?.stored.content).toMatchObject({ epoch: 1, generation: 1 });
    expect((await file.read())?.toRepair).toEqual([]);
    await keyring.update(() => ({ generation: 3 }));
    expect((await file.read())?.stored.content).toMatchObject({ epoch: 2, generation: 3 });
  });

  test("leaves it to the next read when the disk refuses the taking back too", async () => {
    const { files, file, keyring } = await written();
    files.beforeReplace = failOn("b", { placed: true, times: 1 });
    const failTwice = failOn("b", { times: 1 });
    const first = files.beforeReplace;
    let calls = 0;
    files.beforeReplace = (path, place) => (calls++ === 0 ? first(path, place) : failTwice(path, place));
    expect(await rejectedCode(keyring.update(() => ({ generation: 2 })))).toBe("DISK_FULL");
    expect((await file.read())?.stored.content).toMatchObject({ epoch: 2, generation: 2 });
    expect((await file.read())?.toRepair).toEqual(["a"]);
  });

  test("holds once b is durable, whatever happens to a", async () => {
    const { files, file, keyring, kdf } = await written();
    files.beforeReplace = failOn("a");
    await keyring.update(() => ({ generation: 2 }));
    expect(keyring.content.generation).toBe(2);
    const { found } = await unlock(files, kdf);
    expect(found).toMatchObject({ toRepair: ["a"], stored: { content: { epoch: 2, generation: 2 } } });
    expect(await file.replace(keyringBytes(keyring), undefined)).toEqual({ mirrored: false });
    files.beforeReplace = () => undefined;
    expect(await file.replace(keyringBytes(keyring), undefined)).toEqual({ mirrored: true });
  });

  test("is refused before anything is written when something unsafe is in the place of a", async () => {
    const { files, keyring } = await written();
    const before = files.copy("b");
    files.beforeRead = (path) => {
      if (path.endsWith("a")) throw new KeepsakeError("UNSAFE_PATH");
    };
    expect(await rejectedCode(keyring.update(() => ({ generation: 2 })))).toBe("UNSAFE_PATH");
    expect(files.copy("b")).toEqual(before);
  });

  test("goes on when a cannot be read, and when something unsafe got into its place only just now", async () => {
    const { files, keyring } = await written();
    files.beforeRead = () => {
      throw new Error("i/o error");
    };
    files.beforeReplace = failOn("a", { error: new KeepsakeError("UNSAFE_PATH") });
    await keyring.update(() => ({ generation: 2 }));
    expect(keyring.content.generation).toBe(2);
  });

  test("has nothing to take back for the first keyring", async () => {
    const files = new MemoryFiles();
    files.beforeReplace = failOn("b", { placed: true, times: 1 });
    expect(await rejectedCode(newTestKeyring(files))).toBe("DISK_FULL");
    expect(files.replaced).toEqual([]);
    expect((await new KeyringFile("/vault", files).read())?.toRepair).toEqual(["a"]);
  });

  test("refuses bytes it could not read again", async () => {
    const { files, file } = await written();
    const before = files.copy("b");
    await expect(file.replace(new Uint8Array(10), before)).rejects.toThrow(TypeError);
    expect(files.copy("b")).toEqual(before);
  });

  test("at every point of a crash leaves a keyring that opens", async () => {
    for (const crashAt of [0, 1, 2]) {
      for (const placed of [false, true]) {
        const { files, keyring, kdf } = await written();
        let calls = 0;
        files.beforeReplace = (_, place) => {
          if (calls++ < crashAt) return;
          if (placed && calls === crashAt + 1) place();
          throw new KeepsakeError("WRITE_FAILED");
        };
        const outcome = await rejectedCode(keyring.update(() => ({ generation: 2 })));
        const { found } = await unlock(files, kdf);
        const expected = outcome === undefined || placed ? 2 : 1;
        expect(found.stored.content.generation, `crash at ${crashAt}, placed ${placed}`).toBe(expected);
      }
    }
  });
});

describe("the files on disk", () => {
  async function onDisk() {
    const folder = await temporaryFolder();
    const vault = join(folder, "vault");
    await mkdir(vault, { mode: 0o700 });
    const { keyring } = await newTestKeyring({
      read: (path, limit) => privateFiles.read(join(folder, path), limit),
      replace: (path, bytes) => privateFiles.replace(join(folder, path), bytes),
    });
    return { folder, vault, keyring, file: new KeyringFile(vault) };
  }

  test("are two, 0600, with nothing left beside them", async () => {
    const { vault, file } = await onDisk();
    expect((await readdir(vault)).toSorted()).toEqual(["keyring.a", "keyring.b"]);
    for (const copy of COPIES) {
      expect((await lstat(join(vault, `keyring.${copy}`))).mode & 0o7777).toBe(0o600);
    }
    expect((await file.read())?.toRepair).toEqual([]);
  });

  const spoilt = {
    "a symbolic link": async (path: string, victim: string) => {
      await rename(path, victim);
      await symlink(victim, path);
    },
    "a hard link": (path: string, victim: string) => link(path, victim),
    "open to its group": async (path: string, victim: string) => {
      await writeFile(victim, "");
      await chmod(path, 0o640);
    },
    "a folder": async (path: string, victim: string) => {
      await rename(path, victim);
      await mkdir(path);
    },
    "a pipe": async (path: string, victim: string) => {
      await rename(path, victim);
      execFileSync("mkfifo", ["-m", "600", path]);
    },
  };

  test.each(COPIES.flatMap((copy) => Object.entries(spoilt).map(([what, spoil]) => ({ copy, what, spoil }))))(
    "are refused, and the victim untouched, when $copy is $what",
    async ({ copy, spoil }) => {
      const { folder, vault, file, keyring } = await onDisk();
      const victim = join(folder, "victim");
      await spoil(join(vault, `keyring.${copy}`), victim);
      const [victimBefore, otherBefore] = [
        await readFile(victim),
        await readFile(join(vault, `keyring.${other(copy)}`)),
      ];
      expect(await rejectedCode(file.read())).toBe("UNSAFE_PATH");
      expect(await rejectedCode(file.replace(keyringBytes(keyring), undefined))).toBe("UNSAFE_PATH");
      expect(await readFile(victim)).toEqual(victimBefore);
      expect(await readFile(join(vault, `keyring.${other(copy)}`))).toEqual(otherBefore);
    },
  );

  test.each(COPIES)("are refused when %s is longer than any keyring", async (copy) => {
    const { vault, file } = await onDisk();
    await writeFile(join(vault, `keyring.${copy}`), new Uint8Array(MAX_KEYRING_BYTES + 1));
    expect(await rejectedCode(file.read())).toBe("UNSAFE_PATH");
  });

  test.each(COPIES)("are repaired in place when %s is damaged", async (copy) => {
    const { vault, file } = await onDisk();
    const path = join(vault, `keyring.${copy}`);
    const whole = await readFile(join(vault, `keyring.${other(copy)}`));
    await writeFile(path, whole.subarray(0, 50));
    const found = await file.read();
    await file.repair(found!);
    expect(await readFile(path)).toEqual(whole);
    expect((await lstat(path)).mode & 0o7777).toBe(0o600);
  });
});

function keyringBytes(keyring: Keyring): Uint8Array {
  return encodeKeyring(keyring.content, new Uint8Array(32));
}
