/** The store's way from the sealed vault to the open one and back, and what the log says where it does not get there. */
import { chmod, cp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { utf8 } from "../../src/base/bytes.ts";
import { KeepsakeError } from "../../src/base/errors.ts";
import { newRecordId } from "../../src/base/record-id.ts";
import { GroupCommit } from "../../src/base/turns/group-commit.ts";
import type { PrivateFiles } from "../../src/platform/private-file-access.ts";
import { privateFiles } from "../../src/platform/private-files.ts";
import type { UnlockWith } from "../../src/vault/vault.ts";
import { FaultyDisk, until } from "./support/faulty-store.ts";
import { passphrase, VaultHome, work } from "./support/vault-home.ts";

let home: VaultHome;
let disk: FaultyDisk;

beforeEach(async () => {
  home = await VaultHome.make();
  disk = new FaultyDisk();
  await home.create().then(({ door }) => door.close());
});
afterEach(async () => {
  disk.onBatch = () => undefined;
  disk.onOpen = () => undefined;
  await home.remove();
});

const byPassphrase = (): UnlockWith => ({ kind: "passphrase", secret: passphrase() });
const put = () => ({ type: "put", keyspace: "memory", id: newRecordId(), plaintext: utf8("text") }) as const;
const fieldsOf = (event: string) => home.log.lines.find((line) => line.event === event)?.fields;

/** Files of which those whose path ends so are refused. */
function refusing(end: string, code: "DISK_FULL" | "WRITE_FAILED"): PrivateFiles {
  return {
    read: privateFiles.read,
    replace: (path, bytes) =>
      path.endsWith(end) ? Promise.reject(new KeepsakeError(code)) : privateFiles.replace(path, bytes),
  };
}

describe("a door that is closed", () => {
  it("while it opens waits for the vault, and closes it", async () => {
    let closing: Promise<void> | undefined;
    const door = await home.door({
      files: {
        read: async (path, limit) => {
          if (path.endsWith("anchor")) closing ??= door.close();
          return privateFiles.read(path, limit);
        },
        replace: privateFiles.replace,
      },
    });
    const vault = await door.unlock(byPassphrase(), work());
    await closing;
    expect(closing).toBeDefined();
    expect(door.state()).toBe("sealed");
    await expect(vault.write([put()])).rejects.toMatchObject({ code: "VAULT_READ_ONLY" });
    expect((await home.open()).vault.health.readOnly).toBeUndefined();
  });

  it("after it failed to open lets go of the store", async () => {
    let isRefused = true;
    const door = await home.door({
      files: {
        read: (path, limit) =>
          isRefused && path.endsWith("anchor")
            ? Promise.reject(new KeepsakeError("UNSAFE_PATH"))
            : privateFiles.read(path, limit),
        replace: privateFiles.replace,
      },
    });
    await expect(door.unlock(byPassphrase(), work())).rejects.toMatchObject({ code: "UNSAFE_PATH" });
    isRefused = false;
    await door.close();
    expect((await home.open()).door.state()).toBe("open");
  });

  it("says so afterwards, and stays closed: another door opens the vault", async () => {
    const { door } = await home.open();
    const id = door.vaultId();
    await door.close();
    expect(door.state()).toBe("sealed");
    expect(door.vaultId()).toBe(id);
    expect(door.waiting()).toBe(0);
    await expect(door.unlock(byPassphrase(), work())).rejects.toMatchObject({ code: "UNSAFE_PATH" });
    expect((await home.open()).door.state()).toBe("open");
  });
});

describe("a sealed vault", () => {
  it("shares batches of about a megabyte between turns that wait", async () => {
    const door = await home.door({ opener: disk.opener });
    const sizes: number[] = [];
    disk.onBatch = (operations) => void sizes.push(operations.length);
    const submitted = vi.spyOn(GroupCommit.prototype, "submit");
    onTestFinished(() => submitted.mockRestore());
    /** The captures wait together: the first turn's batch ends once all of them are sealed and in the queue. */
    const together = async (captures: readonly (() => Promise<unknown>)[]) => {
      submitted.mockClear();
      disk.afterBatch = () => until(() => submitted.mock.calls.length > captures.length);
      const first = door.capture([utf8("first")]);
      await until(() => submitted.mock.calls.length === 1);
      await Promise.all([first, ...captures.map((capture) => capture())]);
    };
    const turn = () => new Uint8Array(400 << 10);
    await together([1, 2, 3, 4].map(() => () => door.capture([turn()])));
    // The first turn, then two turns each, with the tally.
    expect(sizes).toEqual([2, 3, 3]);
    sizes.length = 0;
    await together([1, 2].map(() => () => door.capture([turn(), turn()])));
    expect(sizes).toEqual([2, 3, 3]);
  });

  it("takes turns again after its store could not be handed over", async () => {
    disk.onOpen = () => "WRITE_FAILED";
    const door = await home.door({ opener: disk.opener });
    expect(fieldsOf("inbox-unavailable")).toEqual({ code: "WRITE_FAILED" });
    await expect(door.unlock(byPassphrase(), work())).rejects.toMatchObject({ code: "WRITE_FAILED" });
    disk.onOpen = () => undefined;
    await door.capture([utf8("one")]);
    expect(door.waiting()).toBe(1);
    await door.unlock(byPassphrase(), work());
    expect(door.waiting()).toBe(1);
  });

  it("opens its store anew after the disk refused a turn, and only then", async () => {
    const door = await home.door({ opener: disk.opener });
    await door.capture([utf8("one")]);
    expect(disk.opened).toBe(1);
    disk.onBatch = () => ({ code: "DISK_FULL" });
    await expect(door.capture([utf8("two")])).rejects.toMatchObject({ code: "DISK_FULL" });
    disk.onBatch = () => undefined;
    await door.capture([utf8("three")]);
    expect(disk.opened).toBe(2);
    expect(door.waiting()).toBe(2);
    await door.close();
    expect((await home.open()).door.waiting()).toBe(2);
  });

  it("takes no turn into what could be salvaged of its store", async () => {
    await rm(join(home.directory, "store.1", "CURRENT"));
    const door = await home.door();
    await expect(door.capture([utf8("one")])).rejects.toMatchObject({ code: "VAULT_READ_ONLY" });
    expect(door.waiting()).toBe(0);
  });

  it("opens its store once, and hands over the one it has", async () => {
    const door = await home.door({ opener: disk.opener });
    await door.capture([utf8("one")]);
    await door.unlock(byPassphrase(), work());
    expect(disk.opened).toBe(1);
  });

  it("moves to the generation that the keyring names by the time it is opened", async () => {
    const door = await home.door();
    await door.capture([utf8("left behind")]);
    const elsewhere = await home.copy();
    const other = await elsewhere.open();
    const change = put();
    await other.vault.write([change]);
    await other.vault.purge(work());
    await other.door.close();
    await cp(elsewhere.directory, home.directory, { recursive: true });
    await elsewhere.remove();
    const vault = await door.unlock(byPassphrase(), work());
    expect(vault.health).toMatchObject({
      generation: 2,
      records: 1,
      readOnly: undefined,
      damage: { damaged: [], missingCount: 0 },
    });
    expect(await vault.read("memory", change.id)).toEqual(change.plaintext);
    expect(door.waiting()).toBe(1);
  });

  it("does not hold a store whose tally is not private", async () => {
    await chmod(join(home.directory, "inbox.tally"), 0o644);
    const door = await home.door();
    expect(fieldsOf("inbox-unavailable")).toEqual({ code: "UNSAFE_PATH" });
    await chmod(join(home.directory, "inbox.tally"), 0o600);
    await door.capture([utf8("one")]);
    expect(door.waiting()).toBe(1);
  });
});

describe("the log", () => {
  it("says why the tally beside the store, the anchor or a copy of the keyring was not written", async () => {
    const tally = await home.door({ files: refusing("inbox.tally", "DISK_FULL") });
    await tally.capture([utf8("one")]);
    await until(() => home.log.has("tally-not-written"));
    expect(fieldsOf("tally-not-written")).toEqual({ code: "WRITE_FAILED" });
    await tally.close();
    const anchor = await home.open({ files: refusing("anchor", "DISK_FULL") });
    await anchor.vault.write([put()]);
    await until(() => home.log.has("anchor-not-written"));
    expect(fieldsOf("anchor-not-written")).toEqual({ code: "DISK_FULL" });
    await anchor.door.close();
    await writeFile(join(home.directory, "keyring.a"), "damaged");
    await home.open({ files: refusing("keyring.a", "DISK_FULL") });
    expect(fieldsOf("keyring-copy-not-repaired")).toEqual({ code: "DISK_FULL" });
  });

  it("says why there is no ballast", async () => {
    await chmod(join(home.directory, "ballast"), 0o644);
    await home.open();
    expect(fieldsOf("no-ballast")).toEqual({ code: "UNSAFE_PATH" });
  });
});
