/**
 * What `memory.test.ts` looks into: makes and opens a keyring, prints the secrets in disguise (each byte XOR 0x5a, so that the
 * printing leaves no copy), and waits for a line on stdin before it wipes what it still holds.
 */
import { once } from "node:events";
import { systemClock } from "../../src/base/clock.ts";
import { Secret } from "../../src/base/secret.ts";
import { argon2id } from "../../src/crypto/argon2.ts";
import { hpkeOpen, hpkeSeal } from "../../src/crypto/hpke.ts";
import { systemRandomness } from "../../src/crypto/random.ts";
import { KeyringFile } from "../../src/keys/keyring-file.ts";
import { Keyring } from "../../src/keys/keyring.ts";
import { decodeRecoveryKey, encodeRecoveryKey, newRecoveryKey } from "../../src/keys/recovery-key.ts";
import {
  createPassphraseSlot,
  createSecretSlot,
  openPassphraseSlot,
  openSecretSlot,
} from "../../src/keys/slots.ts";

const written = new Map<string, Uint8Array>();
const file = new KeyringFile("", {
  read: async (path) => written.get(path),
  replace: async (path, bytes) => {
    written.set(path, bytes);
  },
});
const means = { file, clock: systemClock, randomness: systemRandomness };
const disguised: Record<string, string> = {};

function note(name: string, secret: Secret): Secret {
  disguised[name] = Array.from(secret.bytes, (byte) => (byte ^ 0x5a).toString(16).padStart(2, "0")).join("");
  return secret;
}

const vaultId = systemRandomness.bytes(16);
const masterKey = note("master key", new Secret(systemRandomness.bytes(32)));
const passphrase = note("passphrase", new Secret(systemRandomness.bytes(24)));
const recoveryKey = note("recovery key", newRecoveryKey(systemRandomness));
const printed = note("printed recovery key", encodeRecoveryKey(recoveryKey));
const making = { vaultId, masterKey, label: "", ...means };
const slots = [
  await createPassphraseSlot(making, passphrase, { memoryKiB: 65_536, passes: 3, parallelism: 1 }, argon2id),
  createSecretSlot("recovery", making, recoveryKey),
];
recoveryKey.wipe();
const made = await Keyring.create(vaultId, masterKey, slots, means);
note("data key", made.dataKey(1)!);
note("identity key", made.identityKey);
made.wipe();

const { stored } = (await file.read())!;
const opened = await openPassphraseSlot(slots, vaultId, passphrase, argon2id, systemClock);
passphrase.wipe();
const typed = decodeRecoveryKey(printed);
printed.wipe();
openSecretSlot("recovery", slots, vaultId, typed).masterKey.wipe();
typed.wipe();
const keyring = Keyring.open(stored, opened.masterKey, means);
const none = new Uint8Array(0);
for (let round = 0; round < 20; round += 1) {
  const sealed = hpkeSeal(keyring.content.inbox.publicKey, none, none, none, systemRandomness);
  hpkeOpen(keyring.inboxKey(keyring.content.inbox.epoch)!, none, sealed, none);
}

process.stdout.write(`${JSON.stringify(disguised)}\n`);
await once(process.stdin, "data");
keyring.wipe();
process.stdout.write("wiped\n");
await once(process.stdin, "data");
process.exit(0);
