/**
 * Every part of a vault's folder, alone and in pairs, removed, emptied, cut short or replaced by an older copy: what comes of
 * it, and that nothing is destroyed. Whatever keepsake did meanwhile, the vault is whole again once the parts it had are
 * back. What sync tools leave behind lies about all the time.
 */
import { cp, mkdir, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { fromUtf8, utf8 } from "../../src/base/bytes.ts";
import { newRecordId } from "../../src/base/record-id.ts";
import { BALLAST_BYTES } from "../../src/store/ballast.ts";
import type { LiveVault } from "../../src/vault/live-vault.ts";
import type { KeepsakeDoor } from "../../src/vault/vault-door.ts";
import { passphrase, VaultHome, work } from "./support/vault-home.ts";

const PARTS = {
  "keyring.a": ["keyring.a"],
  "keyring.b": ["keyring.b"],
  "both keyrings": ["keyring.a", "keyring.b"],
  anchor: ["anchor"],
  store: ["store.1"],
  tally: ["inbox.tally"],
  ballast: ["ballast"],
  guard: ["unlock.failures"],
} as const;
type Part = keyof typeof PARTS;
const DAMAGES = ["removed", "emptied", "cut", "older"] as const;
type Damage = (typeof DAMAGES)[number];
type Damaged = Partial<Record<Part, Damage>>;

/** As it was before its keyring changed more often than goes without a head. */
let older: VaultHome;
let now: VaultHome;
let home: VaultHome;

beforeAll(async () => {
  now = await VaultHome.make();
  const { door, vault } = await now.create();
  await save(vault, "old", 3);
  await door.close();
  // The count of wrong passphrases is a file since the first unlock.
  await now.open().then((opened) => opened.door.close());
  older = await now.copy();
  const again = await now.open();
  for (let change = 0; change < 5; change += 1) {
    const { slot, recoveryKey } = await again.door.slots.add({ kind: "recovery", label: "paper" }, work());
    recoveryKey!.wipe();
    await again.door.slots.remove(slot.id);
  }
  await save(again.vault, "new", 3);
  await again.door.close();
  await strew(now.directory);
});
afterAll(async () => {
  await now.remove();
  await older.remove();
});
afterEach(() => home.remove());

async function save(vault: LiveVault, text: string, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    await vault.write([
      { type: "put", keyspace: "memory", id: newRecordId(), plaintext: utf8(`${text} ${index}`) },
    ]);
  }
}

/** What sync tools and file managers leave, in modes that keepsake would refuse its own files for. */
async function strew(folder: string): Promise<void> {
  await mkdir(join(folder, ".stfolder"));
  await cp(join(folder, "anchor"), join(folder, "anchor.sync-conflict-20261129-070000-ABCDEFG"));
  for (const path of [folder, join(folder, "store.1")]) {
    await writeFile(join(path, ".DS_Store"), "x", { mode: 0o644 });
  }
}

async function inflict(directory: string, damaged: Damaged): Promise<void> {
  for (const [part, damage] of Object.entries(damaged) as [Part, Damage][]) {
    for (const name of PARTS[part]) await damageOne(directory, name, damage);
  }
}

async function damageOne(directory: string, name: string, damage: Damage): Promise<void> {
  const path = join(directory, name);
  if (damage === "removed" || damage === "older") await rm(path, { recursive: true });
  if (damage === "older") await cp(join(older.directory, name), path, { recursive: true });
  if (damage === "emptied" && name === "store.1") {
    for (const file of await readdir(path)) await rm(join(path, file));
  } else if (damage === "emptied") await truncate(path, 0);
  if (damage !== "cut") return;
  const files = name === "store.1" ? await readdir(path) : [""];
  for (const file of files.filter((each) => !each.startsWith(".") && each !== "LOCK")) {
    const whole = await readFile(join(path, file));
    await writeFile(join(path, file), whole.subarray(0, whole.length >> 1));
  }
}

/** The parts as they were; whatever else keepsake made or changed meanwhile stays. */
async function putBack(directory: string, damaged: Damaged): Promise<void> {
  for (const part of Object.keys(damaged) as Part[]) {
    for (const name of PARTS[part]) {
      await rm(join(directory, name), { recursive: true, force: true });
      await cp(join(now.directory, name), join(directory, name), { recursive: true });
    }
  }
}

/** What a person meets at the unlock. */
type Outcome =
  | { readonly is: "whole" }
  | { readonly is: "read-only"; readonly code: string; readonly says: RegExp }
  | { readonly is: "refused"; readonly code: string; readonly says: RegExp };

/** The table: the first row that fits. */
function expected(damaged: Damaged): Outcome {
  const { anchor, store, "both keyrings": both } = damaged;
  const a = damaged["keyring.a"] ?? both;
  const b = damaged["keyring.b"] ?? both;
  if (a === "removed" && b === "removed")
    return { is: "refused", code: "VAULT_INCOMPLETE", says: /keyring\.a and keyring\.b are missing/ };
  if (a !== undefined && b !== undefined && a !== "older" && b !== "older")
    return {
      is: "refused",
      code: "KEYRING_DAMAGED",
      says: /keyring\.a is (damaged|missing) and keyring\.b is/,
    };
  if (store === "removed") return { is: "refused", code: "VAULT_INCOMPLETE", says: /store\.1 is missing/ };
  if (store === "emptied")
    return { is: "refused", code: "VAULT_INCOMPLETE", says: /store\.1 holds no records/ };
  const isOldKeyring = a !== undefined && b !== undefined;
  const isWitnessed = store === undefined || anchor === undefined;
  if (isOldKeyring && isWitnessed)
    return { is: "refused", code: "ROLLBACK_DETECTED", says: /keyring\.a and keyring\.b were put back/ };
  // Together these are the vault of then, and nothing tells of a later one; or of what is left of it.
  if (isOldKeyring && store === "older" && anchor === "older") return { is: "whole" };
  if (store === "older" && !isOldKeyring)
    return { is: "read-only", code: "ROLLBACK_DETECTED", says: /older than/ };
  if (store === "cut" && (anchor === undefined || anchor === "older"))
    return { is: "read-only", code: "VAULT_DAMAGED|ROLLBACK_DETECTED", says: /files are damaged|older than/ };
  if (store === "cut") return { is: "read-only", code: "VAULT_DAMAGED", says: /files are damaged/ };
  if (anchor === "removed" || anchor === "emptied" || anchor === "cut")
    return { is: "read-only", code: "VAULT_DAMAGED", says: /its anchor is missing or damaged/ };
  return { is: "whole" };
}

const alone = (Object.keys(PARTS) as Part[]).flatMap((part) => DAMAGES.map((kind) => ({ [part]: kind })));

/** Every kind with every kind where both parts decide whether the vault opens, the same kind for both elsewhere. */
function pairs(): readonly Damaged[] {
  const parts = Object.keys(PARTS) as Part[];
  const weighty = new Set<Part>(["keyring.a", "keyring.b", "both keyrings", "anchor", "store"]);
  const found: Damaged[] = [];
  for (const [index, first] of parts.entries()) {
    for (const second of parts.slice(index + 1)) {
      if (PARTS[second].some((name) => (PARTS[first] as readonly string[]).includes(name))) continue;
      for (const kind of DAMAGES) {
        const others = weighty.has(first) && weighty.has(second) ? DAMAGES : [kind];
        for (const other of others) found.push({ [first]: kind, [second]: other });
      }
    }
  }
  return found;
}

const named = (cases: readonly Damaged[]) =>
  cases.map((damaged) => [
    Object.entries(damaged)
      .map(([part, kind]) => `${part} ${kind}`)
      .join(", "),
    damaged,
  ]) as [string, Damaged][];

describe.each([
  ["a part of a vault", named(alone)],
  ["a pair of parts of a vault", named(pairs())],
])("%s", (_, cases) => {
  it.each(cases)("%s", async (_name, damaged) => {
    home = await now.copy();
    await inflict(home.directory, damaged);
    home.clock.advance(60_000);
    const outcome = expected(damaged);
    const { door, vault, error } = await tryToOpen();
    if (outcome.is === "refused") {
      await expectRefused(door, error, outcome);
    } else {
      expect(error).toBeUndefined();
      await (outcome.is === "whole" ? expectWhole(door, vault!) : expectReadOnly(door, vault!, outcome));
    }
    await door.close();
    if (outcome.is === "whole") {
      await expectHealed();
      return;
    }
    await putBack(home.directory, damaged);
    await expectAll(["new", "old"]);
  });
});

async function tryToOpen(): Promise<{ door: KeepsakeDoor; vault?: LiveVault; error?: unknown }> {
  const door = await home.door();
  home.clock.advance(60_000);
  try {
    return { door, vault: await door.unlock({ kind: "passphrase", secret: passphrase() }, work()) };
  } catch (error) {
    return { door, error };
  }
}

async function expectRefused(
  door: KeepsakeDoor,
  error: unknown,
  { code, says }: Outcome & { is: "refused" },
): Promise<void> {
  expect(error).toMatchObject({ code, message: expect.stringMatching(says) as string });
  const before = await names();
  const creating = door.create(passphrase(), { recovery: false }, work());
  await expect(creating).rejects.toMatchObject({
    code: code === "ROLLBACK_DETECTED" ? "VAULT_EXISTS" : expect.stringMatching(`${code}|VAULT_EXISTS`),
  });
  expect(await names()).toEqual(before);
}

async function expectReadOnly(
  door: KeepsakeDoor,
  vault: LiveVault,
  { code, says }: Outcome & { is: "read-only" },
): Promise<void> {
  expect(vault.health.readOnly).toMatchObject({
    code: expect.stringMatching(`^(${code})$`) as string,
    message: expect.stringMatching(says) as string,
  });
  await expect(save(vault, "refused", 1)).rejects.toMatchObject({ code: "VAULT_READ_ONLY" });
  const changing = door.slots.add({ kind: "recovery", label: "paper" }, work());
  await expect(changing).rejects.toMatchObject({ code: "VAULT_READ_ONLY" });
  for (const text of await texts(vault)) expect(text).toMatch(/^(old|new) [012]$/);
}

async function expectWhole(door: KeepsakeDoor, vault: LiveVault): Promise<void> {
  expect(vault.health).toMatchObject({ readOnly: undefined, damage: { damaged: [], missingCount: 0 } });
  await door.capture([utf8("captured")]);
  await save(vault, "later", 1);
}

/** Healed means that nothing of it shows at the next unlock. */
async function expectHealed(): Promise<void> {
  const { door, vault } = await home.open();
  expect(vault.health).toMatchObject({ readOnly: undefined, damage: { damaged: [], missingCount: 0 } });
  expect(await texts(vault)).toContain("later 0");
  expect(door.waiting()).toBe(1);
  await door.close();
  const [a, b] = await Promise.all(
    ["keyring.a", "keyring.b"].map((name) => readFile(join(home.directory, name))),
  );
  expect(a!.equals(b!)).toBe(true);
  expect((await readFile(join(home.directory, "ballast"))).length).toBe(BALLAST_BYTES);
}

async function expectAll(kinds: readonly string[]): Promise<void> {
  home.clock.advance(60_000);
  const { door, vault } = await home.open();
  expect(vault.health).toMatchObject({ readOnly: undefined, damage: { damaged: [], missingCount: 0 } });
  expect(await texts(vault)).toEqual(kinds.flatMap((kind) => [0, 1, 2].map((index) => `${kind} ${index}`)));
  await door.close();
}

async function texts(vault: LiveVault): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { plaintext } of vault.scan("memory")) found.push(fromUtf8(plaintext));
  return found.toSorted();
}

async function names(): Promise<readonly string[]> {
  return (await readdir(home.directory)).toSorted();
}

describe("the whole vault of then", () => {
  it("is opened by its keyring, and what is beside it of a later one stays", async () => {
    home = await now.copy();
    const { door, vault } = await home.open();
    await vault.purge(work());
    await door.close();
    const later = await home.copy();
    for (const name of ["keyring.a", "keyring.b", "anchor"]) {
      await cp(join(older.directory, name), join(home.directory, name));
    }
    await expect(home.open()).rejects.toMatchObject({
      code: "VAULT_INCOMPLETE",
      message: expect.stringContaining(
        "store.2 is there, so keyring.a and keyring.b are older copies",
      ) as string,
    });
    await cp(join(older.directory, "store.1"), join(home.directory, "store.1"), { recursive: true });
    const then = await home.open();
    expect(await texts(then.vault)).toEqual(["old 0", "old 1", "old 2"]);
    await then.door.close();
    for (const name of ["keyring.a", "keyring.b", "anchor"]) {
      await cp(join(later.directory, name), join(home.directory, name));
    }
    await later.remove();
    await expectAll(["new", "old"]);
  });

  it("takes no place of a later one by a purge either", async () => {
    home = await now.copy();
    const { door, vault } = await home.open();
    await vault.purge(work());
    await door.close();
    const later = await home.copy();
    for (const name of ["keyring.a", "keyring.b", "anchor", "store.1"]) {
      await cp(join(older.directory, name), join(home.directory, name), { recursive: true });
    }
    const then = await home.open();
    await then.vault.purge(work());
    await then.door.close();
    expect(await names()).toContain("store.2.kept.1");
    await rm(join(home.directory, "store.2"), { recursive: true });
    await cp(join(home.directory, "store.2.kept.1"), join(home.directory, "store.2"), { recursive: true });
    for (const name of ["keyring.a", "keyring.b", "anchor"]) {
      await cp(join(later.directory, name), join(home.directory, name));
    }
    await later.remove();
    await expectAll(["new", "old"]);
  });
});
