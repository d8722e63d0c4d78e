/** What each key of a vault is derived from and for: with any other, a vault of before does not open. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeParts, toHex, utf8 } from "../../../src/base/bytes.ts";
import { parseRecordId, RECORD_ID_BYTES } from "../../../src/base/record-id.ts";
import type { Secret } from "../../../src/base/secret.ts";
import { deriveKey } from "../../../src/crypto/hkdf.ts";
import { hmacSha256 } from "../../../src/crypto/hmac.ts";
import { deriveTermKey } from "../../../src/vault/written/vault-keys.ts";
import { VaultHome } from "../support/vault-home.ts";

let home: VaultHome;

beforeEach(async () => {
  home = await VaultHome.make();
});
afterEach(async () => {
  await home.remove();
});

const hex = (key: Secret) => toHex(key.bytes);

describe("the keys of a vault", () => {
  it("come from its identity key, each for a purpose of its own", async () => {
    const { vault } = await home.create();
    const { keys, keyring } = vault.state;
    const identity = keyring.identityKey;
    expect(Object.entries(keys).map(([name, key]) => [name, hex(key)])).toEqual([
      ["recordId", hex(deriveKey(identity, "record-id"))],
      ["journal", hex(deriveKey(identity, "record-id", utf8("journal")))],
      ["checkpoint", hex(deriveKey(identity, "record-id", utf8("checkpoint")))],
      ["headHash", hex(deriveKey(identity, "head-hash"))],
    ]);
  });

  it("seal records with what comes from the data key of the term", async () => {
    const { vault } = await home.create();
    const dataKey = vault.state.keyring.dataKey(1)!;
    const { term, key } = deriveTermKey(1, dataKey);
    expect([term, hex(key)]).toEqual([1, hex(deriveKey(dataKey, "record-seal"))]);
  });

  it("give the ids and MACs of names", async () => {
    const { vault } = await home.create();
    const { keys, keyring } = vault.state;
    const id = vault.deriveId(utf8("session"), utf8("message"));
    const name = encodeParts(utf8("session"), utf8("message"));
    const expected = hmacSha256(keys.recordId.bytes, name).slice(0, RECORD_ID_BYTES);
    expect(toHex(parseRecordId(id))).toBe(toHex(expected));
    const key = deriveKey(keyring.identityKey, "named-mac", utf8("purpose"));
    const mac = vault.mac("purpose", utf8("bytes"));
    expect(toHex(mac)).toBe(toHex(hmacSha256(key.bytes, utf8("bytes"))));
  });
});
