/**
 * Forgets what has expired, as by hand: gone from the index and the store, erased from the disk by the next purge, which is
 * then due. No answer held any of it since its time was over.
 */
import { passOfExpired } from "../../policy/recall-gate.ts";
import type { Memories } from "./memories.ts";

const MAX_BATCH = 1_000;

/** @returns how many records went: all versions count */
export function forgetExpired(memories: Memories): Promise<number> {
  return memories.onAllChains(async () => {
    // Versions come oldest first: were this cut off, the newest would still stand, expired, above those that are left.
    const expired = (await memories.complete()).expired(memories.now());
    for (let start = 0; start < expired.length; start += MAX_BATCH) {
      await memories.remove(expired.slice(start, start + MAX_BATCH), passOfExpired());
    }
    return expired.length;
  });
}
