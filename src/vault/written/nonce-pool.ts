/**
 * Random bytes drawn many at a time, for nonces: asking the generator for each 12 bytes costs as much as sealing a record.
 * Bytes are handed out once and wiped behind. Not for keys, which must not pass through arrays of the heap.
 */
import type { Randomness } from "../../crypto/random.ts";

const POOL_BYTES = 3 << 10;

export function poolRandomness(source: Randomness): Randomness {
  let pool: Uint8Array = new Uint8Array(0);
  let used = 0;
  return {
    bytes: (length) => {
      if (length > POOL_BYTES) return source.bytes(length);
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
