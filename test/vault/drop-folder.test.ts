/** What programs seal by themselves: taken in once, whatever happens meanwhile, and nothing else is. */
import {
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
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fromUtf8, toHex } from "../../src/base/bytes.ts";
import { systemRandomness } from "../../src/crypto/random.ts";
import { newX25519KeyPair } from "../../src/crypto/x25519.ts";
import { privateFiles } from "../../src/platform/private-files.ts";
import { DropFolder } from "../../src/vault/folder/drop-folder.ts";
import type { LiveVault } from "../../src/vault/live-vault.ts";
import type { KeepsakeDoor } from "../../src/vault/vault-door.ts";
import type { InboxEntry } from "../../src/vault/vault.ts";
import {
  decodeDropFile,
  DROP_FOLDER,
  dropFileName,
  MAX_DROP_FILE_BYTES,
  MAX_DROP_FILES,
} from "../../src/vault/written/drop-file.ts";
import { drop, dropOf, dropped } from "./support/drops.ts";
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

  it.each(["purge", "rotation of the master key"])(
    "is not lost when it comes just before a %s",
    async (which) => {
      let before: (() => Promise<unknown>) | undefined;
      const files = {
        read: privateFiles.read,
        replace: async (path: string, bytes: Uint8Array) => {
          const act = path.endsWith("keyring.b") ? before : undefined;
          before = act === undefined ? before : undefined;
          // After all that was looked at, and before the keyring names another pair.
          await act?.();
          await privateFiles.replace(path, bytes);
        },
      };
      const { door, vault } = await home.create({ files });
      before = () => put("late");
      if (which === "purge") await vault.purge(work());
      else {
        const { recoveryKey } = await door.slots.rotateMaster(passphrase(), { recovery: false }, work());
        recoveryKey?.wipe();
      }
      expect(before).toBeUndefined();
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
