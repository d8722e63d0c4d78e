/** One change to one file of a closed vault: never a wrong plaintext, never a silent loss, never a crash. */
import { cp, readdir, readFile, rm, stat, truncate, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fc, test } from "@fast-check/vitest";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { fromUtf8, utf8 } from "../../src/base/bytes.ts";
import { hasCode } from "../../src/base/errors.ts";
import { newRecordId } from "../../src/base/record-id.ts";
import type { LiveVault } from "../../src/vault/open-vault.ts";
import type { KeepsakeDoor } from "../../src/vault/vault-door.ts";
import type { Keyspace } from "../../src/vault/vault.ts";
import { report, rounds } from "../support/rounds.ts";
import { VaultHome } from "./support/vault-home.ts";

const KEYSPACES: readonly Keyspace[] = ["memory", "idempotency", "audit"];
const ENTRIES = 6;
const RUNS = rounds({ short: 150, long: 10_000 });

/** `keyspace/id` → plaintext. */
const expected = new Map<string, string>();
let original: VaultHome;
let older: VaultHome;
let files: readonly string[];

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
  await rm(join(original.directory, "ballast"));
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

describe("a vault with one file changed", () => {
  test.prop([mutation], { numRuns: 100 })(
    "gives back what was stored, or says that something is wrong",
    async (change) => {
      const home = await original.copy();
      try {
        await mutate(home, change);
        await check(home);
      } finally {
        await home.remove();
      }
    },
    7_200_000,
  );

  afterAll(() =>
    report({
      title: "one change to one file: flip, zero, cut, delete, swap, older copy",
      done: `${RUNS} changes to keyrings, anchor, logs, tables, MANIFEST and CURRENT`,
      outcome: "0 wrong plaintext, 0 silent losses, 0 crashes",
    }),
  );
});

async function mutate(
  home: VaultHome,
  { kind, file, other, at, bit }: { kind: string; file: number; other: number; at: number; bit: number },
): Promise<void> {
  const name = files[file % files.length]!;
  const path = join(home.directory, name);
  const { size } = await stat(path);
  const offset = Math.floor(at * size);
  if (kind === "delete") await unlink(path);
  if (kind === "cut") await truncate(path, offset);
  if (kind === "older") await cp(join(older.directory, name), path).catch(() => unlink(path));
  if (kind === "swap")
    await writeFile(path, await readFile(join(home.directory, files[other % files.length]!)));
  if (kind === "flip" || kind === "zero") {
    const bytes = await readFile(path);
    if (kind === "zero") bytes.fill(0, offset, Math.min(size, offset + 64));
    else if (size > 0) bytes[offset]! ^= 1 << bit;
    await writeFile(path, bytes);
  }
}

async function check(home: VaultHome): Promise<void> {
  let opened: { door: KeepsakeDoor; vault: LiveVault };
  try {
    opened = await home.open();
  } catch (error) {
    // Refused as a whole, with a reason: not silent.
    expect(error).toSatisfy((each: unknown) =>
      hasCode(each, "RATE_LIMITED", "KEYRING_TAMPERED", "UNSAFE_PATH"),
    );
    return;
  }
  const { door, vault } = opened;
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
