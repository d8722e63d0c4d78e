/**
 * Which records of a keyspace are live, and the newest version of each: id (16 bytes) → the first 8 bytes of the tag of
 * its sealed record, in about 40 bytes a record.
 *
 * 256 shards by the first byte of the id, each an open-addressing table with linear probing in one typed array, so that
 * growing moves at most a 256th of the records at a time. Ids are random, so their own bytes serve as the hash. Removal
 * shifts the run behind the hole back; there are no tombstones.
 *
 *   slot: id(16) ‖ tag(8), as 6 words of 32 bits; a used slot is marked in an array of its own
 */
import { RECORD_ID_BYTES } from "../../base/record-id.ts";

/** Bytes of a tag that the directory keeps. */
export const SHORT_TAG_BYTES = 8;
export const DIRECTORY_ENTRY_BYTES = RECORD_ID_BYTES + SHORT_TAG_BYTES;
export const SHARDS = 256;

const SLOT_WORDS = DIRECTORY_ENTRY_BYTES / 4;
const MIN_SLOTS = 8;
const FULLEST = 0.8;
const GROWTH = 1.5;
/** How full a shard is when it is filled at once: there is room for some more. */
const ROOMY = 0.7;

interface Shard {
  words: Uint32Array;
  used: Uint8Array;
  size: number;
}

export class RecordDirectory {
  readonly #shards = Array.from<Shard | undefined>({ length: SHARDS });
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get bytes(): number {
    let bytes = 0;
    for (const shard of this.#shards) bytes += shard ? shard.words.byteLength + shard.used.byteLength : 0;
    return bytes;
  }

  /** @param bytes - the 16 bytes of the id stand in them from `at` on */
  has(bytes: Uint8Array, at = 0): boolean {
    const shard = this.#shardOf(bytes[at]!);
    return shard.used[findSlot(shard, bytes, at)] === 1;
  }

  /** @returns 8 bytes, a copy */
  tagOf(id: Uint8Array): Uint8Array | undefined {
    const shard = this.#shardOf(id[0]!);
    const slot = findSlot(shard, id, 0);
    return shard.used[slot] === 1 ? entryBytes(shard, slot).subarray(RECORD_ID_BYTES) : undefined;
  }

  /** Whether the record is live and `tag` (8 bytes or more) begins with its tag. */
  isNewest(id: Uint8Array, tag: Uint8Array): boolean {
    const shard = this.#shardOf(id[0]!);
    const slot = findSlot(shard, id, 0);
    if (shard.used[slot] !== 1) return false;
    const at = slot * SLOT_WORDS;
    return shard.words[at + 4] === wordAt(tag, 0) && shard.words[at + 5] === wordAt(tag, 4);
  }

  /** @param tag - 8 bytes or more; the first 8 are kept */
  set(id: Uint8Array, tag: Uint8Array): void {
    this.#set(id, 0, tag, 0);
  }

  /** Sets every entry of what `packShard` gave, or of several such one behind the other. */
  setPacked(packed: Uint8Array): void {
    let end = 0;
    for (let offset = 0; offset < packed.length; offset += DIRECTORY_ENTRY_BYTES) {
      if (offset === end) {
        const shard = packed[offset]!;
        while (end < packed.length && packed[end] === shard) end += DIRECTORY_ENTRY_BYTES;
        this.#makeRoom(shard, (end - offset) / DIRECTORY_ENTRY_BYTES);
      }
      this.#set(packed, offset, packed, offset + RECORD_ID_BYTES);
    }
  }

  /** @returns whether it was there */
  delete(id: Uint8Array): boolean {
    const shard = this.#shardOf(id[0]!);
    const slot = findSlot(shard, id, 0);
    if (shard.used[slot] !== 1) return false;
    closeHole(shard, slot);
    shard.size -= 1;
    this.#size -= 1;
    return true;
  }

  /** Every entry of a shard as `id(16) ‖ tag(8)`, one behind the other. */
  packShard(index: number): Uint8Array {
    const shard = this.#shards[index] ?? emptyShard(0);
    const packed = new Uint8Array(shard.size * DIRECTORY_ENTRY_BYTES);
    let offset = 0;
    for (let slot = 0; slot < shard.used.length; slot += 1) {
      if (shard.used[slot] !== 1) continue;
      packed.set(entryBytes(shard, slot), offset);
      offset += DIRECTORY_ENTRY_BYTES;
    }
    return packed;
  }

  /** The ids that are there, 16 bytes each. */
  *ids(): Iterable<Uint8Array> {
    for (let shard = 0; shard < SHARDS; shard += 1) {
      const packed = this.packShard(shard);
      for (let offset = 0; offset < packed.length; offset += DIRECTORY_ENTRY_BYTES) {
        yield packed.subarray(offset, offset + RECORD_ID_BYTES);
      }
    }
  }

  #set(ids: Uint8Array, idAt: number, tags: Uint8Array, tagAt: number): void {
    const shard = this.#shardOf(ids[idAt]!);
    let slot = findSlot(shard, ids, idAt);
    if (shard.used[slot] !== 1) {
      if (shard.size + 1 > shard.used.length * FULLEST) {
        growTo(shard, Math.ceil(shard.used.length * GROWTH));
        slot = findSlot(shard, ids, idAt);
      }
      shard.used[slot] = 1;
      shard.size += 1;
      this.#size += 1;
    }
    const at = slot * SLOT_WORDS;
    for (let word = 0; word < 4; word += 1) shard.words[at + word] = wordAt(ids, idAt + word * 4);
    shard.words[at + 4] = wordAt(tags, tagAt);
    shard.words[at + 5] = wordAt(tags, tagAt + 4);
  }

  /** Grows a shard once for so many more records. */
  #makeRoom(index: number, records: number): void {
    const shard = this.#shardOf(index);
    const slots = Math.ceil((shard.size + records) / ROOMY);
    if (slots > shard.used.length) growTo(shard, slots);
  }

  #shardOf(index: number): Shard {
    return (this.#shards[index] ??= emptyShard(MIN_SLOTS));
  }
}

function emptyShard(slots: number): Shard {
  return { words: new Uint32Array(slots * SLOT_WORDS), used: new Uint8Array(slots), size: 0 };
}

/** The slot that holds the id, or the free one where it belongs. A shard always has a free slot. */
function findSlot(shard: Shard, bytes: Uint8Array, idAt: number): number {
  const w0 = wordAt(bytes, idAt);
  const w1 = wordAt(bytes, idAt + 4);
  const w2 = wordAt(bytes, idAt + 8);
  const w3 = wordAt(bytes, idAt + 12);
  const { words, used } = shard;
  let slot = homeOf(w1, used.length);
  while (used[slot] === 1) {
    const at = slot * SLOT_WORDS;
    if (words[at] === w0 && words[at + 1] === w1 && words[at + 2] === w2 && words[at + 3] === w3) return slot;
    slot = slot + 1 === used.length ? 0 : slot + 1;
  }
  return slot;
}

/** The second word of the id, scaled to the table: the first is spent on the shard. */
function homeOf(word: number, slots: number): number {
  return Math.floor((word / 2 ** 32) * slots);
}

function growTo(shard: Shard, slots: number): void {
  const { words, used } = shard;
  const larger = emptyShard(slots);
  for (let slot = 0; slot < used.length; slot += 1) {
    if (used[slot] !== 1) continue;
    const from = slot * SLOT_WORDS;
    let to = homeOf(words[from + 1]!, larger.used.length);
    while (larger.used[to] === 1) to = to + 1 === larger.used.length ? 0 : to + 1;
    larger.used[to] = 1;
    larger.words.set(words.subarray(from, from + SLOT_WORDS), to * SLOT_WORDS);
  }
  shard.words = larger.words;
  shard.used = larger.used;
}

/** Empties a slot and moves every later entry of the run that probing would no longer reach. */
function closeHole(shard: Shard, slot: number): void {
  const { words, used } = shard;
  const slots = used.length;
  let hole = slot;
  let next = slot + 1 === slots ? 0 : slot + 1;
  while (used[next] === 1) {
    const home = homeOf(words[next * SLOT_WORDS + 1]!, slots);
    // How far the entry is from its home, and how far the hole is: it may move back only as far as its home.
    if ((next - home + slots) % slots >= (next - hole + slots) % slots) {
      words.copyWithin(hole * SLOT_WORDS, next * SLOT_WORDS, (next + 1) * SLOT_WORDS);
      hole = next;
    }
    next = next + 1 === slots ? 0 : next + 1;
  }
  used[hole] = 0;
}

function entryBytes(shard: Shard, slot: number): Uint8Array {
  const entry = new Uint8Array(DIRECTORY_ENTRY_BYTES);
  const view = new DataView(entry.buffer);
  for (let word = 0; word < SLOT_WORDS; word += 1) {
    view.setUint32(word * 4, shard.words[slot * SLOT_WORDS + word]!);
  }
  return entry;
}

/** 4 bytes, big-endian, without the view that `readUint32` makes: this runs for every key of a scan. */
function wordAt(bytes: Uint8Array, offset: number): number {
  const word =
    (bytes[offset]! << 24) | (bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8) | bytes[offset + 3]!;
  return word >>> 0;
}
