/** The keys a vault works with, derived from those of its keyring. */
import { utf8 } from "../../base/bytes.ts";
import type { Secret } from "../../base/secret.ts";
import { deriveKey } from "../../crypto/hkdf.ts";
import type { TermKey } from "./record-sealer.ts";

/** Derived from the identity key, so they stay the same from one generation to the next. */
export interface VaultKeys {
  /** Ids of records that have a name. */
  readonly recordId: Secret;
  readonly journal: Secret;
  readonly checkpoint: Secret;
  readonly headHash: Secret;
}

/** What a keyring holds that keys are derived from. */
export interface KeySource {
  readonly identityKey: Secret;
  readonly content: { readonly dataKeys: readonly { readonly term: number }[] };
  dataKey(term: number): Secret | undefined;
}

/** Everything derived at an unlock, once. */
export interface DerivedKeys {
  readonly keys: VaultKeys;
  /** Of every data key, by ascending term. */
  readonly terms: readonly TermKey[];
}

/** The caller wipes them: `keys` with `wipeVaultKeys`, `terms` by way of their sealer. */
export function deriveKeys(source: KeySource): DerivedKeys {
  const { identityKey: identity, content } = source;
  const keys = {
    recordId: deriveKey(identity, "record-id"),
    journal: deriveKey(identity, "record-id", utf8("journal")),
    checkpoint: deriveKey(identity, "record-id", utf8("checkpoint")),
    headHash: deriveKey(identity, "head-hash"),
  };
  return { keys, terms: content.dataKeys.map(({ term }) => deriveTermKey(term, source.dataKey(term)!)) };
}

export function wipeVaultKeys(keys: VaultKeys): void {
  for (const key of Object.values(keys)) key.wipe();
}

/** @param dataKey - the caller keeps and wipes it */
export function deriveTermKey(term: number, dataKey: Secret): TermKey {
  return { term, key: deriveKey(dataKey, "record-seal") };
}
