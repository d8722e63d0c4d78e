import { describe, expect, test } from "vitest";
import { toHex, utf8 } from "../../src/base/bytes.ts";
import { systemClock } from "../../src/base/clock.ts";
import { Secret } from "../../src/base/secret.ts";
import { argon2id } from "../../src/crypto/argon2.ts";
import { hpkeOpen } from "../../src/crypto/hpke.ts";
import { systemRandomness } from "../../src/crypto/random.ts";
import { openRecord, termOfSealed } from "../../src/crypto/record-seal.ts";
import { KeyringFile } from "../../src/keys/keyring-file.ts";
import { Keyring } from "../../src/keys/keyring.ts";
import { decodeRecoveryKey } from "../../src/keys/recovery-key.ts";
import { openPassphraseSlot, openSecretSlot } from "../../src/keys/slots.ts";
import { UnlockGuard } from "../../src/keys/unlock-guard.ts";
import { importX25519 } from "../../src/crypto/x25519.ts";
import { unhex } from "../crypto/support.ts";
import hpke from "./hpke.json" with { type: "json" };
import keyring1 from "./keyring.json" with { type: "json" };
import keyring2 from "./keyring-2.json" with { type: "json" };
import recoveryKeys from "./recovery-key.json" with { type: "json" };
import record from "./sealed-record.json" with { type: "json" };
import failures from "./unlock-failures.json" with { type: "json" };

const secret = (hex: string) => new Secret(unhex(hex));

/** Files in memory, all with the same content. */
function files(text: string) {
  return { read: async () => utf8(text), replace: async () => undefined };
}

describe("what was frozen is still read", () => {
  test("a sealed record", () => {
    const { vaultId, recordId, ...rest } = record.identity;
    const identity = { ...rest, vaultId: unhex(vaultId), recordId: unhex(recordId) };
    expect(termOfSealed(unhex(record.sealed))).toBe(record.term);
    expect(toHex(openRecord(unhex(record.key), identity, unhex(record.sealed)))).toBe(record.plaintext);
  });

  test("a message to the inbox", () => {
    const { privateKey, info, sealed, associatedData, plaintext } = hpke;
    expect(hpkeOpen(importX25519(secret(privateKey)), unhex(info), unhex(sealed), unhex(associatedData))).toEqual(unhex(plaintext));
  });

  test("printed recovery keys", () => {
    for (const { key, printed } of recoveryKeys) {
      expect(toHex(decodeRecoveryKey(new Secret(utf8(printed))).bytes)).toBe(key);
    }
  });

  test.each([
    { frozenKeyring: keyring1, epoch: 2, inboxEpoch: 0, retired: undefined },
    { frozenKeyring: keyring2, epoch: 3, inboxEpoch: 2, retired: keyring2.retiredInboxPrivateKey },
  ])("a keyring, by passphrase, recovery key and keychain, with all its keys", async ({ frozenKeyring, epoch, inboxEpoch, retired }) => {
    const file = new KeyringFile("", files(frozenKeyring.file));
    const { stored } = (await file.read())!;
    const { slots, vaultId } = stored.content;
    const passphrase = new Secret(utf8(frozenKeyring.passphrase));
    const opened = [
      await openPassphraseSlot(slots, vaultId, passphrase, argon2id, systemClock),
      openSecretSlot("recovery", slots, vaultId, secret(frozenKeyring.recoveryKey)),
      openSecretSlot("keychain", slots, vaultId, secret(frozenKeyring.keychainSecret)),
    ];
    expect(opened.map(({ slot }) => slot.label)).toEqual(["mine", "paper", "desk"]);
    for (const { masterKey } of opened) {
      expect(toHex(masterKey.bytes)).toBe(frozenKeyring.masterKey);
      const keyring = Keyring.open(stored, masterKey, { file, clock: systemClock, randomness: systemRandomness });
      expect(keyring.content).toMatchObject({ epoch, generation: 2, inbox: { epoch: inboxEpoch } });
      expect(toHex(keyring.identityKey.bytes)).toBe(frozenKeyring.identityKey);
      const expected = importX25519(secret(frozenKeyring.inboxPrivateKey));
      expect(keyring.inboxKey(inboxEpoch)?.publicKey).toEqual(expected.publicKey);
      expect(keyring.inboxKey(1)?.publicKey).toEqual(retired && importX25519(secret(retired)).publicKey);
      for (const { term, key } of frozenKeyring.dataKeys) expect(toHex(keyring.dataKey(term)!.bytes)).toBe(key);
    }
  });

  test("the count of failures", async () => {
    const at = JSON.parse(failures.file).at;
    const clock = { now: () => at, monotonic: () => 0 };
    const guard = await UnlockGuard.load("", clock, { log: () => undefined }, files(failures.file));
    expect(guard.retryAfterMs()).toBe(100);
  });
});
