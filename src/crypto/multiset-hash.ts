/**
 * A keyed hash of a multiset, updated one element at a time in any order: the sum modulo 2^256 of HMAC-SHA256(key, element).
 * Source: Clarke et al., "Incremental Multiset Hash Functions and Their Application to Memory Integrity Checking", 2003,
 * MSet-Add-Hash. The random mask and the count of that construction are left out: the sum is only ever kept inside a
 * sealed record, next to the count.
 */
import { hmacSha256, SHA256_BYTES } from "./hmac.ts";

const LIMBS = SHA256_BYTES / 4;

/** The running hash. The key belongs to the caller and must outlive this. */
export class MultisetHash {
  readonly #key: Uint8Array;
  /** The sum as 8 limbs of 32 bits, most significant first. */
  readonly #sum: Uint32Array;

  /**
   * @param key - 32 bytes, used for nothing else
   * @param digest - 32 bytes to go on from; the empty multiset when absent
   */
  constructor(key: Uint8Array, digest: Uint8Array = new Uint8Array(SHA256_BYTES)) {
    if (digest.length !== SHA256_BYTES) throw new TypeError("a multiset hash has 32 bytes");
    this.#key = key;
    this.#sum = limbs(digest);
  }

  /** Counts `element` once more. */
  add(element: Uint8Array): void {
    const term = limbs(hmacSha256(this.#key, element));
    let carry = 0;
    for (let index = LIMBS - 1; index >= 0; index -= 1) {
      const total = this.#sum[index]! + term[index]! + carry;
      this.#sum[index] = total;
      carry = total > 0xffff_ffff ? 1 : 0;
    }
  }

  /** Counts `element` once less; undoes one `add`. */
  remove(element: Uint8Array): void {
    const term = limbs(hmacSha256(this.#key, element));
    let borrow = 0;
    for (let index = LIMBS - 1; index >= 0; index -= 1) {
      const total = this.#sum[index]! - term[index]! - borrow;
      this.#sum[index] = total;
      borrow = total < 0 ? 1 : 0;
    }
  }

  /** 32 bytes, big-endian; equal for equal multisets. */
  digest(): Uint8Array {
    const bytes = new Uint8Array(SHA256_BYTES);
    const view = new DataView(bytes.buffer);
    this.#sum.forEach((limb, index) => {
      view.setUint32(index * 4, limb);
    });
    return bytes;
  }

  /** An independent copy, for a change that may yet fail. */
  clone(): MultisetHash {
    return new MultisetHash(this.#key, this.digest());
  }
}

function limbs(digest: Uint8Array): Uint32Array {
  const view = new DataView(digest.buffer, digest.byteOffset, SHA256_BYTES);
  const words = new Uint32Array(LIMBS);
  for (let index = 0; index < LIMBS; index += 1) words[index] = view.getUint32(index * 4);
  return words;
}
