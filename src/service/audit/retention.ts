/** Old entries leave the record by whole chunks, the oldest first; the chain goes on behind them. */
import type { AuditChain } from "./audit-chain.ts";
import { readLink } from "./audit-chunk.ts";

/** 64 MiB, in chunks of about 1 KiB. */
export const MAX_CHUNKS = 64 << 10;

/**
 * Drops what is too old or too much with the next batch, as much as one batch takes.
 *
 * @param keptMs - entries older than this go; `Infinity` keeps them
 */
export async function dropOld(
  chain: AuditChain,
  keptMs: number,
  now: number,
  maxChunks = MAX_CHUNKS,
): Promise<void> {
  const { firstChunk, lastChunk } = chain.mark;
  const tooMany = lastChunk - firstChunk + 1 - maxChunks;
  if (tooMany > 0) return chain.beginWith(firstChunk + tooMany, "size", now);
  let kept = firstChunk;
  for (let number = firstChunk; number < lastChunk; number += 1) {
    const newest = (await chain.chunk(number))?.links.map(readLink).at(-1);
    // A chunk that is damaged goes with one behind it that is old enough.
    if (newest === undefined) continue;
    if (Date.parse(newest.until ?? newest.at) >= now - keptMs) break;
    kept = number + 1;
  }
  if (kept > firstChunk) await chain.beginWith(kept, "age", now);
}
