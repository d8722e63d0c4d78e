import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MIN_PADDED_BYTES, pad, paddedLength, unpad } from "../../src/crypto/padding.ts";
import { thrownCode } from "./support.ts";

describe("padding", () => {
  test("comes off again", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5_000 }), (plaintext) => {
        expect(unpad(pad(plaintext))).toEqual(plaintext);
      }),
    );
  });

  test("adds at most 12 % above the least bucket", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1 << 30 }), (length) => {
        const padded = paddedLength(length);
        expect(padded).toBeGreaterThanOrEqual(Math.max(length + 4, MIN_PADDED_BYTES));
        expect(padded).toBeLessThanOrEqual(Math.max((length + 4) * 1.12, MIN_PADDED_BYTES));
      }),
    );
  });

  test("never makes a longer plaintext shorter, and has few buckets", () => {
    const buckets = new Set<number>();
    for (let length = 0, before = 0; length <= 70_000; length += 1) {
      const padded = paddedLength(length);
      expect(padded).toBeGreaterThanOrEqual(before);
      before = padded;
      buckets.add(padded);
    }
    expect(buckets.size).toBeLessThan(160);
  });

  test.each([
    [0, 256],
    [252, 256],
    [253, 272],
    [268, 272],
    [269, 288],
    [1_020, 1_024],
    [1_021, 1_088],
    [65_532, 65_536],
    [65_533, 67_584],
  ])("puts %i bytes into a bucket of %i", (length, bucket) => {
    expect(pad(new Uint8Array(length))).toHaveLength(bucket);
  });

  test("is refused when a byte of it is not zero", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 600 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (plaintext, where, change) => {
          const padded = pad(plaintext);
          const room = padded.length - 4 - plaintext.length;
          fc.pre(room > 0);
          const at = 4 + plaintext.length + (where % room);
          padded[at] = change;
          expect(thrownCode(() => unpad(padded))).toBe("RECORD_DAMAGED");
        },
      ),
    );
  });

  test("is refused when it is not whole", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 600 }),
        fc.integer({ min: -300, max: 300 }),
        (plaintext, difference) => {
          fc.pre(difference !== 0);
          const padded = pad(plaintext);
          const resized = new Uint8Array(Math.max(0, padded.length + difference));
          resized.set(padded.subarray(0, resized.length));
          expect(thrownCode(() => unpad(resized))).toBe("RECORD_DAMAGED");
        },
      ),
    );
  });

  test("is refused when the length names another bucket or more than there is", () => {
    for (const prefix of [
      [0, 0, 1, 0],
      [255, 255, 255, 255],
      [0, 0, 0, 253],
    ]) {
      const padded = pad(new Uint8Array(10));
      padded.set(prefix);
      expect(thrownCode(() => unpad(padded))).toBe("RECORD_DAMAGED");
    }
  });
});
