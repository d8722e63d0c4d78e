/** What is known to be wrong with a vault's records while it is open. */
import { toHex } from "../../base/bytes.ts";
import { formatRecordId } from "../../base/record-id.ts";
import { idOfKey } from "../written/store-key.ts";
import type { Damage } from "../vault.ts";

/** Keys are keys of the store. */
export class DamageRegister {
  /** Live, and there is something in their place that does not authenticate or is not the newest version. */
  readonly #unreadable = new Map<string, Uint8Array>();
  /** Live, and nothing is in their place. */
  readonly #missing = new Map<string, Uint8Array>();
  /** In the store, and should not be: removed once and back again, or never written by this vault. */
  readonly #extra = new Map<string, Uint8Array>();
  /** Live records the head counts beyond those that anything else knows of; negative when there are more. */
  #unnamedMissing = 0;
  /** Whether records differ from what the head says without it being known which. */
  #isUnexplained = false;

  noteUnreadable(key: Uint8Array): void {
    this.clear(key);
    this.#unreadable.set(toHex(key), key);
  }

  noteMissing(key: Uint8Array): void {
    this.clear(key);
    this.#missing.set(toHex(key), key);
  }

  noteExtra(key: Uint8Array): void {
    this.clear(key);
    this.#extra.set(toHex(key), key);
  }

  noteUnexplained(unnamedMissing: number): void {
    this.#unnamedMissing = unnamedMissing;
    this.#isUnexplained = true;
  }

  /** The record was read as it should be, written anew or removed. */
  clear(key: Uint8Array): void {
    if (this.#unreadable.size + this.#missing.size + this.#extra.size === 0) return;
    const name = toHex(key);
    for (const keys of [this.#unreadable, this.#missing, this.#extra]) keys.delete(name);
  }

  has(key: Uint8Array): boolean {
    const name = toHex(key);
    return this.#unreadable.has(name) || this.#missing.has(name) || this.#extra.has(name);
  }

  /** Whether nothing is in its place. */
  isMissing(key: Uint8Array): boolean {
    return this.#missing.has(toHex(key));
  }

  get isUnexplained(): boolean {
    return this.#isUnexplained;
  }

  /** @param missingEntries - entries of the inbox that should be there and are not */
  report(missingEntries: number): Damage {
    const keys = [this.#unreadable, this.#missing, this.#extra].flatMap((each) => [...each.values()]);
    const ids = keys.map((key) => idOfKey(key)).filter((id) => id !== undefined);
    return {
      damaged: [...new Set(ids.map((id) => formatRecordId(id)))],
      missingCount: this.#missing.size - this.#extra.size + this.#unnamedMissing + missingEntries,
    };
  }
}
