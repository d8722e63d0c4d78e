/** Opens entries of the inbox of an open vault. */
import { KeepsakeError } from "../../base/errors.ts";
import type { ReadWriteLock } from "../../base/turns/read-write-lock.ts";
import type { Keyring } from "../../keys/keyring.ts";
import type { StoreEntry } from "../../store/record-store.ts";
import { openInboxEntry } from "../written/inbox-entry.ts";
import { epochOfEntry } from "../written/inbox-layout.ts";
import { KEYSPACE_BYTES } from "../written/keyspaces.ts";
import { pagesOfEntries } from "../written/paging.ts";
import { idOfKey } from "../written/store-key.ts";
import type { DamageRegister } from "./damage.ts";
import type { Era } from "./era.ts";
import type { InboxLedger } from "./inbox-ledger.ts";

/** What of an open vault its inbox is opened with. */
export interface InboxOpener {
  readonly vaultId: Uint8Array;
  readonly era: Pick<ReadWriteLock<Era>, "use">;
  readonly keyring: Pick<Keyring, "inboxKey">;
  readonly damage: DamageRegister;
}

export function inboxPages({ era }: Pick<InboxOpener, "era">): AsyncIterable<readonly StoreEntry[]> {
  return pagesOfEntries((request) => era.use(({ store }) => store.entries(request)), KEYSPACE_BYTES.inbox);
}

/** @returns undefined when it opens under no key, which is noted as damage; it is set aside then */
export function openEntry(
  opener: InboxOpener,
  inbox: InboxLedger,
  entry: StoreEntry,
): Uint8Array | undefined {
  const { keyring, vaultId, damage } = opener;
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
