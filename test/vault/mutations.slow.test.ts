/** One change to one file of a closed vault: never a wrong plaintext, never a silent loss, never a crash. */
import { cp, mkdtemp, readdir, readFile, rm, stat, truncate, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fc, test } from "@fast-check/vitest";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { fromUtf8, utf8 } from "../../src/base/bytes.ts";
import { hasCode } from "../../src/base/errors.ts";
import { newRecordId } from "../../src/base/record-id.ts";
import { BALLAST_BYTES, BALLAST_NAME } from "../../src/store/ballast.ts";
import { levelStoreOpener } from "../../src/store/level-store.ts";
import type { RecordStore } from "../../src/store/record-store.ts";
import type { LiveVault } from "../../src/vault/live-vault.ts";
import type { KeepsakeDoor } from "../../src/vault/vault-door.ts";
import type { Keyspace } from "../../src/vault/vault.ts";
import { counting, report, rounds } from "../support/rounds.ts";
import { VaultHome } from "./support/vault-home.ts";

const KEYSPACES: readonly Keyspace[] = ["memory", "idempotency", "audit"];
const ENTRIES = 6;
const RUNS = rounds({ short: 150, long: 10_000 });

/** `keyspace/id` → plaintext. */
const expected = new Map<string, string>();
let original: VaultHome;
let older: VaultHome;
let files: readonly string[];
/** How often one copy of the keyring was changed and made whole again. */
let repairedKeyrings = 0;

beforeAll(async () => {
  original = await VaultHome.make();
  let { door, vault } = await original.create();
  await fill(vault, 10);
  await vault.writeCheckpoint([utf8("an index"), utf8("in two chunks")]);
  await door.close();
  older = await original.copy();
  ({ door, vault } = await original.open());
  await fill(vault, 10);
  await door.close();
  // A sealed vault, so that the newest writes are in a log and the others in tables.
  const sealed = await original.door();
  for (let entry = 0; entry < ENTRIES; entry += 1) await sealed.capture([utf8(`entry ${entry}`)]);
  await sealed.close();
  ({ door, vault } = await original.open());
  await fill(vault, 4);
  await door.close();
  // Ballast is only weight, and the same at every copy.
  await rm(join(original.directory, BALLAST_NAME));
  files = await filesOf(original.directory);
});

afterAll(async () => {
  await original.remove();
  await older.remove();
});

async function fill(vault: LiveVault, count: number): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    const keyspace = KEYSPACES[number % 3]!;
    const id = newRecordId();
    const text = `${keyspace} ${id} ${"x".repeat(number * 40)}`;
    await vault.write([{ type: "put", keyspace, id, plaintext: utf8(text) }]);
    expected.set(`${keyspace}/${id}`, text);
  }
}

async function filesOf(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return paths.map((path) => path.slice(directory.length + 1)).toSorted();
}

const mutation = fc.record({
  kind: fc.constantFrom(
    "flip" as const,
    "flip" as const,
    "zero" as const,
    "cut" as const,
    "delete" as const,
    "older" as const,
    "swap" as const,
  ),
  file: fc.nat(),
  other: fc.nat(),
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  bit: fc.nat(7),
});

type Mutation = typeof mutation extends fc.Arbitrary<infer M> ? M : never;

describe("a vault with one file changed", () => {
  const count = counting("changes to one file", RUNS);

  test.prop([mutation], { numRuns: RUNS })(
    "gives back what was stored, or says that something is wrong",
    async (change) => {
      const home = await original.copy();
      try {
        await addBallast(home);
        const changed = await mutate({ changed: home.directory, older: older.directory, files }, change);
        await check(home, changed);
      } finally {
        await home.remove();
      }
      count();
    },
    7_200_000,
  );

  test("is the vault's doing: a store alone loses and changes values without a word", async () => {
    const root = await mkdtemp(join(tmpdir(), "keepsake-store-"));
    const values = new Map(Array.from({ length: 60 }, (_, number) => [`key ${number}`, `value ${number}`]));
    const opener = levelStoreOpener({ syncLiveLog: false });
    const folders = {
      whole: join(root, "whole"),
      older: join(root, "older"),
      changed: join(root, "changed"),
    };
    try {
      const store = await opener.open(folders.whole, { create: true });
      for (const [key, value] of values) {
        await store.batch([{ type: "put", key: utf8(key), value: utf8(value) }]);
      }
      await store.close();
      await cp(folders.whole, folders.older, { recursive: true });
      const inStore = (await filesOf(folders.whole)).filter((name) => /\.(log|ldb)$/.test(name));
      let silent = 0;
      for (const change of fc.sample(mutation, 40)) {
        await rm(folders.changed, { recursive: true, force: true });
        await cp(folders.whole, folders.changed, { recursive: true });
        await mutate({ ...folders, files: inStore }, { ...change, kind: "flip" });
        const opened = await opener.open(folders.changed, { create: false }).catch(() => undefined);
        if (opened !== undefined) silent += await countDifferences(opened, values);
      }
      expect(silent).toBeGreaterThan(0);
    } finally {
      await rm(root, { recursive: true });
    }
  });

  afterAll(() =>
    report({
      title: "one change to one file: flip, zero, cut, delete, swap, older copy",
      done: `${RUNS} changes to keyrings, anchor, logs, tables, MANIFEST and CURRENT`,
      outcome: `0 wrong plaintext, 0 silent losses, 0 crashes; of ${repairedKeyrings} changed copies of the keyring all were repaired`,
      control: "the store without the vault above it loses and changes values without a word (own test)",
    }),
  );
});

/** A hole of the right size: making a real one is most of what opening a small vault takes. */
async function addBallast({ directory }: VaultHome): Promise<void> {
  const path = join(directory, BALLAST_NAME);
  await writeFile(path, "", { mode: 0o600 });
  await truncate(path, BALLAST_BYTES);
}

/** @returns how many values are missing or other ones, with no error */
async function countDifferences(store: RecordStore, values: ReadonlyMap<string, string>): Promise<number> {
  let different = 0;
  for (const [key, value] of values) {
    const found = await store.get(utf8(key)).catch(() => value);
    const text = found === undefined || typeof found === "string" ? found : Buffer.from(found).toString();
    if (text !== value) different += 1;
  }
  await store.close();
  return different;
}

interface Folders {
  readonly changed: string;
  readonly older: string;
  /** In both, relative. */
  readonly files: readonly string[];
}

/** @returns the file that was changed */
async function mutate(folders: Folders, { kind, file, other, at, bit }: Mutation): Promise<string> {
  const { changed } = folders;
  const name = folders.files[file % folders.files.length]!;
  const path = join(changed, name);
  const { size } = await stat(path);
  const offset = Math.floor(at * size);
  if (kind === "delete") await unlink(path);
  if (kind === "cut") await truncate(path, offset);
  if (kind === "older") await cp(join(folders.older, name), path).catch(() => unlink(path));
  if (kind === "swap") {
    await writeFile(path, await readFile(join(changed, folders.files[other % folders.files.length]!)));
  }
  if (kind === "flip" || kind === "zero") {
    const bytes = await readFile(path);
    if (kind === "zero") bytes.fill(0, offset, Math.min(size, offset + 64));
    else if (size > 0) bytes[offset]! ^= 1 << bit;
    await writeFile(path, bytes);
  }
  return name;
}

/** @param changed - name of the file that was changed */
async function check(home: VaultHome, changed: string): Promise<void> {
  const isKeyring = changed.startsWith("keyring.");
  let opened: { door: KeepsakeDoor; vault: LiveVault };
  try {
    opened = await home.open();
  } catch (error) {
    // Refused as a whole, with a reason: not silent. The other copy of the keyring is whole, so it opens.
    expect(isKeyring).toBe(false);
    expect(error).toSatisfy((each: unknown) =>
      hasCode(each, "RATE_LIMITED", "KEYRING_TAMPERED", "UNSAFE_PATH"),
    );
    return;
  }
  const { door, vault } = opened;
  if (isKeyring) {
    for (const copy of ["keyring.a", "keyring.b"]) {
      const [found, whole] = [home, original].map(({ directory }) => readFile(join(directory, copy)));
      expect(await found).toEqual(await whole);
    }
    repairedKeyrings += 1;
  }
  let lost = 0;
  for (const [name, text] of expected) {
    const [keyspace, id] = name.split("/") as [Keyspace, string];
    const plaintext = await vault.read(keyspace, id).catch((error: unknown) => {
      expect(error).toSatisfy((each: unknown) => hasCode(each, "RECORD_DAMAGED"));
    });
    if (plaintext === undefined || plaintext === null) lost += 1;
    else expect(fromUtf8(plaintext)).toBe(text);
  }
  for (const keyspace of KEYSPACES) {
    for await (const { id, plaintext } of vault.scan(keyspace)) {
      expect(fromUtf8(plaintext)).toBe(expected.get(`${keyspace}/${id}`));
    }
  }
  const entries = new Set<string>();
  for await (const { plaintext } of door.inbox()) entries.add(fromUtf8(plaintext));
  for (const entry of entries) expect(entry).toMatch(/^entry [0-5]$/);
  lost += ENTRIES - entries.size;
  if (lost > 0) {
    const { readOnly, damage } = vault.health;
    expect(readOnly !== undefined || damage.damaged.length > 0 || damage.missingCount !== 0).toBe(true);
  }
}
