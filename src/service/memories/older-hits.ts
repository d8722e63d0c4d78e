/** Which hits say what a newer one may have overtaken: for a query that asks for what holds now. */
import type { Memory } from "../../protocol/schemas.ts";
import type { SearchIndex } from "../../search/search-index.ts";
import type { RecordId } from "../../vault/vault.ts";
import type { FoundHit } from "./fold-hits.ts";

/** What is newer by less was said in the same breath. */
const MIN_APART_MS = 60_000;
/** A newer hit overtakes one whose score its own comes as near as this; far below the best one, hits are about other things. */
const NEAR = 0.8;
const MIN_SHARE_OF_BEST = 0.7;

/** Those that another hit overtakes, whichever comes first: a newer one of another exchange. */
export function olderHits(
  found: readonly FoundHit[],
  index: Pick<SearchIndex, "exchange">,
): ReadonlySet<RecordId> {
  const best = Math.max(...found.map(({ hit }) => hit.score));
  const timed = found.map(({ hit, memory }) => ({
    id: memory.id,
    score: hit.score,
    time: timeOf(memory),
    exchange: index.exchange(memory.id).request ?? memory.id,
  }));
  const older = timed.filter(
    ({ score, time, exchange }) =>
      score >= MIN_SHARE_OF_BEST * best &&
      timed.some(
        (other) =>
          other.exchange !== exchange && other.time > time + MIN_APART_MS && other.score >= NEAR * score,
      ),
  );
  return new Set(older.map(({ id }) => id));
}

/** A new version keeps the time of what it tells of; it holds since it was saved. */
function timeOf({ at, savedAt, supersedes }: Memory): number {
  return Date.parse(supersedes === undefined ? at : savedAt);
}
