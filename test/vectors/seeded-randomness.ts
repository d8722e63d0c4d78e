/** Randomness that can be made again: the bytes of SHA-256(seed ‖ counter) one after another. For tests only. */
import { uint32, utf8, concatBytes } from "../../src/base/bytes.ts";
import { sha256 } from "../../src/crypto/hmac.ts";
import type { Randomness } from "../../src/crypto/random.ts";

export function seededRandomness(seed: string): Randomness {
  let counter = 0;
  let rest: Uint8Array = new Uint8Array(0);
  return {
    bytes: (length) => {
      while (rest.length < length) {
        rest = concatBytes(rest, sha256(concatBytes(utf8(seed), uint32(counter))));
        counter += 1;
      }
      const taken = rest.slice(0, length);
      rest = rest.slice(length);
      return taken;
    },
  };
}
