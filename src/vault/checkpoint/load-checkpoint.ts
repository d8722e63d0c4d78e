/**
 * What should be there, from the newest checkpoint and the journal behind it. When anything about them is doubtful (a part
 * missing, damaged, of another generation, of a later sequence number than the head, a gap in the journal, another count
 * than the head's) none of it is used.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { RecordStore } from "../../store/record-store.ts";
import type { Manifest } from "../written/checkpoint-format.ts";
import { applyPage, decodeManifest, MANIFEST_KEY, partId } from "../written/checkpoint-format.ts";
import { Directories } from "../written/directories.ts";
import type { Head } from "../written/head.ts";
import { decodeJournalEntry, journalId } from "../written/journal.ts";
import { KEYSPACE_BYTES } from "../written/keyspaces.ts";
import { idOfKey, SINGLE_ID, storeKey } from "../written/store-key.ts";
import { RecordDirectory, SHORT_TAG_BYTES } from "../written/record-directory.ts";
import type { RecordSealer } from "../written/record-sealer.ts";
import type { VaultKeys } from "../written/vault-keys.ts";

const ENTRIES_PER_READ = 256;
const CHANGES_PER_TURN = 1_000;
const NO_TAG = new Uint8Array(SHORT_TAG_BYTES);

/** A store with what opens it. */
export interface SealedStore {
  readonly store: RecordStore;
  readonly sealer: RecordSealer;
  readonly keys: VaultKeys;
}

export interface Base {
  readonly manifest: Manifest;
  /** As of the last journal entry. */
  readonly directories: Directories;
  /** Of the last journal entry; the head's when there is a head. */
  readonly sequence: number;
  /** Ids of memory records that the journal touches, live or not; tags say nothing. */
  readonly touched: RecordDirectory;
}

/** @param head - undefined when it cannot be read: the journal then says how far the vault had come */
export async function loadBase(from: SealedStore, head: Head | undefined): Promise<Base | undefined> {
  try {
    const manifest = decodeManifest(await openAt(from, MANIFEST_KEY, SINGLE_ID));
    if (head !== undefined && manifest.sequence > head.sequence) return undefined;
    const directories = new Directories();
    for (let index = 0; index < manifest.pages; index += 1) {
      applyPage(directories, await openPart(from, manifest, "page", index));
    }
    const touched = new RecordDirectory();
    const sequence = await replayJournal(from, manifest.sequence, head?.sequence, directories, touched);
    if (head !== undefined && directories.size !== head.live) return undefined;
    return { manifest, directories, sequence, touched };
  } catch {
    return undefined;
  }
}

/** @throws RECORD_DAMAGED, also when it is not there */
export async function openPart(
  from: SealedStore,
  manifest: Manifest,
  part: "page" | "chunk",
  index: number,
): Promise<Uint8Array> {
  const id = partId(from.keys.checkpoint, manifest.checkpointId, part, index);
  return openAt(from, storeKey(KEYSPACE_BYTES.checkpoint, id), id);
}

/** Whether there is a journal entry of that sequence number. */
export async function hasJournalEntry(
  { store, sealer, keys }: SealedStore,
  sequence: number,
): Promise<boolean> {
  const id = journalId(keys.journal, sequence);
  try {
    const sealed = await store.get(storeKey(KEYSPACE_BYTES.journal, id));
    if (sealed === undefined) return false;
    decodeJournalEntry(sealer.open(KEYSPACE_BYTES.journal, id, sealed), sequence);
    return true;
  } catch {
    return false;
  }
}

async function openAt({ store, sealer }: SealedStore, key: Uint8Array, id: Uint8Array): Promise<Uint8Array> {
  const sealed = await store.get(key);
  return sealer.open(KEYSPACE_BYTES.checkpoint, id, sealed ?? new Uint8Array(0));
}

/**
 * Applies the entries behind `base`, up to `last` or to the first that is missing.
 *
 * @returns the sequence number of the last entry applied
 * @throws RECORD_DAMAGED, VAULT_DAMAGED when an entry up to `last` is missing or damaged
 */
async function replayJournal(
  { store, sealer, keys }: SealedStore,
  base: number,
  last: number | undefined,
  directories: Directories,
  touched: RecordDirectory,
): Promise<number> {
  let sequence = base;
  let sinceTurn = 0;
  const end = last ?? Number.MAX_SAFE_INTEGER;
  while (sequence < end) {
    const count = Math.min(ENTRIES_PER_READ, end - sequence);
    const ids = Array.from({ length: count }, (_, index) => journalId(keys.journal, sequence + 1 + index));
    const entries = await store.getMany(ids.map((id) => storeKey(KEYSPACE_BYTES.journal, id)));
    for (const [index, id] of ids.entries()) {
      const sealed = entries[index];
      if (sealed === undefined && last === undefined) return sequence;
      const entry = sealer.open(KEYSPACE_BYTES.journal, id, sealed ?? new Uint8Array(0));
      const changes = decodeJournalEntry(entry, sequence + 1);
      for (const { key, tag } of changes) {
        directories.apply(key, tag);
        const memoryId = key[0] === KEYSPACE_BYTES.memory ? idOfKey(key) : undefined;
        if (memoryId !== undefined) touched.set(memoryId, NO_TAG);
      }
      sequence += 1;
      sinceTurn += changes.length;
      if (sinceTurn >= CHANGES_PER_TURN) {
        await nextTurn();
        sinceTurn = 0;
      }
    }
  }
  return sequence;
}
