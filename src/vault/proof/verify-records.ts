/** Reads and authenticates everything, and notes what does not. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { hasCode, KeepsakeError } from "../../base/errors.ts";
import type { InboxLedger } from "../live/inbox-ledger.ts";
import { inboxPages, openEntry } from "../live/inbox-opening.ts";
import { COUNTED_KEYSPACES } from "../written/keyspaces.ts";
import type { VaultReader } from "../live/vault-reader.ts";
import type { VaultState } from "../live/vault-state.ts";
import type { Damage, LongWork } from "../vault.ts";

export interface VerifyParts {
  readonly state: VaultState;
  readonly reader: VaultReader;
  readonly inbox: InboxLedger;
}

export interface Verified {
  /** Records and entries of the inbox that authenticate. */
  readonly records: number;
  readonly damage: Damage;
}

/** @throws CANCELLED */
export async function verify(
  { state, reader, inbox }: VerifyParts,
  { progress, signal }: LongWork,
): Promise<Verified> {
  let records = 0;
  const count = async (more: number) => {
    records += more;
    progress({
      stage: "read",
      done: records,
      total: Math.max(records, state.directories.size + inbox.waiting),
    });
    if (signal.aborted) throw new KeepsakeError("CANCELLED");
    await nextTurn();
  };
  for (const keyspace of COUNTED_KEYSPACES) {
    for await (const opened of reader.pages(keyspace)) {
      for (const { plaintext } of opened) plaintext.fill(0);
      await count(opened.length);
    }
  }
  if (records < state.directories.size) await lookForEach(state, reader);
  for await (const entries of inboxPages(state)) {
    for (const entry of entries) {
      const plaintext = openEntry(state, inbox, entry);
      plaintext?.fill(0);
      await count(plaintext === undefined ? 0 : 1);
    }
  }
  return { records, damage: state.damage.report(inbox.missing) };
}

/** Fewer were read than should be there: finds out which. */
async function lookForEach(state: VaultState, reader: VaultReader): Promise<void> {
  for (const records of state.directories.shards()) {
    for (const { key } of records) {
      const plaintext = await reader.readKey(key).catch((error: unknown) => {
        if (!hasCode(error, "RECORD_DAMAGED")) throw error;
      });
      plaintext?.fill(0);
    }
  }
}
