/** What programs seal by themselves: taken in once, whatever happens meanwhile, and nothing else is. */
import fsp, {
  chmod,
  link,
  mkdir,
  readFile,
  rename,
  symlink,
  truncate,
  unlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fromUtf8, toHex } from "../../src/base/bytes.ts";
import { systemRandomness } from "../../src/crypto/random.ts";
import { newX25519KeyPair } from "../../src/crypto/x25519.ts";
import { privateFiles } from "../../src/platform/private-files.ts";
import type { StoreEntry } from "../../src/store/record-store.ts";
import { DropFolder } from "../../src/vault/folder/drop-folder.ts";
import type { LiveVault } from "../../src/vault/live-vault.ts";
import { SealedInbox } from "../../src/vault/sealed-inbox.ts";
import type { KeepsakeDoor } from "../../src/vault/vault-door.ts";
import type { InboxEntry } from "../../src/vault/vault.ts";
import {
  decodeDropFile,
  DROP_FOLDER,
  dropFileName,
  encodeDropFile,
  MAX_DROP_FILE_BYTES,
  MAX_DROP_FILES,
} from "../../src/vault/written/drop-file.ts";
import { drop, dropOf, dropped } from "./support/drops.ts";
import { FaultyDisk, until } from "./support/faulty-store.ts";
import { passphrase, VaultHome, work } from "./support/vault-home.ts";

let home: VaultHome;
let folder: string;

beforeEach(async () => {
  home = await VaultHome.make();
  folder = join(home.directory, DROP_FOLDER);
});
afterEach(() => home.remove());

async function sealedVault(): Promise<void> {
  const { door } = await home.create();
  await door.close();
}

async function entriesIn(door: KeepsakeDoor): Promise<readonly InboxEntry[]> {
  const entries: InboxEntry[] = [];
  for await (const entry of door.inbox()) entries.push(entry);
  return entries;
}

/** As the service does: round after round until nothing comes any more. */
async function drain(door: KeepsakeDoor, vault: LiveVault): Promise<readonly string[]> {
  const taken: string[] = [];
  for (let last = -1; last < taken.length;) {
    last = taken.length;
    for (const { id, plaintext } of await entriesIn(door)) {
      await vault.write([{ type: "drained", id }]);
      taken.push(fromUtf8(plaintext));
    }
    await door.settleInbox();
  }
  return taken.toSorted();
}

/** These texts, sealed to the present pair. */
async function entriesOf(texts: readonly string[]): Promise<readonly StoreEntry[]> {
  const entries = decodeDropFile(await dropOf(home.directory, texts));
  return entries!;
}

async function put(...texts: string[]): Promise<string> {
  return drop(home.directory, await dropOf(home.directory, texts));
}

describe("what a program sealed by itself", () => {
  it("is in the inbox from the start of a locked daemon on, and its file is gone", async () => {
    await sealedVault();
    await put("one", "two");
    await put("three");
    const door = await home.door();
    expect([door.waiting("turns"), await dropped(home.directory)]).toEqual([3, []]);
    const vault = await door.unlock({ kind: "passphrase", secret: passphrase() }, work());
    expect(await drain(door, vault)).toEqual(["one", "three", "two"]);
    expect(vault.health.damage).toEqual({ damaged: [], missingCount: 0 });
  });

  it.each<readonly [string, (door: KeepsakeDoor) => Promise<unknown>]>([
    ["a capture", (door) => door.capture([new Uint8Array(1)])],
    ["a look", (door) => door.takeInDrops()],
  ])("is taken in by %s while the vault is locked", async (_name, act) => {
    await sealedVault();
    const door = await home.door();
    await put("one");
    await act(door);
    expect([await dropped(home.directory), door.waiting("turns") > 0]).toEqual([[], true]);
  });

  it("is taken in while the vault is open, and drained as what was captured", async () => {
    const { door, vault } = await home.create();
    await put("one", "two");
    await door.takeInDrops();
    expect(door.waiting("entries")).toBe(2);
    await put("three");
    expect(await drain(door, vault)).toEqual(["one", "three", "two"]);
    expect(vault.state.keyring.content.retiredInbox).toBeUndefined();
  });

  it.each([
    // The limits of a batch are 100 files and a megabyte.
    [205, 1, [101, 101, 6]],
    [5, 600 << 10, [3, 3, 2]],
  ])("is stored in batches: %i files of %i bytes", async (files, bytes, sizes) => {
    await sealedVault();
    const texts = Array.from({ length: files }, () => "x".repeat(bytes));
    for (const entry of await entriesOf(texts)) await drop(home.directory, encodeDropFile([entry]));
    const disk = new FaultyDisk();
    const seen: number[] = [];
    disk.onBatch = (operations) => void seen.push(operations.length);
    const door = await home.door({ opener: disk.opener });
    // Each with the tally.
    expect(seen).toEqual(sizes);
    expect([door.waiting("entries"), await dropped(home.directory)]).toEqual([files, []]);
  });

  it("stays for whoever has the store next when the door is closed during the look", async () => {
    await sealedVault();
    const door = await home.door();
    await put("one");
    await Promise.all([door.takeInDrops(), door.close()]);
    expect(await dropped(home.directory)).toHaveLength(1);
    const again = await home.door();
    expect([again.waiting("entries"), await dropped(home.directory)]).toEqual([1, []]);
  });

  it("stays for the open vault when that takes the store during the look", async () => {
    await sealedVault();
    await put("one");
    const disk = new FaultyDisk();
    let open = (): void => undefined;
    disk.beforeOpen = () => new Promise((resolve) => (open = resolve));
    const door = await home.door({
      opener: disk.opener,
      timing: { retryFirst: 5, maxRetry: 40, scrubSlice: 3_600_000, inboxCount: 0 },
    });
    const take = vi.spyOn(SealedInbox.prototype, "take");
    const looked = door.takeInDrops();
    const unlocked = door.unlock({ kind: "passphrase", secret: passphrase() }, work());
    await until(() => take.mock.calls.length > 0);
    take.mockRestore();
    open();
    const vault = await unlocked;
    await looked;
    expect([door.waiting("entries"), await dropped(home.directory)]).toEqual([0, [expect.any(String)]]);
    expect(await drain(door, vault)).toEqual(["one"]);
    expect(vault.health.damage.missingCount).toBe(0);
  });

  it("is nobody's when it does not carry the token of this machine", async () => {
    const { door } = await home.create();
    await drop(home.directory, await dropOf(home.directory, ["mine"]));
    await drop(home.directory, await dropOf(home.directory, ["whose"], { isAuthored: false }));
    const said = (await entriesIn(door)).map(({ plaintext, isAuthored }) => [
      fromUtf8(plaintext),
      isAuthored,
    ]);
    expect(new Map(said as [string, boolean][])).toEqual(
      new Map([
        ["mine", true],
        ["whose", false],
      ]),
    );
  });

  it("is stored once when a crash left it in both places, and when two files hold it", async () => {
    await sealedVault();
    const path = await put("one", "two");
    const bytes = await readFile(path);
    const door = await home.door();
    await drop(home.directory, bytes);
    await drop(home.directory, bytes);
    await door.takeInDrops();
    expect([door.waiting("entries"), await dropped(home.directory)]).toEqual([2, []]);
    const vault = await door.unlock({ kind: "passphrase", secret: passphrase() }, work());
    await drop(home.directory, bytes);
    expect(await drain(door, vault)).toEqual(["one", "two"]);
    expect(vault.health.damage.missingCount).toBe(0);
  });

  it("opens no more once its pair is gone: a copy stays where it is and is counted", async () => {
    const { door, vault } = await home.create();
    const bytes = await readFile(await put("once"));
    expect(await drain(door, vault)).toEqual(["once"]);
    const copy = await drop(home.directory, bytes);
    expect(await drain(door, vault)).toEqual([]);
    expect([await dropped(home.directory), door.inboxCounts().dropsSetAside]).toEqual([[basename(copy)], 1]);
    expect(vault.health.damage.damaged).toEqual([]);
    await vault.purge(work());
    expect([await dropped(home.directory), vault.health.damage.damaged]).toEqual([[basename(copy)], []]);
  });
});

/** Files with something that happens once, after all that was looked at and before the keyring names another pair. */
function hookedFiles() {
  const hook = {
    before: undefined as (() => Promise<unknown>) | undefined,
    files: {
      read: privateFiles.read,
      replace: async (path: string, bytes: Uint8Array) => {
        const act = path.endsWith("keyring.b") ? hook.before : undefined;
        hook.before = act === undefined ? hook.before : undefined;
        await act?.();
        await privateFiles.replace(path, bytes);
      },
    },
  };
  return hook;
}

describe("a file that comes while the pair changes", () => {
  it("is not lost when it was there before the keyring had the next pair", async () => {
    const { door, vault } = await home.create();
    await put("first");
    const inbox = door.inbox()[Symbol.asyncIterator]();
    const entry = (await inbox.next()).value as InboxEntry;
    const { retiredInbox } = vault.state.keyring.content;
    await drop(home.directory, await dropOf(home.directory, ["during"], { inbox: retiredInbox! }));
    await vault.write([{ type: "drained", id: entry.id }]);
    while ((await inbox.next()).done !== true);
    await door.settleInbox();
    expect(vault.state.keyring.content.retiredInbox).toBeUndefined();
    expect(await drain(door, vault)).toEqual(["during"]);
  });

  it("is taken in by what changes the pair, which a look meanwhile does not wait for", async () => {
    const hook = hookedFiles();
    const { door, vault } = await home.create({ files: hook.files });
    await put("first");
    hook.before = async () => {
      await put("late");
      // Waiting for the change here would be waiting for itself.
      await door.takeInDrops();
      expect(await dropped(home.directory)).toHaveLength(1);
    };
    const entries = await entriesIn(door);
    expect(hook.before).toBeUndefined();
    expect(await dropped(home.directory)).toEqual([]);
    expect(entries.map(({ plaintext }) => fromUtf8(plaintext)).toSorted()).toEqual(["first", "late"]);
    expect(vault.state.keyring.content.retiredInbox).toBeDefined();
  });

  it.each(["purge", "rotation of the master key"])(
    "is not lost when it comes just before a %s",
    async (which) => {
      const hook = hookedFiles();
      const { door, vault } = await home.create({ files: hook.files });
      hook.before = () => put("late");
      if (which === "purge") await vault.purge(work());
      else {
        const { recoveryKey } = await door.slots.rotateMaster(passphrase(), { recovery: false }, work());
        recoveryKey?.wipe();
      }
      expect(hook.before).toBeUndefined();
      expect(vault.state.keyring.content.retiredInbox).toBeUndefined();
      expect([await drain(door, vault), await dropped(home.directory)]).toEqual([["late"], []]);
    },
  );

  it("goes along into the next generation with a vault that refused writes", async () => {
    const { door, vault } = await home.create();
    vault.state.refuseWrites("WRITE_FAILED", "the test says so");
    await put("kept", "too");
    await door.takeInDrops();
    expect([door.waiting("turns"), door.waiting("entries")]).toEqual([2, 0]);
    await vault.repair({ acceptRollback: false }, work());
    expect([door.waiting("turns"), door.waiting("entries"), await dropped(home.directory)]).toEqual([
      2,
      2,
      [],
    ]);
    expect(await drain(door, vault)).toEqual(["kept", "too"]);
  });

  it("is carried into the next generation whole or not at all: what opens under no key is not lost silently", async () => {
    const { door, vault } = await home.create();
    const { epoch } = vault.state.keyring.content.inbox;
    const { publicKey } = newX25519KeyPair(systemRandomness);
    vault.state.refuseWrites("WRITE_FAILED", "the test says so");
    await drop(home.directory, await dropOf(home.directory, ["forged"], { inbox: { epoch, publicKey } }));
    await put("kept");
    await door.takeInDrops();
    await vault.repair({ acceptRollback: false }, work());
    expect(door.inboxCounts()).toMatchObject({ setAside: 1, dropsSetAside: 0 });
    expect([door.waiting("entries"), await dropped(home.directory)]).toEqual([1, []]);
    expect(await drain(door, vault)).toEqual(["kept"]);
  });

  it("keeps the old pair as long as it may be needed: the folder cannot be read", async () => {
    const { door, vault } = await home.create();
    await put("first");
    const inbox = door.inbox()[Symbol.asyncIterator]();
    const { id } = (await inbox.next()).value as InboxEntry;
    const retired = vault.state.keyring.content.retiredInbox!;
    await drop(home.directory, await dropOf(home.directory, ["during"], { inbox: retired }));
    await chmod(folder, 0o755);
    await vault.write([{ type: "drained", id }]);
    await door.settleInbox();
    expect(vault.state.keyring.content.retiredInbox).toEqual(retired);
    expect(door.inboxCounts().dropsSetAside).toBe(1);
    await chmod(folder, 0o700);
    expect(await drain(door, vault)).toEqual(["during"]);
  });
});

describe("what is not ours to take", () => {
  const foreign: readonly (readonly [string, () => Promise<unknown>])[] = [
    ["a file that others may read", async () => chmod(await put("canary"), 0o644)],
    [
      "a symbolic link to one",
      async () => {
        const outside = join(home.root, "outside");
        await rename(await put("canary"), outside);
        await symlink(outside, join(folder, dropFileName(systemRandomness.bytes(16))));
      },
    ],
    ["a file with two names", async () => link(await put("canary"), join(home.root, "other"))],
    [
      "a folder by such a name",
      async () => mkdir(join(folder, dropFileName(systemRandomness.bytes(16))), { recursive: true }),
    ],
    ["a file by another name", async () => rename(await put("canary"), join(folder, "notes.txt"))],
    ["an empty file", () => drop(home.directory, new Uint8Array(0))],
    ["noise", () => drop(home.directory, systemRandomness.bytes(5_000))],
    [
      "a file that was cut",
      async () => {
        const path = await put("canary");
        await truncate(path, (await readFile(path)).length - 1);
      },
    ],
    [
      "a file with one bit changed",
      async () => {
        const path = await put("canary");
        const bytes = await readFile(path);
        bytes[60]! ^= 1;
        await writeFile(path, bytes);
      },
    ],
    ["a file over its cap", async () => truncate(await put("canary"), MAX_DROP_FILE_BYTES + 1)],
    [
      "a note of keepsake's own",
      async () => drop(home.directory, await dropOf(home.directory, ["x"], { kind: "note" })),
    ],
    [
      "what is sealed to a pair that nobody knows",
      async () => {
        const { publicKey } = newX25519KeyPair(systemRandomness);
        await drop(home.directory, await dropOf(home.directory, ["x"], { inbox: { epoch: 7, publicKey } }));
      },
    ],
  ];

  it.each(foreign)(
    "stays and is counted, and keeps nothing else from being taken in: %s",
    async (_name, place) => {
      await sealedVault();
      await mkdir(folder, { mode: 0o700 });
      await place();
      const before = await dropped(home.directory);
      const door = await home.door();
      await put("mine");
      await door.takeInDrops();
      await door.takeInDrops();
      expect(await dropped(home.directory)).toEqual(before);
      expect([door.waiting("turns"), door.inboxCounts().dropsSetAside]).toEqual([1, 1]);
      const told = home.log.lines.filter(({ event }) => event === "drop-set-aside");
      expect(told).toHaveLength(1);
      expect(JSON.stringify(told)).not.toMatch(/entries|canary|notes/);
      const vault = await door.unlock({ kind: "passphrase", secret: passphrase() }, work());
      expect([await drain(door, vault), await dropped(home.directory)]).toEqual([["mine"], before]);
      // Whoever looked at it and removed it hears no more of it.
      for (const name of before)
        await unlink(join(folder, name)).catch(() => rename(join(folder, name), join(home.root, "away")));
      await door.takeInDrops();
      expect(door.inboxCounts().dropsSetAside).toBe(0);
    },
  );

  it.each<readonly [string, () => Promise<unknown>]>([
    ["is open to others", () => chmod(folder, 0o755)],
    [
      "is a link",
      async () => {
        await rename(folder, join(home.root, "elsewhere"));
        await symlink(join(home.root, "elsewhere"), folder);
      },
    ],
  ])("nothing is taken from a folder that %s", async (_name, spoil) => {
    await sealedVault();
    await put("one");
    await spoil();
    const door = await home.door();
    expect([door.waiting("turns"), door.inboxCounts().dropsSetAside]).toEqual([0, 1]);
    expect(await dropped(home.directory)).toHaveLength(1);
    expect(home.log.lines.filter(({ event }) => event === "drop-folder-set-aside")).toHaveLength(1);
  });

  it("what sync tools leave is no harm, and temporaries go once nobody writes them any more", async () => {
    await sealedVault();
    await put("one");
    const name = `.${dropFileName(systemRandomness.bytes(16))}.0123456789abcdef.tmp`;
    const [old, fresh] = [join(folder, name), join(folder, name.replace("0123", "4567"))];
    for (const path of [old, fresh, join(folder, ".DS_Store")]) await writeFile(path, "x", { mode: 0o600 });
    await utimes(old, 0, 0);
    const door = await home.door();
    expect(door.inboxCounts().dropsSetAside).toBe(0);
    expect([...(await dropped(home.directory))].toSorted()).toEqual(
      [basename(fresh), ".DS_Store"].toSorted(),
    );
  });

  it("a flood of files takes no more than its share, and keeps the pair", async () => {
    await sealedVault();
    await mkdir(folder, { mode: 0o700 });
    const names = Array.from({ length: MAX_DROP_FILES + 50 }, () => dropFileName(systemRandomness.bytes(16)));
    for (const name of names) await writeFile(join(folder, name), "", { mode: 0o600 });
    const log = { log: () => undefined };
    const drops = new DropFolder(home.directory, home.clock, log);
    expect(
      await drops.each(
        () => true,
        () => Promise.reject(new Error("nothing is ours")),
      ),
    ).toBe(false);
    expect(drops.counts.setAside).toBe(MAX_DROP_FILES);
    expect(
      await drops.each(
        () => true,
        () => Promise.resolve(),
      ),
    ).toBe(true);
    expect(drops.counts).toEqual({ turns: 0, bytes: 0, setAside: MAX_DROP_FILES });
  });
});

describe("a look into the folder", () => {
  /** Names of the files that were read, and whether all were. */
  async function look(
    drops: DropFolder,
    visit: (name: string) => Promise<unknown> = () => Promise.resolve(),
  ): Promise<{ readonly read: readonly string[]; readonly isEveryOne: boolean }> {
    const read: string[] = [];
    const isEveryOne = await drops.each(
      () => true,
      async ({ name }) => {
        read.push(name);
        await visit(name);
      },
    );
    return { read, isEveryOne };
  }

  let drops: DropFolder;
  let names: readonly string[];
  beforeEach(async () => {
    await sealedVault();
    names = [basename(await put("one", "two")), basename(await put("three"))];
    drops = new DropFolder(home.directory, home.clock, home.log);
  });
  const NOTHING = { turns: 0, bytes: 0, setAside: 0 };
  const other = (name: string) => names.find((each) => each !== name)!;

  it("counts no longer what somebody took away since the last one", async () => {
    await look(drops);
    expect(drops.counts).toMatchObject({ turns: 3, setAside: 0 });
    await unlink(join(folder, names[1]!));
    await look(drops);
    expect(drops.counts).toMatchObject({ turns: 2, setAside: 0 });
    await unlink(join(folder, names[0]!));
    expect(await look(drops)).toEqual({ read: [], isEveryOne: true });
    expect(drops.counts).toEqual(NOTHING);
  });

  it("finds nothing wrong with a file that goes away before its turn, which the last one had read", async () => {
    await look(drops);
    let isFirst = true;
    const { read, isEveryOne } = await look(drops, async (name) => {
      if (isFirst) await unlink(join(folder, other(name)));
      isFirst = false;
    });
    expect([read.length, isEveryOne]).toEqual([1, true]);
    expect(drops.counts).toMatchObject({ turns: read[0] === names[0] ? 2 : 1, setAside: 0 });
    expect(home.log.lines).toEqual([]);
  });

  it("finds nothing wrong with a file that goes away while it is being read", async () => {
    await unlink(join(folder, names[0]!));
    const path = join(folder, names[1]!);
    const { lstat } = fsp;
    const spy = vi.spyOn(fsp, "lstat").mockImplementation(async (...given) => {
      const found = await lstat(...given);
      if (given[0] === path) await unlink(path);
      return found;
    });
    syncBuiltinESMExports();
    try {
      expect(await look(drops)).toEqual({ read: [], isEveryOne: true });
    } finally {
      spy.mockRestore();
      syncBuiltinESMExports();
    }
    expect(await dropped(home.directory)).toEqual([]);
    expect([drops.counts, home.log.lines]).toEqual([NOTHING, []]);
  });

  it("says so when a file could not be read for now, and reads it the next time", async () => {
    const elsewhere = join(home.root, "elsewhere");
    const first = await look(drops, async () => {
      await rename(folder, elsewhere);
      await writeFile(folder, "");
    });
    expect([first.read.length, first.isEveryOne]).toEqual([1, false]);
    expect(home.log.lines.map(({ event }) => event)).toEqual(["drop-not-read"]);
    expect(drops.counts.setAside).toBe(0);
    await unlink(folder);
    await rename(elsewhere, folder);
    const second = await look(drops);
    expect([second.read.toSorted(), second.isEveryOne]).toEqual([names.toSorted(), true]);
  });

  it("is followed by removals: what went by itself is gone, what stays all the same is set aside", async () => {
    await look(drops);
    const [gone, stays] = names.map((name) => join(folder, name));
    await unlink(gone!);
    await unlink(stays!);
    await mkdir(stays!);
    await drops.remove(names);
    expect(drops.counts).toEqual({ ...NOTHING, setAside: 1 });
    expect(home.log.lines).toEqual([{ event: "drop-set-aside", fields: { code: "WRITE_FAILED" } }]);
  });
});

describe("the room of the inbox", () => {
  it("holds for what is dropped: it waits where it is, is counted, and comes in once there is room", async () => {
    await sealedVault();
    const size = decodeDropFile(await dropOf(home.directory, ["a"]))![0]!.value.length;
    for (const text of ["a", "b", "c"]) await put(text);
    const maxInboxBytes = 2 * size + 1;
    const door = await home.door({ maxInboxBytes });
    expect([door.waiting("turns"), door.waiting("entries"), door.inboxCounts().bytes]).toEqual([
      3,
      2,
      3 * size,
    ]);
    expect(await dropped(home.directory)).toHaveLength(1);
    await expect(door.capture([new Uint8Array(8)])).rejects.toMatchObject({ code: "INBOX_FULL" });
    const vault = await door.unlock({ kind: "passphrase", secret: passphrase() }, work());
    expect(await drain(door, vault)).toEqual(["a", "b", "c"]);
    expect([door.waiting("turns"), vault.state.keyring.content.retiredInbox]).toEqual([0, undefined]);
  });

  it("is not touched where the vault may not be written to", async () => {
    await sealedVault();
    await put("one");
    const door = await home.door({ readOnly: "the test says so" });
    expect([door.waiting("turns"), door.waiting("entries")]).toEqual([1, 0]);
    await door.takeInDrops();
    expect(await dropped(home.directory)).toHaveLength(1);
  });
});

describe("the layout", () => {
  it("is refused with any byte changed, cut or added", async () => {
    await sealedVault();
    const bytes = await dropOf(home.directory, ["one", "two"]);
    expect(decodeDropFile(bytes)?.map(({ key }) => toHex(key))).toHaveLength(2);
    for (let at = 0; at < bytes.length; at += 7) {
      const changed = bytes.slice();
      changed[at]! ^= 0x10;
      expect(decodeDropFile(changed)).toBeUndefined();
      expect(decodeDropFile(bytes.subarray(0, at))).toBeUndefined();
    }
    expect(decodeDropFile(new Uint8Array([...bytes, 0]))).toBeUndefined();
  });
});
