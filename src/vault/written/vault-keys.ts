/** The keys a vault works with, derived from those of its keyring. */
import { utf8 } from "../../base/bytes.ts";
import type { Secret } from "../../base/secret.ts";
import { deriveKey } from "../../crypto/hkdf.ts";
import type { Keyring } from "../../keys/keyring.ts";
import type { TermKey } from "./record-sealer.ts";

/** Derived from the identity key, so they stay the same from one generation to the next. */
export interface VaultKeys {
  /** Ids of records that have a name. */
  readonly recordId: Secret;
  /** Ids of journal entries. */
  readonly journal: Secret;
  /** Ids of the parts of a checkpoint. */
  readonly checkpoint: Secret;
  /** The head's multiset hash. */
  readonly headHash: Secret;
}

/** The caller wipes them with `wipeVaultKeys`. */
export function deriveVaultKeys(keyring: Keyring): VaultKeys {
  const identity = keyring.identityKey;
  return {
    recordId: deriveKey(identity, "record-id"),
    journal: deriveKey(identity, "record-id", utf8("journal")),
    checkpoint: deriveKey(identity, "record-id", utf8("checkpoint")),
    headHash: deriveKey(identity, "head-hash"),
  };
}

export function wipeVaultKeys(keys: VaultKeys): void {
  for (const key of Object.values(keys)) key.wipe();
}

/** The key that seals records, of every data key in the keyring, by ascending term; the caller wipes them. */
export function deriveTermKeys(keyring: Keyring): readonly TermKey[] {
  return keyring.content.dataKeys.map(({ term }) => deriveTermKey(term, keyring.dataKey(term)!));
}

/** @param dataKey - the caller keeps and wipes it */
export function deriveTermKey(term: number, dataKey: Secret): TermKey {
  return { term, key: deriveKey(dataKey, "record-seal") };
}
