import { describe, expect, test } from "vitest";
import type { KdfPolicy } from "../../src/crypto/kdf-policy.ts";
import { systemRandomness } from "../../src/crypto/random.ts";
import { withoutSlot } from "../../src/keys/slot-list.ts";
import { openPassphraseSlot, rewrapPassphraseSlot } from "../../src/keys/slots.ts";
import { strengthenSlot } from "../../src/keys/strengthen-slot.ts";
import { FakeClock } from "../support/fake-clock.ts";
import {
  cheapest,
  MemoryFiles,
  newTestKeyring,
  NOW,
  PASSPHRASE,
  quickKdf,
  secretOf,
  unlock,
  VAULT_ID,
} from "./support.ts";

const policy: KdfPolicy = {
  passes: 3,
  parallelism: 4,
  minMemoryKiB: 64 << 10,
  maxMemoryKiB: 1 << 20,
  targetMs: 1_000,
};

async function opened() {
  const files = new MemoryFiles();
  const { keyring, kdf, recoveryKey } = await newTestKeyring(files);
  const { slots } = keyring.content;
  const slot = await openPassphraseSlot(slots, VAULT_ID, secretOf(PASSPHRASE), kdf, new FakeClock(NOW));
  const strengthen = (milliseconds: number, ownPolicy: KdfPolicy = policy) =>
    strengthenSlot(
      keyring,
      { ...slot, milliseconds },
      secretOf(PASSPHRASE),
      ownPolicy,
      kdf,
      systemRandomness,
    );
  return { files, keyring, kdf, slot, strengthen, recoveryKey };
}

describe("a slot below today's policy", () => {
  test("is wrapped again with stronger parameters, and opens with the same passphrase", async () => {
    const { files, kdf, keyring, slot, strengthen } = await opened();
    const stronger = { ...cheapest, memoryKiB: 512 << 10 };
    expect(await strengthen(90)).toEqual(stronger);
    const again = await unlock(files, kdf);
    expect(again.opened.slot).toMatchObject({ id: slot.slot.id, created: slot.slot.created, kdf: stronger });
    expect(again.keyring.content.slots).toHaveLength(2);
    expect(again.keyring.masterKey.bytes).toEqual(keyring.masterKey.bytes);
  });

  test("gets the passes of the policy", async () => {
    const { strengthen } = await opened();
    expect(await strengthen(5_000, { ...policy, passes: 4 })).toEqual({ ...cheapest, passes: 4 });
  });

  test("is left alone when it is up to the policy: no derivation, no write", async () => {
    const { files, kdf, strengthen } = await opened();
    const [before, derivations] = [files.copy("a"), kdf.derivations];
    expect(await strengthen(1_000)).toBeUndefined();
    expect(files.copy("a")).toEqual(before);
    expect(kdf.derivations).toBe(derivations);
  });

  test("is left alone when it is no passphrase slot", async () => {
    const { keyring, kdf, recoveryKey } = await opened();
    const slot = keyring.content.slots[1]!;
    const result = await strengthenSlot(
      keyring,
      { slot, milliseconds: 0 },
      recoveryKey,
      policy,
      kdf,
      systemRandomness,
    );
    expect(result).toBeUndefined();
  });

  test("is left alone when it was changed or removed in the meantime", async () => {
    const { keyring, slot, strengthen } = await opened();
    const { masterKey } = keyring;
    if (slot.slot.kind !== "passphrase") throw new Error("not the slot that was opened");
    const making = { vaultId: VAULT_ID, masterKey, randomness: systemRandomness };
    const changed = await rewrapPassphraseSlot(
      slot.slot,
      making,
      secretOf("another passphrase"),
      cheapest,
      quickKdf(),
    );
    await keyring.update(({ slots }) => ({ slots: [changed, slots[1]!] }));
    expect(await strengthen(90)).toBeUndefined();
    expect(keyring.content.slots[0]).toBe(changed);
    await keyring.update(({ slots }) => ({ slots: withoutSlot(slots, changed.id) }));
    expect(await strengthen(90)).toBeUndefined();
    expect(keyring.content.slots).toHaveLength(1);
  });

  test("is left alone when the master key was changed in the meantime", async () => {
    const { keyring, strengthen } = await opened();
    const before = keyring.content.slots;
    const change = keyring.update(({ slots }) => ({ masterKey: secretOf("x".repeat(32)), slots }));
    expect(await strengthen(90)).toBeUndefined();
    await change;
    expect(keyring.content.slots).toEqual(before);
  });
});
