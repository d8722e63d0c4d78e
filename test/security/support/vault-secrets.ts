/** Every key of a vault, worked out from its keyring and its passphrase as the engine does: what to look for in dumps. */
import { systemClock } from "../../../src/base/clock.ts";
import { utf8 } from "../../../src/base/bytes.ts";
import { Secret } from "../../../src/base/secret.ts";
import { argon2id } from "../../../src/crypto/argon2.ts";
import { systemRandomness } from "../../../src/crypto/random.ts";
import { KeyringFile } from "../../../src/keys/keyring-file.ts";
import { Keyring } from "../../../src/keys/keyring.ts";
import { openPassphraseSlot } from "../../../src/keys/slots.ts";
import { deriveKeys } from "../../../src/vault/written/vault-keys.ts";
import type { Needle } from "./canaries.ts";

/** @returns needles: `master key`, `data key 1`, `record key 1`, `wrapping key 1`… */
export async function keysOf(directory: string, passphrase: string): Promise<readonly Needle[]> {
  const file = new KeyringFile(directory);
  const stored = (await file.read())!.stored;
  const { slots, vaultId } = stored.content;
  const secret = () => new Secret(utf8(passphrase));
  const { masterKey } = await openPassphraseSlot(slots, vaultId, secret(), argon2id, systemClock);
  const keyring = Keyring.open(stored, masterKey, {
    file,
    clock: systemClock,
    randomness: systemRandomness,
  });
  const keys: Record<string, Uint8Array> = {
    "master key": keyring.masterKey.bytes,
    "identity key": keyring.identityKey.bytes,
  };
  for (const { term } of stored.content.dataKeys) keys[`data key ${term}`] = keyring.dataKey(term)!.bytes;
  const derived = deriveKeys(keyring);
  for (const { term, key } of derived.terms) keys[`record key ${term}`] = key.bytes;
  for (const [name, key] of Object.entries(derived.keys)) keys[`${name} key`] = key.bytes;
  for (const [index, slot] of slots.entries()) {
    if (slot.kind !== "passphrase") continue;
    keys[`wrapping key ${index + 1}`] = (await argon2id.derive(secret(), slot.kdf.salt, slot.kdf)).bytes;
  }
  return Object.entries(keys).map(([name, bytes]) => ({ name, bytes: Buffer.from(bytes) }));
}
