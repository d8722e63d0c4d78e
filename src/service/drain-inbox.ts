/** Takes what was captured while sealed into the vault: each turn once, also when a crash comes in between. */
import type { Logger } from "../base/logger.ts";
import { hasCode } from "../base/errors.ts";
import type { Change, InboxEntry, VaultDoor } from "../vault/vault.ts";
import { decodeCaptured, memoryOfTurn } from "./captured-turn.ts";
import type { Memories } from "./memories.ts";
import { storeOnce } from "./store-once.ts";
import type { Arrival } from "./store-once.ts";

const DRAIN_BATCH = 200;

/** @returns how many entries left the inbox */
export async function drainInbox(
  door: Pick<VaultDoor, "inbox">,
  memories: Memories,
  logger: Logger,
): Promise<number> {
  let drained = 0;
  let batch: Arrival[] = [];
  const flush = async () => {
    await storeOnce(memories, batch);
    drained += batch.length;
    batch = [];
  };
  for await (const entry of door.inbox()) {
    const arrival = arrivalOf(entry, memories, logger);
    if (arrival !== undefined) batch.push(arrival);
    if (batch.length === DRAIN_BATCH) await flush();
  }
  if (batch.length > 0) await flush();
  return drained;
}

/** An entry that authenticates but holds no turn stays where it is: nothing is dropped in silence. */
function arrivalOf(entry: InboxEntry, memories: Memories, logger: Logger): Arrival | undefined {
  const settles: Change = { type: "drained", id: entry.id };
  try {
    return { ...memoryOfTurn(memories, decodeCaptured(entry.plaintext)), settles };
  } catch (error) {
    if (!hasCode(error, "RECORD_DAMAGED")) throw error;
    logger.log("inbox-entry-not-a-turn", { code: "RECORD_DAMAGED" });
    return undefined;
  }
}
