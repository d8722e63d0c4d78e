/** The inbox of an open vault. */
import { equalBytes } from "../../base/bytes.ts";
import { KeepsakeError } from "../../base/errors.ts";
import type { StoreEntry } from "../../store/record-store.ts";
import { openInboxEntry, sealCaptured } from "../written/inbox-entry.ts";
import { idOfKey, KEYSPACE_BYTES } from "../written/keyspaces.ts";
import { pagesOfEntries } from "../written/paging.ts";
import { idTextOfKey } from "./vault-reader.ts";
import type { VaultState } from "./vault-state.ts";
import type { InboxEntry } from "../vault.ts";
import type { VaultWriter } from "./vault-writer.ts";

/**
 * Stores captured turns, sealed to the key that the inbox has when they are written.
 *
 * @throws VAULT_READ_ONLY, DISK_FULL, WRITE_FAILED
 */
export async function captureOpen(
  state: VaultState,
  writer: VaultWriter,
  plaintexts: readonly Uint8Array[],
): Promise<void> {
  for (;;) {
    state.checkWritable();
    const { vaultId, inbox } = state.keyring.content;
    const entries = await sealCaptured(inbox.publicKey, vaultId, plaintexts, state.deps.randomness);
    if (await writer.capture(entries, () => isKeyOfInbox(state, inbox.publicKey))) return;
  }
}

function isKeyOfInbox({ keyring }: VaultState, publicKey: Uint8Array): boolean {
  return equalBytes(publicKey, keyring.content.inbox.publicKey);
}

/** Entries that wait, opened; those that do not open are noted as damage. */
export async function* openInbox(state: VaultState): AsyncIterable<InboxEntry> {
  for await (const entries of inboxPages(state)) {
    for (const entry of entries) {
      const plaintext = openEntry(state, entry);
      if (plaintext !== undefined) yield { id: idTextOfKey(entry.key), plaintext };
    }
  }
}

/** Every entry as it is stored. */
export function inboxPages({ era }: VaultState): AsyncIterable<readonly StoreEntry[]> {
  return pagesOfEntries((request) => era.use(({ store }) => store.entries(request)), KEYSPACE_BYTES.inbox);
}

/** @returns undefined when it does not open, which is noted as damage */
export function openEntry(
  { keyring, vaultId, damage }: VaultState,
  { key, value }: StoreEntry,
): Uint8Array | undefined {
  const id = idOfKey(key);
  try {
    if (id === undefined) throw new KeepsakeError("RECORD_DAMAGED");
    const plaintext = openInboxEntry(keyring.inbox, vaultId, id, value);
    damage.clear(key);
    return plaintext;
  } catch {
    damage.noteUnreadable(key);
    return undefined;
  }
}
