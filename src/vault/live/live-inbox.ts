/** What waits in the inbox of an open vault. */
import { KeepsakeError } from "../../base/errors.ts";
import type { StoreEntry } from "../../store/record-store.ts";
import { openInboxEntry } from "../written/inbox-entry.ts";
import { KEYSPACE_BYTES } from "../written/keyspaces.ts";
import { idOfKey, idTextOfKey } from "../written/store-key.ts";
import { pagesOfEntries } from "../written/paging.ts";
import type { VaultState } from "./vault-state.ts";
import type { InboxEntry } from "../vault.ts";

/** Entries that wait, opened; those that do not open are noted as damage. */
export async function* openInbox(state: VaultState): AsyncIterable<InboxEntry> {
  for await (const entries of inboxPages(state)) {
    for (const entry of entries) {
      const plaintext = openEntry(state, entry);
      if (plaintext !== undefined) yield { id: idTextOfKey(entry.key), plaintext };
    }
  }
}

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
