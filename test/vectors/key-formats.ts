/** Formats of the keys layer. */
import { fromUtf8, toHex, utf8 } from "../../src/base/bytes.ts";
import { Secret } from "../../src/base/secret.ts";
import { argon2id } from "../../src/crypto/argon2.ts";
import { newX25519KeyPair } from "../../src/crypto/x25519.ts";
import { KeyringFile } from "../../src/keys/keyring-file.ts";
import { decodeKeyring } from "../../src/keys/keyring-format.ts";
import { unsealKeyring } from "../../src/keys/keyring-wraps.ts";
import { Keyring } from "../../src/keys/keyring.ts";
import type { PrivateFiles } from "../../src/platform/private-file-access.ts";
import { encodeRecoveryKey } from "../../src/keys/recovery-key.ts";
import { createPassphraseSlot, createSecretSlot } from "../../src/keys/slots.ts";
import { UnlockGuard } from "../../src/keys/unlock-guard.ts";
import { KeepsakeError } from "../../src/base/errors.ts";
import type { VectorFormat } from "./formats.ts";
import { seededRandomness } from "./seeded-randomness.ts";

const clock = { now: () => Date.UTC(2026, 10, 20), monotonic: () => 0 };

/** Files in memory, by name. */
function memory(): PrivateFiles & { readonly written: Map<string, Uint8Array> } {
  const written = new Map<string, Uint8Array>();
  return {
    written,
    read: async (path) => written.get(path),
    replace: async (path, bytes) => {
      written.set(path, bytes);
    },
  };
}

export const KEY_FORMATS: readonly VectorFormat[] = [
  {
    name: "recovery-key",
    make: () =>
      ["zeros", "ones", "random"].map((name) => {
        const fills = { zeros: new Uint8Array(32), ones: new Uint8Array(32).fill(0xff) };
        const key = name === "random" ? seededRandomness("recovery-key").bytes(32) : fills[name as "zeros"];
        return { key: toHex(key), printed: fromUtf8(encodeRecoveryKey(new Secret(key.slice())).bytes) };
      }),
  },
  {
    name: "keyring-2",
    make: async () => {
      const randomness = seededRandomness("keyring");
      const files = memory();
      const vaultId = randomness.bytes(16);
      const master = randomness.bytes(32);
      const [recovery, held] = [randomness.bytes(32), randomness.bytes(32)];
      const masterKey = new Secret(master.slice());
      const making = { vaultId, masterKey, clock, randomness };
      const passphrase = "correct horse battery staple";
      const cost = { memoryKiB: 65_536, passes: 3, parallelism: 2 };
      const slots = [
        await createPassphraseSlot({ ...making, label: "mine" }, new Secret(utf8(passphrase)), cost, argon2id),
        createSecretSlot("recovery", { ...making, label: "paper" }, new Secret(recovery.slice())),
        createSecretSlot("keychain", { ...making, label: "desk" }, new Secret(held.slice())),
      ];
      const means = { file: new KeyringFile("", files), clock, randomness };
      const keyring = await Keyring.create(vaultId, masterKey, slots, means);
      await keyring.update(() => ({ newDataKey: keyring.draftDataKey(), generation: 2 }));
      await keyring.update(() => ({ inbox: newX25519KeyPair(randomness), retiredInbox: "kept" }));
      const stored = decodeKeyring(files.written.get("keyring.a")!)!;
      const { inbox, retiredInbox } = unsealKeyring(stored, keyring.masterKey);
      return {
        passphrase,
        recoveryKey: toHex(recovery),
        keychainSecret: toHex(held),
        masterKey: toHex(master),
        identityKey: toHex(keyring.identityKey.bytes),
        inboxPrivateKey: toHex(inbox.privateKey.bytes),
        retiredInboxPrivateKey: toHex(retiredInbox!.privateKey.bytes),
        dataKeys: [1, 2].map((term) => ({ term, key: toHex(keyring.dataKey(term)!.bytes) })),
        file: fromUtf8(files.written.get("keyring.a")!),
      };
    },
  },
  {
    name: "unlock-failures",
    make: async () => {
      const files = memory();
      const guard = await UnlockGuard.load("", clock, { log: () => undefined }, files);
      await guard.run(() => Promise.reject(new KeepsakeError("WRONG_PASSPHRASE"))).catch(() => undefined);
      return { file: fromUtf8(files.written.get("unlock.failures")!) };
    },
  },
];
