/** Long loops give way: no request waits for one longer than a slice. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "../../base/clock.ts";

const SLICE_MS = 4;

/** Call the returned function in every round of a long loop; it yields to the event loop once a slice is used up. */
export function createYielding(clock: Clock): () => Promise<void> {
  let sliceEnd = clock.monotonic() + SLICE_MS;
  return async () => {
    if (clock.monotonic() < sliceEnd) return;
    await nextTurn();
    sliceEnd = clock.monotonic() + SLICE_MS;
  };
}
