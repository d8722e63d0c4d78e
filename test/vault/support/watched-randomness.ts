/** Real randomness that remembers the keys it gave: whoever draws one owns its array, and wipes it. */
import type { Randomness } from "../../../src/crypto/random.ts";
import { systemRandomness } from "../../../src/crypto/random.ts";

const KEY_BYTES = 32;

export class WatchedRandomness implements Randomness {
  #keys: Uint8Array[] = [];

  bytes(length: number): Uint8Array {
    const drawn = systemRandomness.bytes(length);
    if (length === KEY_BYTES) this.#keys.push(drawn);
    return drawn;
  }

  /** Runs `work`. @returns for every key drawn meanwhile whether it is wiped, in order */
  async wiped(work: () => Promise<unknown>): Promise<readonly boolean[]> {
    this.#keys = [];
    await work();
    return this.#keys.map((key) => key.every((byte) => byte === 0));
  }
}
