/**
 * Compares what a store holds with what it should hold.
 *
 *   by keys   cheap: names what is missing and what should not be there
 *   by tags   reads every value too: also names what is not the newest version
 *   found     nothing is known of what should be there: lists what is, and hashes it for the head to compare
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { attempt } from "../../base/attempt.ts";
import { MultisetHash } from "../../crypto/multiset-hash.ts";
import { tagOfSealed } from "../../crypto/record-seal.ts";
import type { RecordStore } from "../../store/record-store.ts";
import type { DamageRegister } from "../live/damage.ts";
import { Directories } from "../written/directories.ts";
import { hashedElement } from "../written/head.ts";
import { COUNTED_KEYSPACES, countedKeyspace, KEYSPACE_BYTES } from "../written/keyspaces.ts";
import { pagesOfEntries, pagesOfKeys } from "../written/paging.ts";
import type { VaultState } from "../live/vault-state.ts";

const KEYS_PER_REPORT = 1_000;

export type Counted = (records: number) => void;

/** Notes what is missing and what should not be there. */
export async function compareKeys(
  store: RecordStore,
  directories: Directories,
  damage: DamageRegister,
  counted: Counted,
): Promise<void> {
  const { live, extra } =
    (await walkThrough(store, directories, counted)) ?? (await pageThrough(store, directories, counted));
  for (const key of extra) damage.noteExtra(key);
  if (live < directories.size) await noteMissing(store, directories, damage);
}

/** What a look through all keys of the counted keyspaces gave. */
interface KeysSeen {
  /** How many are of live records. */
  readonly live: number;
  /** Those of no live record. */
  readonly extra: readonly Uint8Array[];
}

/** @returns undefined when the store cannot be walked through */
async function walkThrough(
  store: RecordStore,
  directories: Directories,
  counted: Counted,
): Promise<KeysSeen | undefined> {
  const extra: Uint8Array[] = [];
  let live = 0;
  const isWalked = await store.walkKeys((bytes, length) => {
    if (countedKeyspace(bytes[0]!) === undefined) return;
    if (directories.has(bytes, length)) live += 1;
    else extra.push(bytes.slice(0, length));
    if ((live + extra.length) % KEYS_PER_REPORT === 0) counted(live + extra.length);
  });
  if (!isWalked) return undefined;
  counted(live + extra.length);
  return { live, extra };
}

async function pageThrough(
  store: RecordStore,
  directories: Directories,
  counted: Counted,
): Promise<KeysSeen> {
  const extra: Uint8Array[] = [];
  let live = 0;
  for (const keyspace of COUNTED_KEYSPACES) {
    for await (const keys of pagesOfKeys((request) => store.keys(request), KEYSPACE_BYTES[keyspace])) {
      for (const key of keys) {
        if (directories.has(key)) live += 1;
        else extra.push(key);
      }
      counted(live + extra.length);
    }
  }
  return { live, extra };
}

/** The same for an open vault that nobody writes to; also notes what is not the newest version. */
export async function compareTags({ era, directories, damage }: VaultState): Promise<void> {
  let live = 0;
  for (const keyspace of COUNTED_KEYSPACES) {
    const pages = pagesOfEntries(
      (request) => era.use(({ store }) => store.entries(request)),
      KEYSPACE_BYTES[keyspace],
    );
    for await (const entries of pages) {
      for (const { key, value } of entries) {
        if (!directories.has(key)) {
          damage.noteExtra(key);
          continue;
        }
        live += 1;
        const tag = attempt(() => tagOfSealed(value));
        if (tag === undefined || !directories.isNewest(key, tag)) damage.noteUnreadable(key);
      }
    }
  }
  if (live < directories.size) await era.use(({ store }) => noteMissing(store, directories, damage));
}

export interface Found {
  readonly directories: Directories;
  /** 32 bytes: the head's hash over them. */
  readonly hash: Uint8Array;
}

/** Lists everything that looks like a record; what does not is noted as unreadable. */
export async function listFound(
  store: RecordStore,
  hashKey: Uint8Array,
  damage: DamageRegister,
  counted: Counted,
): Promise<Found> {
  const directories = new Directories();
  const hash = new MultisetHash(hashKey);
  for (const keyspace of COUNTED_KEYSPACES) {
    const pages = pagesOfEntries((request) => store.entries(request), KEYSPACE_BYTES[keyspace]);
    for await (const entries of pages) {
      for (const { key, value } of entries) {
        const tag = attempt(() => tagOfSealed(value));
        if (tag === undefined) {
          damage.noteUnreadable(key);
          continue;
        }
        directories.apply(key, tag);
        hash.add(hashedElement(key, tag));
      }
      counted(directories.size);
    }
  }
  return { directories, hash: hash.digest() };
}

/** The head's hash over what directories list; 32 bytes. */
export async function hashDirectories(directories: Directories, hashKey: Uint8Array): Promise<Uint8Array> {
  const hash = new MultisetHash(hashKey);
  for (const entries of directories.shards()) {
    for (const { key, tag } of entries) hash.add(hashedElement(key, tag));
    await nextTurn();
  }
  return hash.digest();
}

/** Notes every live record that the store does not have. */
async function noteMissing(
  store: RecordStore,
  directories: Directories,
  damage: DamageRegister,
): Promise<void> {
  for (const entries of directories.shards()) {
    const values = await store.getMany(entries.map(({ key }) => key));
    entries.forEach(({ key }, index) => {
      if (values[index] === undefined) damage.noteMissing(key);
    });
  }
}
