import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeParts, equalBytes, toHex, uint32, utf8 } from "../../src/base/bytes.ts";
import { systemRandomness } from "../../src/crypto/random.ts";
import type { RecordIdentity } from "../../src/crypto/record-seal.ts";
import {
  openRecord,
  RECORD_OVERHEAD_BYTES,
  recordAssociatedData,
  sealRecord,
  tagOfSealed,
  termOfSealed,
} from "../../src/crypto/record-seal.ts";
import { thrownCode } from "./support.ts";

const key = new Uint8Array(32).fill(3);
const identity: RecordIdentity = {
  vaultId: new Uint8Array(16).fill(1),
  generation: 1,
  keyspace: 0x10,
  recordId: new Uint8Array(16).fill(2),
  schemaVersion: 1,
};
const plaintext = utf8("what was said");

const uint32s = fc.nat({ max: 0xffff_ffff });
const identities = fc.record({
  vaultId: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  generation: uint32s,
  keyspace: fc.nat({ max: 255 }),
  recordId: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  schemaVersion: uint32s,
});

function sealed(): Uint8Array {
  return sealRecord(key, identity, 7, plaintext, systemRandomness);
}

describe("a sealed record", () => {
  test("is version, term, nonce, ciphertext and tag: 33 bytes more than its plaintext", () => {
    const nonce = new Uint8Array(12).fill(0xaa);
    const bytes = sealRecord(key, identity, 0x0102_0304, plaintext, { bytes: () => nonce });
    expect(RECORD_OVERHEAD_BYTES).toBe(33);
    expect(bytes).toHaveLength(plaintext.length + 33);
    expect(toHex(bytes.subarray(0, 17))).toBe(`0101020304${"aa".repeat(12)}`);
    expect(termOfSealed(bytes)).toBe(0x0102_0304);
    expect(tagOfSealed(bytes)).toEqual(bytes.slice(-16));
  });

  test("opens where it was sealed", () => {
    fc.assert(
      fc.property(identities, uint32s, fc.uint8Array({ maxLength: 2_000 }), (where, term, text) => {
        const bytes = sealRecord(key, where, term, text, systemRandomness);
        expect(openRecord(key, where, bytes)).toEqual(text);
      }),
    );
  });

  test("opens nowhere else", () => {
    fc.assert(
      fc.property(identities, identities, (where, elsewhere) => {
        const bytes = sealRecord(key, where, 1, plaintext, systemRandomness);
        fc.pre(!equalBytes(recordAssociatedData(where, 1), recordAssociatedData(elsewhere, 1)));
        expect(thrownCode(() => openRecord(key, elsewhere, bytes))).toBe("RECORD_DAMAGED");
      }),
    );
  });

  test.each([
    { vaultId: new Uint8Array(16).fill(9) },
    { generation: 2 },
    { keyspace: 0x11 },
    { recordId: new Uint8Array(16).fill(9) },
    { schemaVersion: 2 },
  ])("does not open when one thing of its identity differs: %o", (difference) => {
    const elsewhere = { ...identity, ...difference };
    expect(thrownCode(() => openRecord(key, elsewhere, sealed()))).toBe("RECORD_DAMAGED");
  });

  test("does not open with any bit flipped", () => {
    const bytes = sealed();
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = bytes.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(
        thrownCode(() => openRecord(key, identity, flipped)),
        `bit ${bit}`,
      ).toBe("RECORD_DAMAGED");
    }
  });

  test("does not open cut, grown or empty", () => {
    const bytes = sealed();
    for (let length = 0; length < bytes.length; length += 1) {
      const cut = bytes.subarray(0, length);
      expect(
        thrownCode(() => openRecord(key, identity, cut)),
        `${length} bytes`,
      ).toBe("RECORD_DAMAGED");
    }
    const grown = new Uint8Array(bytes.length + 1);
    grown.set(bytes);
    expect(thrownCode(() => openRecord(key, identity, grown))).toBe("RECORD_DAMAGED");
    expect(thrownCode(() => tagOfSealed(bytes.subarray(0, 32)))).toBe("RECORD_DAMAGED");
  });

  test("does not open with another key", () => {
    const other = new Uint8Array(32).fill(4);
    expect(thrownCode(() => openRecord(other, identity, sealed()))).toBe("RECORD_DAMAGED");
  });
});

describe("the associated data of a record", () => {
  test("differs whenever anything in it does", () => {
    fc.assert(
      fc.property(identities, uint32s, identities, uint32s, (one, term, other, otherTerm) => {
        const isSame =
          term === otherTerm &&
          equalBytes(one.vaultId, other.vaultId) &&
          equalBytes(one.recordId, other.recordId) &&
          one.generation === other.generation &&
          one.keyspace === other.keyspace &&
          one.schemaVersion === other.schemaVersion;
        const isSameBytes = equalBytes(
          recordAssociatedData(one, term),
          recordAssociatedData(other, otherTerm),
        );
        expect(isSameBytes).toBe(isSame);
      }),
    );
  });

  test("is the parts of its identity as every other list of parts is encoded", () => {
    fc.assert(
      fc.property(identities, uint32s, (where, term) => {
        const { vaultId, generation, keyspace, recordId, schemaVersion } = where;
        const numbers = [uint32(generation), Uint8Array.of(keyspace), uint32(schemaVersion)] as const;
        const parts = [vaultId, numbers[0], numbers[1], recordId, numbers[2], uint32(term)];
        expect(recordAssociatedData(where, term)).toEqual(encodeParts(utf8("keepsake/record/v1"), ...parts));
      }),
    );
  });

  test("puts every part behind its length, so no byte can move from one part to the next", () => {
    const moved = { ...identity, vaultId: new Uint8Array(17).fill(1), recordId: new Uint8Array(15).fill(2) };
    expect(recordAssociatedData(moved, 7)).not.toEqual(recordAssociatedData(identity, 7));
  });
});
