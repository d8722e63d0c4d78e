import { cpSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseRecordId } from "../../src/base/record-id.ts";
import { levelStoreOpener } from "../../src/store/level-store.ts";
import { KEYSPACE_BYTES } from "../../src/vault/written/keyspaces.ts";
import { storeKey } from "../../src/vault/written/store-key.ts";
import { report } from "../support/rounds.ts";
import { ThrowAwayHome, expectSuccess, killQuietly } from "../support/throw-away-home.ts";
import type { Needle } from "./support/canaries.ts";
import { drawCanary, searchFiles } from "./support/canaries.ts";

const home = new ThrowAwayHome();
const doomed = drawCanary();
const kept = drawCanary();
const before = join(home.folder, "before");
const after = join(home.folder, "after");
/** Forgotten and not purged. */
const deleted = join(home.folder, "deleted");
let needles: readonly Needle[];

async function stop(): Promise<void> {
  killQuietly(home.frontId(), "SIGTERM");
  for (let tries = 0; home.processIds().length > 0; tries++) {
    if (tries > 400) throw new Error("the daemon did not end");
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Puts copies of the vault's parts in place while no daemon runs. */
async function arrange(copies: Readonly<Record<string, string>>): Promise<void> {
  await stop();
  rmSync(home.places.vault, { recursive: true });
  for (const [to, from] of Object.entries(copies)) {
    cpSync(from, join(home.places.vault, to), { recursive: true });
  }
}

/** Everything a vault says after an unlock, whether that works or not. */
async function everythingFound(): Promise<string> {
  const said: string[] = [];
  const unlocked = await home.run(["unlock", "--passphrase-fd", "3"], {
    passphrase: "correct horse battery staple",
  });
  said.push(unlocked.stdout, unlocked.stderr);
  for (const args of [
    ["search", doomed],
    ["recent", "--json"],
    ["verify"],
    ["repair", "--accept-rollback", "--yes"],
    ["search", doomed],
    ["recent", "--json"],
  ]) {
    const ran = await home.run(args);
    said.push(ran.stdout, ran.stderr);
  }
  return said.join("\n");
}

beforeAll(async () => {
  await home.init();
  const id = expectSuccess(await home.run(["save", "-"], { input: `to be erased: ${doomed}` })).trim();
  expectSuccess(await home.run(["save", "-"], { input: `to be kept: ${kept}` }));
  expectSuccess(await home.run(["lock"]));
  await stop();
  cpSync(home.places.vault, before, { recursive: true });
  needles = await needlesOf(id);
  await home.unlock();
  expectSuccess(await home.run(["forget", id, "--yes"]));
  expectSuccess(await home.run(["lock"]));
  await stop();
  cpSync(home.places.vault, deleted, { recursive: true });
  await home.unlock();
  expectSuccess(await home.run(["purge", "--yes"]));
  expectSuccess(await home.run(["lock"]));
  await stop();
  cpSync(home.places.vault, after, { recursive: true });
});
afterAll(() => home.remove());

/** What stands on the disk of a memory that lives: its id, its sealed bytes, and the wrapped key that opens them. */
async function needlesOf(id: string): Promise<readonly Needle[]> {
  const scratch = join(home.folder, "scratch");
  cpSync(join(before, "store.1"), scratch, { recursive: true });
  const key = storeKey(KEYSPACE_BYTES.memory, parseRecordId(id));
  const store = await levelStoreOpener({ syncLiveLog: false }).open(scratch, { create: false });
  const sealed = (await store.get(key))!;
  await store.close();
  rmSync(scratch, { recursive: true });
  const keyring = readFileSync(join(before, "keyring.a"), "utf8");
  const [wrapped = ""] =
    /(?<="wrappedKey":")[^"]+(?=")/.exec(keyring.slice(keyring.indexOf('"dataKeys"'))) ?? [];
  expect(wrapped.length).toBeGreaterThan(40);
  return [
    { name: "marker", bytes: Buffer.from(doomed) },
    { name: "id", bytes: Buffer.from(parseRecordId(id)) },
    { name: "id as text", bytes: Buffer.from(id) },
    { name: "sealed bytes", bytes: Buffer.from(sealed.subarray(-24)) },
    { name: "wrapped data key", bytes: Buffer.from(wrapped) },
  ];
}

/** Names of the needles in a folder, each once. */
function foundIn(folder: string): readonly string[] {
  return [...new Set(searchFiles(folder, needles).hits.map((hit) => hit.replace(/^.*: /, "")))].toSorted();
}

describe("what was forgotten and purged", () => {
  it("stands in no byte of any file: not its text, its id, its sealed bytes or the key they were sealed with", () => {
    expect(foundIn(after)).toEqual([]);
    expect(foundIn(home.places.state)).toEqual([]);
    report({
      title: "after forget and purge",
      done: "marker, id, sealed bytes and wrapped data key searched for in every file; old store under the new keyring",
      outcome: "0 hits; the old store opens 0 records",
      control:
        "with a deletion in place of the purge the same search finds id, sealed bytes and wrapped key (own test)",
    });
  });

  it("is still there, all but its text, where it was only deleted: the same search finds it", () => {
    expect(foundIn(before)).toEqual(["id", "sealed bytes", "wrapped data key"]);
    // An unlock may have changed the keyring since, to a costlier derivation; then the same key is wrapped anew.
    expect(foundIn(deleted)).toEqual(expect.arrayContaining(["id", "sealed bytes"]));
  });

  it("is gone with the key that opened it: an old copy of the store under the new keyring gives nothing back", async () => {
    expect(existsSync(join(after, "store.1"))).toBe(false);
    await arrange({ "": after });
    rmSync(join(home.places.vault, "store.2"), { recursive: true });
    cpSync(join(before, "store.1"), join(home.places.vault, "store.2"), { recursive: true });
    const found = await everythingFound();
    expect(found).not.toContain(doomed);
    expect(found).not.toContain(kept);
  });

  it("is there without a purge: the same old copy under the old keyring gives it back", async () => {
    await arrange({ "": before });
    expect(await everythingFound()).toContain(doomed);
  });

  it("leaves what lives where it is", async () => {
    await arrange({ "": after });
    const found = await everythingFound();
    expect(found).toContain(kept);
    expect(found).not.toContain(doomed);
    expect(readFileSync(join(after, "keyring.a")).length).toBeGreaterThan(100);
  });
});
