import { describe, expect, test } from "vitest";
import { KeepsakeError } from "../../src/base/errors.ts";
import { Secret } from "../../src/base/secret.ts";
import { systemRandomness } from "../../src/crypto/random.ts";
import type { Keychain } from "../../src/keys/keychain.ts";
import {
  createKeychainSlot,
  forgetKeychainSlot,
  keychainAccount,
  openKeychainSlot,
} from "../../src/keys/keychain-slot.ts";
import { createPassphraseSlot, openSecretSlot } from "../../src/keys/slots.ts";
import { rejectedCode } from "../crypto/support.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { cheapest, codeAndMessage, NOW, PASSPHRASE, quickKdf, secretOf, VAULT_ID } from "./support.ts";

const masterKey = () => new Secret(new Uint8Array(32).fill(0x11));
const making = {
  vaultId: VAULT_ID,
  masterKey: masterKey(),
  label: "desk",
  clock: new FakeClock(NOW),
  randomness: systemRandomness,
};

function keychain(): Keychain & { entries: Map<string, Uint8Array>; given: Secret[] } {
  const entries = new Map<string, Uint8Array>();
  const given: Secret[] = [];
  return {
    entries,
    given,
    get: async (account) => {
      const bytes = entries.get(account);
      if (bytes === undefined) return undefined;
      const secret = new Secret(bytes.slice());
      given.push(secret);
      return secret;
    },
    set: async (account, secret) => {
      entries.set(account, secret.bytes.slice());
      given.push(secret);
    },
    remove: async (account) => entries.delete(account),
  };
}

const unavailable = () => Promise.reject(new KeepsakeError("KEYCHAIN_UNAVAILABLE", "the keychain is locked"));

describe("a keychain slot", () => {
  test("opens by what the keychain holds: a random secret that is no key of the vault", async () => {
    const store = keychain();
    const slot = await createKeychainSlot(making, store);
    expect(slot).toMatchObject({ kind: "keychain", label: "desk" });
    expect([...store.entries.keys()]).toEqual([`${"42".repeat(16)}.${slot.id}`]);
    const [held] = store.entries.values();
    expect(held).toHaveLength(32);
    expect(held).not.toEqual(masterKey().bytes);
    const opened = await openKeychainSlot([slot], VAULT_ID, store);
    expect(opened.masterKey.bytes).toEqual(masterKey().bytes);
    expect(opened.slot).toBe(slot);
    expect(store.given.every(({ isWiped }) => isWiped)).toBe(true);
  });

  test("is not made with a keychain that loses or changes what it is given", async () => {
    const losing = { ...keychain(), set: async () => undefined };
    const changing = { ...keychain(), get: async () => new Secret(new Uint8Array(32)) };
    for (const bad of [losing, changing]) {
      expect(await codeAndMessage(createKeychainSlot(making, bad))).toEqual([
        "KEYCHAIN_UNAVAILABLE",
        "the keychain does not keep what it is given",
      ]);
    }
  });

  test("is not made with a keychain that is locked", async () => {
    expect(await rejectedCode(createKeychainSlot(making, { ...keychain(), set: unavailable }))).toBe(
      "KEYCHAIN_UNAVAILABLE",
    );
  });

  test("does not open without its entry, with another's, or with a locked keychain", async () => {
    const store = keychain();
    const slot = await createKeychainSlot(making, store);
    expect(await codeAndMessage(openKeychainSlot([slot], VAULT_ID, keychain()))).toEqual([
      "KEYCHAIN_UNAVAILABLE",
      "the keychain is locked or has no entry for this vault",
    ]);
    expect(await rejectedCode(openKeychainSlot([], VAULT_ID, store))).toBe("KEYCHAIN_UNAVAILABLE");
    expect(await rejectedCode(openKeychainSlot([slot], VAULT_ID, { ...store, get: unavailable }))).toBe(
      "KEYCHAIN_UNAVAILABLE",
    );
    store.entries.set(keychainAccount(VAULT_ID, slot.id), new Uint8Array(32));
    expect(await rejectedCode(openKeychainSlot([slot], VAULT_ID, store))).toBe("WRONG_PASSPHRASE");
  });

  test("is found among others, some of them without an entry or with a wrong one", async () => {
    const store = keychain();
    const [lost, wrong, right] = [
      await createKeychainSlot(making, store),
      await createKeychainSlot(making, store),
      await createKeychainSlot(making, store),
    ];
    const passphrase = await createPassphraseSlot(making, secretOf(PASSPHRASE), cheapest, quickKdf());
    store.entries.delete(keychainAccount(VAULT_ID, lost.id));
    store.entries.set(keychainAccount(VAULT_ID, wrong.id), new Uint8Array(32));
    const asked: string[] = [];
    const get = (account: string) => {
      asked.push(account);
      return store.get(account);
    };
    const opened = await openKeychainSlot([passphrase, lost, wrong, right], VAULT_ID, { ...store, get });
    expect(opened.slot).toBe(right);
    expect(asked).toEqual([lost, wrong, right].map(({ id }) => keychainAccount(VAULT_ID, id)));
  });

  test("passes on what has nothing to do with the secret", async () => {
    const store = keychain();
    const slot = await createKeychainSlot(making, store);
    const wiped = { ...store, get: async () => wipedSecret() };
    await expect(openKeychainSlot([slot], VAULT_ID, wiped)).rejects.toThrow("wiped");
  });

  test("can be forgotten, and a keychain that does not answer is no obstacle", async () => {
    const store = keychain();
    const slot = await createKeychainSlot(making, store);
    expect(await forgetKeychainSlot(slot, VAULT_ID, { ...store, remove: unavailable })).toBe(false);
    expect(store.entries.size).toBe(1);
    expect(await forgetKeychainSlot(slot, VAULT_ID, store)).toBe(true);
    expect(store.entries.size).toBe(0);
    expect(await forgetKeychainSlot(slot, VAULT_ID, store)).toBe(false);
    const broken = { ...store, remove: () => Promise.reject(new TypeError("a mistake")) };
    await expect(forgetKeychainSlot(slot, VAULT_ID, broken)).rejects.toThrow(TypeError);
  });

  test("is worth nothing in another vault", async () => {
    const store = keychain();
    const slot = await createKeychainSlot(making, store);
    const secret = new Secret([...store.entries.values()][0]!.slice());
    expect(() => openSecretSlot("keychain", [slot], new Uint8Array(16), secret)).toThrow(KeepsakeError);
  });
});

function wipedSecret(): Secret {
  const secret = new Secret(new Uint8Array(32));
  secret.wipe();
  return secret;
}
