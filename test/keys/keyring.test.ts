import { describe, expect, test } from "vitest";
import { toHex } from "../../src/base/bytes.ts";
import { KeepsakeError } from "../../src/base/errors.ts";
import { Secret } from "../../src/base/secret.ts";
import { deriveKey } from "../../src/crypto/hkdf.ts";
import { hmacSha256 } from "../../src/crypto/hmac.ts";
import { systemRandomness } from "../../src/crypto/random.ts";
import { newX25519KeyPair } from "../../src/crypto/x25519.ts";
import { Keyring } from "../../src/keys/keyring.ts";
import { KeyringFile } from "../../src/keys/keyring-file.ts";
import type { KeyringContent } from "../../src/keys/keyring-format.ts";
import { decodeKeyring, encodeKeyring, keyringMessage } from "../../src/keys/keyring-format.ts";
import { unsealKeyring } from "../../src/keys/keyring-wraps.ts";
import { decodeRecoveryKey } from "../../src/keys/recovery-key.ts";
import { withoutSlot } from "../../src/keys/slot-list.ts";
import { createPassphraseSlot, openSecretSlot } from "../../src/keys/slots.ts";
import { rejectedCode, thrownCode } from "../crypto/support.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { cheapest, MemoryFiles, newTestKeyring, NOW, secretOf, unlock, VAULT_ID } from "./support.ts";

async function created() {
  const files = new MemoryFiles();
  return { files, ...(await newTestKeyring(files)) };
}

describe("a new keyring", () => {
  test("has epoch 1, generation 1 and one data key of term 1, and opens to the same keys", async () => {
    const { files, kdf, keyring } = await created();
    expect(keyring.content).toMatchObject({
      version: 2,
      vaultId: VAULT_ID,
      epoch: 1,
      generation: 1,
      dataKeys: [{ term: 1, created: NOW, state: "active" }],
    });
    const opened = (await unlock(files, kdf)).keyring;
    expect(await opened.update(() => undefined)).toEqual({ mirrored: true });
    expect(opened.masterKey.bytes).toEqual(keyring.masterKey.bytes);
    expect(opened.identityKey.bytes).toEqual(keyring.identityKey.bytes);
    expect(opened.dataKey(1)?.bytes).toEqual(keyring.dataKey(1)?.bytes);
    expect(keyring.content.inbox.epoch).toBe(1);
    expect(opened.inboxKey(1)?.publicKey).toEqual(keyring.content.inbox.publicKey);
    expect(opened.inboxKey(1)).toBe(opened.inboxKey(1));
    expect(opened.inboxKey(2)).toBeUndefined();
    expect(opened.activeTerm).toBe(1);
    expect(opened.dataKey(2)).toBeUndefined();
  });

  test("opens with the printed recovery key too", async () => {
    const { keyring, printed } = await created();
    const { slots, vaultId } = keyring.content;
    const opened = openSecretSlot("recovery", slots, vaultId, decodeRecoveryKey(printed));
    expect(opened.masterKey.bytes).toEqual(keyring.masterKey.bytes);
  });

  test("holds keys that are all different, none of them in the file", async () => {
    const { files, keyring, recoveryKey } = await created();
    const { inbox } = unsealKeyring(decodeKeyring(files.copy("a"))!, keyring.masterKey);
    const secrets = [
      keyring.masterKey,
      keyring.identityKey,
      keyring.dataKey(1)!,
      inbox.privateKey,
      recoveryKey,
    ].map(({ bytes }) => Buffer.from(bytes));
    expect(new Set(secrets.map((bytes) => bytes.toString("hex"))).size).toBe(5);
    const file = Buffer.from(files.copy("a"));
    for (const secret of secrets) {
      for (const spelling of ["hex", "base64", "latin1"] as const) {
        expect(file.includes(secret.toString(spelling).slice(0, 40))).toBe(false);
      }
    }
  });

  test("is wiped when it cannot be written", async () => {
    const files = new MemoryFiles();
    files.beforeReplace = () => {
      throw new KeepsakeError("DISK_FULL");
    };
    const masterKey = new Secret(systemRandomness.bytes(32));
    const { means, keyring } = await newTestKeyring();
    const file = new KeyringFile("/vault", files);
    const attempt = Keyring.create(VAULT_ID, masterKey, keyring.content.slots, { ...means, file });
    expect(await rejectedCode(attempt)).toBe("DISK_FULL");
    expect(masterKey.isWiped).toBe(true);
  });
});

describe("a keyring that was tampered with, its checksum made right", () => {
  const changes: Record<string, (content: KeyringContent) => KeyringContent> = {
    "a removed slot": (content) => ({ ...content, slots: content.slots.slice(0, 1) }),
    "a relabelled slot": (content) => ({
      ...content,
      slots: content.slots.map((slot) => ({ ...slot, label: "x" })),
    }),
    "a swapped inbox key": (content) => ({
      ...content,
      inbox: { ...content.inbox, publicKey: newX25519KeyPair(systemRandomness).publicKey },
    }),
    "another generation": (content) => ({ ...content, generation: 2 }),
    "another epoch": (content) => ({ ...content, epoch: 2 }),
    "another term": (content) => ({
      ...content,
      dataKeys: content.dataKeys.map((key) => ({ ...key, term: 2 })),
    }),
    "another data key": (content) => ({
      ...content,
      dataKeys: content.dataKeys.map((key) => ({ ...key, wrappedKey: new Uint8Array(60) })),
    }),
    "another identity key": (content) => ({ ...content, identityKey: new Uint8Array(60) }),
  };

  test.each(Object.entries(changes))("is noticed: %s", async (_, change) => {
    const { files, kdf, keyring } = await created();
    const { mac } = (await unlock(files, kdf)).found.stored;
    for (const copy of ["a", "b"] as const) files.set(copy, encodeKeyring(change(keyring.content), mac));
    expect(await rejectedCode(unlock(files, kdf))).toBe("KEYRING_TAMPERED");
  });

  test("is noticed: a lowered cost of another slot", async () => {
    const { files, kdf, keyring, making } = await created();
    const second = await createPassphraseSlot(
      making,
      secretOf("second passphrase"),
      { ...cheapest, passes: 4 },
      kdf,
    );
    await keyring.update(({ slots }) => ({ slots: [...slots, second] }));
    const { mac } = (await unlock(files, kdf)).found.stored;
    const slots = keyring.content.slots.map((slot) =>
      slot.kind === "passphrase" ? { ...slot, kdf: { ...slot.kdf, passes: 3 } } : slot,
    );
    for (const copy of ["a", "b"] as const)
      files.set(copy, encodeKeyring({ ...keyring.content, slots }, mac));
    expect(await rejectedCode(unlock(files, kdf))).toBe("KEYRING_TAMPERED");
    expect(await rejectedCode(unlock(files, kdf, "second passphrase"))).toBe("WRONG_PASSPHRASE");
  });

  test("is noticed: another MAC", async () => {
    const { files, kdf, keyring } = await created();
    for (const copy of ["a", "b"] as const)
      files.set(copy, encodeKeyring(keyring.content, new Uint8Array(32)));
    expect(await rejectedCode(unlock(files, kdf))).toBe("KEYRING_TAMPERED");
  });

  test("wipes the master key", async () => {
    const { keyring, means } = await created();
    const masterKey = new Secret(keyring.masterKey.bytes.slice());
    const stored = { content: keyring.content, mac: new Uint8Array(32), bytes: new Uint8Array(0) };
    expect(thrownCode(() => Keyring.open(stored, masterKey, means))).toBe("KEYRING_TAMPERED");
    expect(masterKey.isWiped).toBe(true);
  });

  test.each([
    [
      "data keys",
      (content: KeyringContent) => ({
        ...content,
        dataKeys: content.dataKeys.map((key) => ({ ...key, wrappedKey: new Uint8Array(60) })),
      }),
    ],
    ["the identity key", (content: KeyringContent) => ({ ...content, identityKey: new Uint8Array(60) })],
    [
      "the inbox key",
      (content: KeyringContent) => ({
        ...content,
        inbox: { ...content.inbox, wrappedKey: new Uint8Array(60) },
      }),
    ],
    ["another vault's id", (content: KeyringContent) => ({ ...content, vaultId: new Uint8Array(16) })],
  ])("does not open either where whoever did it had the MAC's key: %s", async (_, change) => {
    const { keyring, means } = await created();
    const content = change(keyring.content);
    const macKey = deriveKey(keyring.masterKey, "keyring-mac");
    const mac = hmacSha256(macKey.bytes, keyringMessage(content));
    const stored = { content, mac, bytes: encodeKeyring(content, mac) };
    const masterKey = new Secret(keyring.masterKey.bytes.slice());
    expect(thrownCode(() => Keyring.open(stored, masterKey, means))).toBe("KEYRING_TAMPERED");
    expect(masterKey.isWiped).toBe(true);
  });
});

describe("a change of the keyring", () => {
  test("raises the epoch, is on disk, and wraps every key afresh", async () => {
    const { files, kdf, keyring } = await created();
    const before = keyring.content;
    await keyring.update(() => ({ generation: 2 }));
    expect(keyring.content).toMatchObject({ epoch: 2, generation: 2, slots: before.slots });
    expect(keyring.content.identityKey).not.toEqual(before.identityKey);
    const opened = (await unlock(files, kdf)).keyring;
    expect(opened.content).toEqual(keyring.content);
  });

  test("takes in a new data key, and the old one only opens from then on", async () => {
    const { files, kdf, keyring } = await created();
    const first = toHex(keyring.dataKey(1)!.bytes);
    const draft = keyring.draftDataKey();
    expect(draft.term).toBe(2);
    expect(draft.key).toHaveLength(32);
    await keyring.update(() => ({ newDataKey: draft }));
    expect(keyring.activeTerm).toBe(2);
    const opened = (await unlock(files, kdf)).keyring;
    expect(opened.content.dataKeys.map(({ term, state }) => [term, state])).toEqual([
      [1, "decrypt-only"],
      [2, "active"],
    ]);
    expect(toHex(opened.dataKey(1)!.bytes)).toBe(first);
    expect(opened.dataKey(2)?.bytes).toEqual(draft.key.bytes);
  });

  test("forgets a term: its key is wiped and in no copy of the file", async () => {
    const { files, kdf, keyring } = await created();
    const old = keyring.dataKey(1)!;
    const wrapped = Buffer.from(keyring.content.dataKeys[0]!.wrappedKey).toString("base64");
    await keyring.update(() => ({ newDataKey: keyring.draftDataKey(), dropTerms: [1], generation: 2 }));
    expect(old.isWiped).toBe(true);
    expect(keyring.dataKey(1)).toBeUndefined();
    const opened = (await unlock(files, kdf)).keyring;
    expect(opened.content.dataKeys.map(({ term }) => term)).toEqual([2]);
    for (const copy of ["a", "b"] as const)
      expect(Buffer.from(files.copy(copy)).includes(wrapped)).toBe(false);
  });

  test("keeps the identity key through every rotation", async () => {
    const { files, kdf, keyring } = await created();
    const identity = toHex(keyring.identityKey.bytes);
    await keyring.update(() => ({ newDataKey: keyring.draftDataKey(), dropTerms: [1] }));
    const masterKey = new Secret(systemRandomness.bytes(32));
    const slot = await slotFor(masterKey, "next passphrase", kdf);
    await keyring.update(() => ({ masterKey, slots: [slot] }));
    const opened = (await unlock(files, kdf, "next passphrase")).keyring;
    expect(toHex(opened.identityKey.bytes)).toBe(identity);
  });

  test("takes in a new master key with slots that wrap it, and wipes the old one", async () => {
    const { files, kdf, keyring } = await created();
    const old = keyring.masterKey;
    const dataKey = toHex(keyring.dataKey(1)!.bytes);
    const masterKey = new Secret(systemRandomness.bytes(32));
    const slot = await slotFor(masterKey, "next passphrase", kdf);
    await keyring.update(() => ({ masterKey, slots: [slot] }));
    expect(old.isWiped).toBe(true);
    expect(masterKey.isWiped).toBe(false);
    expect(await rejectedCode(unlock(files, kdf))).toBe("WRONG_PASSPHRASE");
    const opened = (await unlock(files, kdf, "next passphrase")).keyring;
    expect(toHex(opened.dataKey(1)!.bytes)).toBe(dataKey);
  });

  test("takes in a new key pair of the inbox and wipes the one before", async () => {
    const { files, kdf, keyring } = await created();
    const pairs = [newX25519KeyPair(systemRandomness), newX25519KeyPair(systemRandomness)] as const;
    expect(keyring.inboxKey(1)).toBeDefined();
    await keyring.update(() => ({ inbox: pairs[0] }));
    expect(keyring.inboxKey(1)).toBeUndefined();
    expect(keyring.inboxKey(2)?.publicKey).toEqual(pairs[0].publicKey);
    await keyring.update(() => ({ inbox: pairs[1] }));
    expect(pairs.map(({ privateKey }) => privateKey.isWiped)).toEqual([true, false]);
    const opened = (await unlock(files, kdf)).keyring;
    expect(opened.content.inbox).toMatchObject({ epoch: 3, publicKey: pairs[1].publicKey });
    expect(opened.content.retiredInbox).toBeUndefined();
    expect(opened.inboxKey(3)?.publicKey).toEqual(pairs[1].publicKey);
  });

  test("keeps the pair before where it is retired, until a change drops it or another takes its place", async () => {
    const { files, kdf, keyring } = await created();
    const [first, second, third] = Array.from({ length: 3 }, () => newX25519KeyPair(systemRandomness));
    await keyring.update(() => ({ inbox: first!, retiredInbox: "kept" }));
    await keyring.update(() => ({ generation: 2 }));
    const opened = (await unlock(files, kdf)).keyring;
    for (const each of [keyring, opened]) {
      expect([1, 2, 3].map((epoch) => each.inboxKey(epoch) !== undefined)).toEqual([true, true, false]);
      expect(each.content.retiredInbox?.epoch).toBe(1);
    }
    await opened.update(() => ({ inbox: second!, retiredInbox: "kept" }));
    expect([1, 2, 3].map((epoch) => opened.inboxKey(epoch) !== undefined)).toEqual([false, true, true]);
    await opened.update(() => ({ retiredInbox: "dropped" }));
    expect([1, 2, 3].map((epoch) => opened.inboxKey(epoch) !== undefined)).toEqual([false, false, true]);
    await opened.update(() => ({ inbox: third! }));
    expect([second!.privateKey.isWiped, third!.privateKey.isWiped]).toEqual([true, false]);
    const again = (await unlock(files, kdf)).keyring;
    expect([again.content.inbox.epoch, again.content.retiredInbox]).toEqual([4, undefined]);
  });

  test("is none when nothing is to change", async () => {
    const { files, keyring } = await created();
    const before = files.copy("a");
    await keyring.update(() => undefined);
    expect(files.copy("a")).toEqual(before);
    expect(keyring.content.epoch).toBe(1);
  });

  test("says whether both copies hold it; an empty one brings the other copy up", async () => {
    const { files, keyring } = await created();
    const old = Buffer.from(keyring.content.dataKeys[0]!.wrappedKey).toString("base64");
    const holdsOld = () => Buffer.from(files.copy("a")).includes(old);
    files.beforeReplace = (path) => {
      if (path.endsWith("a")) throw new KeepsakeError("DISK_FULL");
    };
    const change = () => ({ newDataKey: keyring.draftDataKey(), dropTerms: [1] });
    expect(await keyring.update(change)).toEqual({ mirrored: false });
    expect(await keyring.update(() => undefined)).toEqual({ mirrored: false });
    expect(holdsOld()).toBe(true);
    files.beforeReplace = () => undefined;
    expect(await keyring.update(() => ({}))).toEqual({ mirrored: true });
    expect(await keyring.update(() => undefined)).toEqual({ mirrored: true });
    expect(holdsOld()).toBe(false);
    expect(files.copy("a")).toEqual(files.copy("b"));
  });

  test("waits for the one before and sees what it did, also when that one failed", async () => {
    const { keyring } = await created();
    const steps = [
      keyring.update(({ epoch }) => ({ generation: epoch + 10 })),
      keyring.update(() => {
        throw new KeepsakeError("LAST_SLOT");
      }),
      keyring.update(({ generation }) => ({ generation: generation + 1 })),
    ];
    expect(await rejectedCode(steps[1]!)).toBe("LAST_SLOT");
    await Promise.all([steps[0], steps[2]]);
    expect(keyring.content).toMatchObject({ epoch: 3, generation: 12 });
  });

  test("that the disk refuses leaves the keyring as it was and the new key to its owner", async () => {
    const { files, keyring } = await created();
    const { content, masterKey } = keyring;
    files.beforeReplace = () => {
      throw new KeepsakeError("WRITE_FAILED");
    };
    const draft = keyring.draftDataKey();
    const change = keyring.update(() => ({ newDataKey: draft, dropTerms: [1], generation: 2 }));
    expect(await rejectedCode(change)).toBe("WRITE_FAILED");
    expect(keyring.content).toBe(content);
    expect(keyring.masterKey).toBe(masterKey);
    expect(keyring.activeTerm).toBe(1);
    expect(keyring.dataKey(1)?.isWiped).toBe(false);
    expect(draft.key.isWiped).toBe(false);
  });

  test("is refused when it could not be undone: a master key without slots, a term that goes back, no active key", async () => {
    const { files, keyring } = await created();
    const before = files.copy("b");
    const key = () => new Secret(systemRandomness.bytes(32));
    await expect(keyring.update(() => ({ masterKey: key() }))).rejects.toThrow(TypeError);
    await expect(keyring.update(() => ({ newDataKey: { term: 1, key: key() } }))).rejects.toThrow(TypeError);
    await expect(keyring.update(() => ({ dropTerms: [1] }))).rejects.toThrow(TypeError);
    expect(files.copy("b")).toEqual(before);
    expect(keyring.content.epoch).toBe(1);
    await keyring.update(() => ({ newDataKey: keyring.draftDataKey() }));
    await expect(keyring.update(() => ({ dropTerms: [2] }))).rejects.toThrow("active data key");
    expect(keyring.activeTerm).toBe(2);
  });

  test("removes a slot for good", async () => {
    const { files, kdf, keyring, recoveryKey } = await created();
    const recovery = keyring.content.slots[1]!;
    await keyring.update(({ slots }) => ({ slots: withoutSlot(slots, recovery.id) }));
    const opened = (await unlock(files, kdf)).keyring;
    expect(opened.content.slots).toHaveLength(1);
    const { slots, vaultId } = opened.content;
    expect(thrownCode(() => openSecretSlot("recovery", slots, vaultId, recoveryKey))).toBe(
      "WRONG_PASSPHRASE",
    );
  });

  test("leaves nothing in memory when the keyring is wiped", async () => {
    const { keyring } = await created();
    const inbox = newX25519KeyPair(systemRandomness);
    await keyring.update(() => ({ newDataKey: keyring.draftDataKey(), inbox }));
    const { masterKey, identityKey } = keyring;
    const secrets = [masterKey, identityKey, inbox.privateKey, keyring.dataKey(1)!, keyring.dataKey(2)!];
    const bytes = secrets.map((secret) => secret.bytes);
    keyring.wipe();
    keyring.wipe();
    expect(secrets.every(({ isWiped }) => isWiped)).toBe(true);
    expect(bytes.every((each) => each.every((byte) => byte === 0))).toBe(true);
    expect(() => keyring.inboxKey(keyring.content.inbox.epoch)).toThrow("wiped");
  });
});

function slotFor(masterKey: Secret, passphrase: string, kdf: Awaited<ReturnType<typeof created>>["kdf"]) {
  const making = {
    vaultId: VAULT_ID,
    masterKey,
    label: "",
    clock: new FakeClock(NOW),
    randomness: systemRandomness,
  };
  return createPassphraseSlot(making, secretOf(passphrase), cheapest, kdf);
}
