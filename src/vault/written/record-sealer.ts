/**
 * Seals and opens the records of one generation: pads, binds the place, picks the key by term and counts seals.
 * A term takes 2^31 seals, half of what SP 800-38D section 8.3 allows random 96-bit nonces under one key; whoever owns
 * the sealer begins a new term before that.
 */
import { KeepsakeError } from "../../base/errors.ts";
import type { Secret } from "../../base/secret.ts";
import { pad, unpad } from "../../crypto/padding.ts";
import type { Randomness } from "../../crypto/random.ts";
import { openRecord, sealRecord, termOfSealed } from "../../crypto/record-seal.ts";

export const SEALS_PER_TERM = 2 ** 31;

/** Random bytes drawn at once, for many nonces. */
const POOL_BYTES = 3 << 10;

/** Version of what plaintexts of the vault's own records mean; bound into every seal. */
const SCHEMA_VERSION = 1;

export interface TermKey {
  readonly term: number;
  /** 32 bytes that seal records; the sealer owns and wipes it. */
  readonly key: Secret;
}

export class RecordSealer {
  readonly generation: number;
  readonly #vaultId: Uint8Array;
  readonly #randomness: Randomness;
  readonly #keys: Map<number, Secret>;
  #active: TermKey;
  #seals: number;

  /** @param terms - by ascending term; the last one seals; @param seals - how often the last one has sealed already */
  constructor(parts: {
    readonly vaultId: Uint8Array;
    readonly generation: number;
    readonly terms: readonly TermKey[];
    readonly seals: number;
    readonly randomness: Randomness;
  }) {
    const active = parts.terms.at(-1);
    if (active === undefined) throw new TypeError("a sealer needs a key");
    this.generation = parts.generation;
    this.#vaultId = parts.vaultId;
    this.#randomness = poolRandomness(parts.randomness);
    this.#keys = new Map(parts.terms.map(({ term, key }) => [term, key]));
    this.#active = active;
    this.#seals = parts.seals;
  }

  get term(): number {
    return this.#active.term;
  }

  /** How often the active term has sealed. */
  get seals(): number {
    return this.#seals;
  }

  /** Goes on counting from what is known to have been sealed, such as by the head. */
  resumeAt(seals: number): void {
    this.#seals = Math.max(this.#seals, seals);
  }

  /** Seals with a new term from now on; older ones only open. */
  beginTerm(next: TermKey): void {
    this.#keys.set(next.term, next.key);
    this.#active = next;
    this.#seals = 0;
  }

  /** @param id - 16 bytes; @returns sealed bytes of a size that says little */
  seal(keyspaceByte: number, id: Uint8Array, plaintext: Uint8Array): Uint8Array {
    const padded = pad(plaintext);
    this.#seals += 1;
    const { term, key } = this.#active;
    const sealed = sealRecord(key.bytes, this.#identity(keyspaceByte, id), term, padded, this.#randomness);
    padded.fill(0);
    return sealed;
  }

  /**
   * @param id - 16 bytes
   * @returns a view of the plaintext; the caller owns all of its buffer
   * @throws RECORD_DAMAGED when it was not sealed for this place, or by a term that is gone
   */
  open(keyspaceByte: number, id: Uint8Array, sealed: Uint8Array): Uint8Array {
    const key = this.#keys.get(termOfSealed(sealed));
    if (key === undefined) throw new KeepsakeError("RECORD_DAMAGED");
    return unpad(openRecord(key.bytes, this.#identity(keyspaceByte, id), sealed));
  }

  wipe(): void {
    for (const key of this.#keys.values()) key.wipe();
    this.#keys.clear();
  }

  #identity(keyspaceByte: number, id: Uint8Array) {
    return {
      vaultId: this.#vaultId,
      generation: this.generation,
      keyspace: keyspaceByte,
      recordId: id,
      schemaVersion: SCHEMA_VERSION,
    };
  }
}

/**
 * Random bytes drawn many at a time, for nonces: asking the generator for each 12 bytes costs as much as sealing a record.
 * Bytes are handed out once and wiped behind. Not for keys, which must not pass through arrays of the heap.
 */
function poolRandomness(source: Randomness): Randomness {
  let pool: Uint8Array = new Uint8Array(0);
  let used = 0;
  return {
    bytes: (length) => {
      if (used + length > pool.length) {
        pool = source.bytes(POOL_BYTES);
        used = 0;
      }
      const drawn = pool.slice(used, used + length);
      pool.fill(0, used, used + length);
      used += length;
      return drawn;
    },
  };
}
