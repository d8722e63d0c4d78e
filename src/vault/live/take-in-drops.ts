/**
 * Takes what programs here sealed by themselves from the drop folder into the inbox: durable there before a file goes. The ids
 * are the entries' own, so what a crash between the two leaves in both places is stored once.
 */
import { codeOf } from "../../base/errors.ts";
import type { Logger } from "../../base/logger.ts";
import type { KeyringContent } from "../../keys/keyring-format.ts";
import type { StoreEntry } from "../../store/record-store.ts";
import type { DropFile, Drops } from "../vault-deps.ts";
import { epochOfEntry } from "../written/inbox-layout.ts";
import type { InboxLedger } from "./inbox-ledger.ts";

const MAX_BATCH_BYTES = 1 << 20;
const MAX_BATCH_FILES = 100;

/** The inbox that files go into. No pair of it may come or go meanwhile. */
export interface DropTarget {
  readonly drops: Drops;
  readonly inbox: Pick<InboxLedger, "counts" | "knows">;
  /** Of the keyring in effect. */
  readonly pairs: Pick<KeyringContent, "inbox" | "retiredInbox">;
  /** What the inbox may take; 0 where nothing may be written. */
  readonly maxBytes: number;
  /** As `VaultWriter.takeIn`. */
  readonly store: (lists: readonly (readonly StoreEntry[])[]) => Promise<readonly boolean[]>;
  readonly logger: Logger;
}

/**
 * What goes wrong is logged: it keeps nobody from storing what is new.
 *
 * @returns whether nothing is left that one of the pairs may open
 */
export async function takeInDrops(target: DropTarget): Promise<boolean> {
  const { drops, inbox, maxBytes } = target;
  let batch: DropFile[] = [];
  let weight = 0;
  let isAllTaken = true;
  const settle = async () => {
    const files = batch;
    batch = [];
    weight = 0;
    const haveRoom = files.length === 0 ? [] : await target.store(files.map(({ entries }) => entries));
    await drops.remove(files.filter((_file, place) => haveRoom[place] === true).map(({ name }) => name));
    isAllTaken &&= haveRoom.every(Boolean);
  };
  const fits = (bytes: number) => inbox.counts.bytes + bytes <= maxBytes;
  const isWanted = (bytes: number) => {
    isAllTaken &&= fits(bytes);
    return fits(bytes);
  };
  try {
    const isEveryOne = await drops.each(isWanted, async (file) => {
      if (!canBeOpened(target, file)) return drops.refuse(file.name, "RECORD_DAMAGED");
      if (!isWanted(file.bytes)) return;
      batch.push(file);
      weight += file.bytes;
      if (weight >= MAX_BATCH_BYTES || batch.length >= MAX_BATCH_FILES) await settle();
    });
    await settle();
    return isEveryOne && isAllTaken;
  } catch (error) {
    target.logger.log("drops-not-taken-in", { code: codeOf(error) });
    return false;
  }
}

/** What names another pair is a copy of what was taken in long ago, or was given up by its program, which sealed it anew. */
function canBeOpened({ inbox, pairs }: DropTarget, { entries }: DropFile): boolean {
  const epochs = new Set([pairs.inbox.epoch, pairs.retiredInbox?.epoch]);
  return entries.every(({ key, value }) => inbox.knows(key) || epochs.has(epochOfEntry(value)));
}
