/** Formats of the crypto layer. */
import { toHex, utf8 } from "../../src/base/bytes.ts";
import { Secret } from "../../src/base/secret.ts";
import type { KeyPurpose } from "../../src/crypto/hkdf.ts";
import { deriveKey } from "../../src/crypto/hkdf.ts";
import { hpkeSeal } from "../../src/crypto/hpke.ts";
import { MultisetHash } from "../../src/crypto/multiset-hash.ts";
import { pad } from "../../src/crypto/padding.ts";
import { sealRecord } from "../../src/crypto/record-seal.ts";
import { newX25519KeyPair } from "../../src/crypto/x25519.ts";
import type { VectorFormat } from "./formats.ts";
import { seededRandomness } from "./seeded-randomness.ts";

/** Every purpose there is: one that is missing here does not compile. */
const PURPOSES: Readonly<Record<KeyPurpose, true>> = {
  "slot-wrap": true,
  "keyring-mac": true,
  "anchor-mac": true,
  "data-key-wrap": true,
  "identity-key-wrap": true,
  "inbox-key-wrap": true,
  "record-seal": true,
  "backup-seal": true,
  "record-id": true,
  "head-hash": true,
  "named-mac": true,
};

export const CRYPTO_FORMATS: readonly VectorFormat[] = [
  {
    name: "derived-key",
    make: () => {
      const key = seededRandomness("derived-key").bytes(32);
      const context = utf8("a context");
      const derived = Object.keys(PURPOSES).map((purpose) => [
        purpose,
        {
          bare: toHex(deriveKey(new Secret(key.slice()), purpose as KeyPurpose).bytes),
          inContext: toHex(deriveKey(new Secret(key.slice()), purpose as KeyPurpose, context).bytes),
        },
      ]);
      return { key: toHex(key), context: toHex(context), derived: Object.fromEntries(derived) };
    },
  },
  {
    name: "sealed-record",
    make: () => {
      const random = seededRandomness("sealed-record");
      const key = random.bytes(32);
      const identity = {
        vaultId: random.bytes(16),
        generation: 3,
        keyspace: 0x6d,
        recordId: random.bytes(16),
        schemaVersion: 1,
      };
      const plaintext = utf8("what was said");
      const sealed = sealRecord(key, identity, 7, plaintext, random);
      return {
        key: toHex(key),
        identity: { ...identity, vaultId: toHex(identity.vaultId), recordId: toHex(identity.recordId) },
        term: 7,
        plaintext: toHex(plaintext),
        sealed: toHex(sealed),
      };
    },
  },
  {
    name: "padding",
    make: () =>
      [0, 1, 252, 253, 1_000, 5_000].map((length) => {
        const padded = pad(new Uint8Array(length).fill(0xab));
        return { length, paddedLength: padded.length, start: toHex(padded.subarray(0, 8)) };
      }),
  },
  {
    name: "multiset-hash",
    make: () => {
      const key = seededRandomness("multiset-hash").bytes(32);
      const elements = ["one", "two", "two", "three"];
      const hash = new MultisetHash(key);
      const digests = elements.map((element) => {
        hash.add(utf8(element));
        return toHex(hash.digest());
      });
      return { key: toHex(key), elements, digests };
    },
  },
  {
    name: "hpke",
    make: () => {
      const random = seededRandomness("hpke");
      const { publicKey, privateKey } = newX25519KeyPair(random);
      const [info, plaintext, associatedData] = [utf8("an info"), utf8("what was said"), utf8("a place")];
      const sealed = hpkeSeal(publicKey, info, plaintext, associatedData, random);
      return {
        publicKey: toHex(publicKey),
        privateKey: toHex(privateKey.bytes),
        info: toHex(info),
        plaintext: toHex(plaintext),
        associatedData: toHex(associatedData),
        sealed: toHex(sealed),
      };
    },
  },
];
