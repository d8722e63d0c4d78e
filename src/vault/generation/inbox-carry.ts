/** Takes the inbox into the next generation, sealed anew, with what was dropped: it gets another key pair with every one. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { toHex } from "../../base/bytes.ts";
import type { StoreEntry } from "../../store/record-store.ts";
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
  const dropped: string[] = [];
  const entries = new Map<string, ReturnType<typeof listedOf>>();
  const isCarried = ({ key }: StoreEntry) => entries.has(toHex(key));
  const carry = async (page: readonly StoreEntry[]) => {
    const seal = { vaultId, inbox, author: await deps.author.token() };
    for (const entry of page) {
      const plaintext = openEntry(state, ledger, entry);
      if (plaintext === undefined) continue;
      const { key, value } = renewInboxEntry(seal, entry, plaintext, deps.randomness);
      entries.set(toHex(key), listedOf(value));
      await draft.raw({ type: "put", key, value });
    }
    await nextTurn();
  };
  for await (const page of inboxPages(state)) {
    await carry(page);
    left.push(...page.filter((entry) => !isCarried(entry)).map(({ key }) => key));
  }
  // A vault that refuses writes could not take in what was dropped.
  await deps.drops.each(
    () => true,
    async ({ name, entries: found }) => {
      await carry(found.filter((entry) => !isCarried(entry)));
      if (found.every(isCarried)) dropped.push(name);
    },
  );
  const tally = { sequence: ledger.tally.sequence + 1, count: entries.size };
  await draft.raw({ type: "put", key: TALLY_KEY, value: encodeTally(tally) });
  return { tally, entries, left, dropped };
}
