/**
 * The keyring of an open vault: the keys themselves, and how they change.
 *
 * Besides the data keys it holds an identity key: 32 random bytes, made once with the vault and kept through every rotation.
 * The vault derives from it the ids of captured turns, the key of the head's hash and the MACs of idempotency keys. Were
 * they derived from a data key, a turn captured again after a purge would get another id and be stored twice.
 */
import type { Clock } from "../base/clock.ts";
import { Secret } from "../base/secret.ts";
import { Turns } from "../base/turns/turns.ts";
import { KEY_BYTES } from "../crypto/hkdf.ts";
import type { Randomness } from "../crypto/random.ts";
import type { X25519KeyPair, X25519Private } from "../crypto/x25519.ts";
import { importX25519 } from "../crypto/x25519.ts";
import type { KeyringContent, StoredKeyring, StoredSlot } from "./keyring-format.ts";
import type { KeyringKeys } from "./keyring-wraps.ts";
import { newInboxPair, pairsAfter, sealKeyring, secretsOf, unsealKeyring } from "./keyring-wraps.ts";

/** A data key that is not in the keyring yet; whoever drafted it wipes it unless a change takes it in. */
export interface DataKeyDraft {
  readonly term: number;
  readonly key: Secret;
}

/** What one change of the keyring does, all of it or nothing. The keyring takes over every secret in it. */
export interface KeyringChange {
  readonly slots?: readonly StoredSlot[];
  /** Number of the live generation. */
  readonly generation?: number;
  /** Becomes the active data key; the others open from now on, and no longer seal. */
  readonly newDataKey?: DataKeyDraft;
  /** Terms whose keys are forgotten. */
  readonly dropTerms?: readonly number[];
  /** A new master key. `slots` must then be given and wrap it: the present ones wrap the present key. */
  readonly masterKey?: Secret;
  /** A new key pair of the inbox, of the next epoch; what was sealed to the pairs before does not open any more… */
  readonly inbox?: X25519KeyPair;
  /** …unless the one it replaces is kept for that, until a change drops it. */
  readonly retiredInbox?: "kept" | "dropped";
  /** The next epoch is higher than this one as well. */
  readonly epochAbove?: number;
}

/** Whoever has to know of every change of the keyring before it is acknowledged. */
export interface KeyringWitness {
  /** @throws when a change could not be put on record now; the keyring stays as it is then */
  check(): void;
  /** Resolves once it is on record, and durable, that the keyring has come to its present epoch. */
  record(): Promise<void>;
}

/** Where the keyring is written; see `KeyringFile`. */
interface KeyringStorage {
  replace(next: Uint8Array, previous: Uint8Array | undefined): Promise<{ readonly mirrored: boolean }>;
}

export interface KeyringMeans {
  readonly file: KeyringStorage;
  readonly clock: Clock;
  readonly randomness: Randomness;
}

/** The keys of an open vault. `wipe` ends its life; every `Secret` it hands out is its own and dies with it. */
export class Keyring {
  readonly #means: KeyringMeans;
  #keys: KeyringKeys;
  #stored: StoredKeyring;
  readonly #imported = new Map<number, X25519Private>();
  #isMirrored = true;
  #witness: KeyringWitness | undefined;
  readonly #changes = new Turns();

  private constructor(keys: KeyringKeys, stored: StoredKeyring, means: KeyringMeans) {
    this.#keys = keys;
    this.#stored = stored;
    this.#means = means;
  }

  /**
   * Makes and writes the keyring of a new vault: epoch 1, generation 1, one data key of term 1.
   *
   * @param vaultId - 16 random bytes
   * @param masterKey - 32 random bytes, which `slots` wrap; the keyring takes it over
   * @throws UNSAFE_PATH, DISK_FULL, WRITE_FAILED; every key is wiped then
   */
  static async create(
    vaultId: Uint8Array,
    masterKey: Secret,
    slots: readonly StoredSlot[],
    means: KeyringMeans,
  ): Promise<Keyring> {
    const { clock, randomness } = means;
    const keys = {
      master: masterKey,
      data: new Map([[1, { key: newKey(randomness), created: clock.now() }]]),
      identity: newKey(randomness),
      inbox: newInboxPair(randomness),
      retiredInbox: undefined,
    };
    const keyring = new Keyring(
      keys,
      sealKeyring({ vaultId, epoch: 1, generation: 1, slots }, keys, randomness),
      means,
    );
    try {
      const { mirrored } = await means.file.replace(keyring.#stored.bytes, undefined);
      keyring.#isMirrored = mirrored;
      return keyring;
    } catch (error) {
      keyring.wipe();
      throw error;
    }
  }

  /**
   * Opens a stored keyring with the master key that one of its slots gave.
   *
   * @param masterKey - the keyring takes it over; wiped when this throws
   * @throws KEYRING_TAMPERED when the MAC does not hold: a slot removed, a cost lowered, a public key swapped…
   */
  static open(stored: StoredKeyring, masterKey: Secret, means: KeyringMeans): Keyring {
    try {
      return new Keyring(unsealKeyring(stored, masterKey), stored, means);
    } catch (error) {
      masterKey.wipe();
      throw error;
    }
  }

  /** What is stored: slots, epoch, generation, public key. Holds no key in clear. */
  get content(): KeyringContent {
    return this.#stored.content;
  }

  get masterKey(): Secret {
    return this.#keys.master;
  }

  get identityKey(): Secret {
    return this.#keys.identity;
  }

  /** The private key of the inbox that opens what is of an epoch; undefined when the keyring holds none (any more). */
  inboxKey(epoch: number): X25519Private | undefined {
    const pair = [this.#keys.inbox, this.#keys.retiredInbox].find((each) => each?.epoch === epoch);
    if (pair === undefined) return undefined;
    const imported = this.#imported.get(epoch) ?? importX25519(pair.privateKey);
    this.#imported.set(epoch, imported);
    return imported;
  }

  /** Term of the data key that seals. */
  get activeTerm(): number {
    return Math.max(...this.#keys.data.keys());
  }

  /** The data key of a term; undefined when the keyring does not hold it (any more). */
  dataKey(term: number): Secret | undefined {
    return this.#keys.data.get(term)?.key;
  }

  /** A fresh data key for the next term, for `KeyringChange.newDataKey`. */
  draftDataKey(): DataKeyDraft {
    return { term: this.activeTerm + 1, key: newKey(this.#means.randomness) };
  }

  /** From now on every `update` is put on record with this witness before it resolves. */
  witnessedBy(witness: KeyringWitness): void {
    this.#witness = witness;
  }

  /**
   * Changes the keyring on disk, then in memory, and has its witness record that; changes wait for one another. When the disk
   * refuses the keyring, it stays as it was and the secrets of the change are the caller's again. Not to be called where
   * the witness cannot write: inside a commit, or between two.
   *
   * @param change - makes the change from what is in effect when its turn comes; undefined for none
   * @returns whether both copies hold it. If not, keyring.a still has what was before, dropped keys included, until the next
   *   change (an empty one will do) or the next unlock
   * @throws UNSAFE_PATH, DISK_FULL, WRITE_FAILED, and whatever `change` and the witness throw
   */
  async update(
    change: (content: KeyringContent) => KeyringChange | undefined,
  ): Promise<{ readonly mirrored: boolean }> {
    this.#witness?.check();
    const changed = await this.updateUnwitnessed(change);
    await this.#witness?.record();
    return changed;
  }

  /**
   * The same for whoever puts the new epoch on record in person, before or after, and acknowledges nothing until then.
   *
   * @throws UNSAFE_PATH, DISK_FULL, WRITE_FAILED, and whatever `change` throws
   */
  updateUnwitnessed(
    change: (content: KeyringContent) => KeyringChange | undefined,
  ): Promise<{ readonly mirrored: boolean }> {
    return this.#changes.run(async () => this.#apply(change(this.content)));
  }

  /** Overwrites every key. Safe to call twice. */
  wipe(): void {
    for (const secret of secretsOf(this.#keys)) secret.wipe();
    this.#imported.clear();
  }

  async #apply(change: KeyringChange | undefined): Promise<{ readonly mirrored: boolean }> {
    if (change === undefined) return { mirrored: this.#isMirrored };
    const { vaultId, epoch, ...present } = this.content;
    if (change.masterKey !== undefined && change.slots === undefined) {
      throw new TypeError("a new master key needs slots that wrap it");
    }
    const { slots = present.slots, generation = present.generation } = change;
    const keys = this.#keysAfter(change);
    const facts = { vaultId, epoch: Math.max(epoch, change.epochAbove ?? 0) + 1, generation, slots };
    const stored = sealKeyring(facts, keys, this.#means.randomness);
    const { mirrored } = await this.#means.file.replace(stored.bytes, this.#stored.bytes);
    const kept = new Set(secretsOf(keys));
    for (const secret of secretsOf(this.#keys)) if (!kept.has(secret)) secret.wipe();
    this.#keys = keys;
    this.#imported.clear();
    this.#stored = stored;
    this.#isMirrored = mirrored;
    return { mirrored };
  }

  #keysAfter(change: KeyringChange): KeyringKeys {
    const { newDataKey, dropTerms = [] } = change;
    const active = this.activeTerm;
    const data = new Map(this.#keys.data);
    if (newDataKey !== undefined) {
      if (newDataKey.term <= active) throw new TypeError("terms only go up");
      data.set(newDataKey.term, { key: newDataKey.key, created: this.#means.clock.now() });
    } else if (dropTerms.includes(active)) {
      throw new TypeError("the active data key can only be dropped for a new one");
    }
    for (const term of dropTerms) data.delete(term);
    return {
      master: change.masterKey ?? this.#keys.master,
      data,
      identity: this.#keys.identity,
      ...pairsAfter(this.#keys, change.inbox, change.retiredInbox),
    };
  }
}

function newKey(randomness: Randomness): Secret {
  return new Secret(randomness.bytes(KEY_BYTES));
}
