/** Takes the inbox into the next generation: as it is, or sealed anew where the inbox gets another key. */
import { attempt } from "../../base/attempt.ts";
import type { Randomness } from "../../crypto/random.ts";
import type { Keyring } from "../../keys/keyring.ts";
import type { RecordStore } from "../../store/record-store.ts";
import type { CarriedInbox } from "../live/inbox-ledger.ts";
import type { GenerationDraft } from "./generation-draft.ts";
import { openInboxEntry, sealInboxEntry } from "../written/inbox-entry.ts";
import type { InboxTally } from "../written/inbox-tally.ts";
import { encodeTally, TALLY_KEY } from "../written/inbox-tally.ts";
import { KEYSPACE_BYTES } from "../written/keyspaces.ts";
import { idOfKey } from "../written/store-key.ts";
import { pagesOfEntries } from "../written/paging.ts";

/**
 * @param publicKey - the next public key of the inbox; undefined when it stays the same
 * @param before - the tally until now
 */
export async function carryInbox(
  from: RecordStore,
  draft: GenerationDraft,
  keyring: Keyring,
  publicKey: Uint8Array | undefined,
  before: InboxTally,
  randomness: Randomness,
): Promise<CarriedInbox> {
  const { vaultId } = keyring.content;
  const left: Uint8Array[] = [];
  let count = 0;
  const renew = (key: Uint8Array, sealed: Uint8Array): Uint8Array | undefined => {
    const id = idOfKey(key);
    if (publicKey === undefined || id === undefined) return sealed;
    const plaintext = attempt(() => openInboxEntry(keyring.inbox, vaultId, id, sealed));
    if (plaintext === undefined) return undefined;
    const renewed = sealInboxEntry(publicKey, vaultId, id, plaintext, randomness);
    plaintext.fill(0);
    return renewed;
  };
  for await (const entries of pagesOfEntries((request) => from.entries(request), KEYSPACE_BYTES.inbox)) {
    for (const { key, value } of entries) {
      const carried = renew(key, value);
      if (carried === undefined) {
        left.push(key);
        continue;
      }
      await draft.raw({ type: "put", key, value: carried });
      count += 1;
    }
  }
  const tally = { sequence: before.sequence + 1, count };
  await draft.raw({ type: "put", key: TALLY_KEY, value: encodeTally(tally) });
  return { tally, left };
}
