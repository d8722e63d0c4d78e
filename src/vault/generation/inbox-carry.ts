/** Takes the inbox into the next generation, sealed anew: it gets another key pair with every one. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { toHex } from "../../base/bytes.ts";
import type { CarriedInbox, InboxLedger } from "../live/inbox-ledger.ts";
import { listedOf } from "../live/inbox-ledger.ts";
import { inboxPages, openEntry } from "../live/inbox-opening.ts";
import type { VaultState } from "../live/vault-state.ts";
import type { InboxSeal } from "../written/inbox-entry.ts";
import { renewInboxEntry } from "../written/inbox-entry.ts";
import { encodeTally, TALLY_KEY } from "../written/inbox-tally.ts";
import type { GenerationDraft } from "./generation-draft.ts";

/**
 * @param inbox - the next pair
 * @throws UNSAFE_PATH, DISK_FULL, WRITE_FAILED: nothing is left behind because it cannot be said who captured it
 */
export async function carryInbox(
  state: VaultState,
  ledger: InboxLedger,
  draft: GenerationDraft,
  inbox: InboxSeal["inbox"],
): Promise<CarriedInbox> {
  const { vaultId, deps } = state;
  const left: Uint8Array[] = [];
  const entries = new Map<string, ReturnType<typeof listedOf>>();
  for await (const page of inboxPages(state)) {
    const seal = { vaultId, inbox, author: await deps.author.token() };
    for (const entry of page) {
      const plaintext = openEntry(state, ledger, entry);
      if (plaintext === undefined) {
        left.push(entry.key);
        continue;
      }
      const { key, value } = renewInboxEntry(seal, entry, plaintext, deps.randomness);
      entries.set(toHex(key), listedOf(value));
      await draft.raw({ type: "put", key, value });
    }
    await nextTurn();
  }
  const tally = { sequence: ledger.tally.sequence + 1, count: entries.size };
  await draft.raw({ type: "put", key: TALLY_KEY, value: encodeTally(tally) });
  return { tally, entries, left };
}
