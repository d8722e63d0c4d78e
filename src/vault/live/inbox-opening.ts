/** Opens entries of the inbox of an open vault. */
import { KeepsakeError } from "../../base/errors.ts";
import type { StoreEntry } from "../../store/record-store.ts";
import { epochOfEntry, openInboxEntry } from "../written/inbox-entry.ts";
import { KEYSPACE_BYTES } from "../written/keyspaces.ts";
import { pagesOfEntries } from "../written/paging.ts";
import { idOfKey } from "../written/store-key.ts";
import type { InboxLedger } from "./inbox-ledger.ts";
import type { VaultState } from "./vault-state.ts";

export function inboxPages({ era }: Pick<VaultState, "era">): AsyncIterable<readonly StoreEntry[]> {
  return pagesOfEntries((request) => era.use(({ store }) => store.entries(request)), KEYSPACE_BYTES.inbox);
}

/** @returns undefined when it opens under no key, which is noted as damage; it is set aside then */
export function openEntry(state: VaultState, inbox: InboxLedger, entry: StoreEntry): Uint8Array | undefined {
  const { keyring, vaultId, damage } = state;
  const { key, value } = entry;
  try {
    const id = idOfKey(key);
    const epoch = epochOfEntry(value);
    const inboxKey = epoch === undefined ? undefined : keyring.inboxKey(epoch);
    if (id === undefined || inboxKey === undefined) throw new KeepsakeError("RECORD_DAMAGED");
    const plaintext = openInboxEntry(inboxKey, vaultId, id, value);
    damage.clear(key);
    return plaintext;
  } catch {
    // It may have been taken in, or sealed to another pair, since it was read.
    if (!inbox.has(entry)) return undefined;
    damage.noteUnreadable(key);
    inbox.noteSetAside(key);
    return undefined;
  }
}
