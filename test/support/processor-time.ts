/** What work costs the processor: a busy machine makes it wait, which does not count. */

type Work = () => unknown;

const MAX_LOOKS = 5;
/** With caches and the collector of garbage. */
const EIGHT_TIMES = 16;

/** Milliseconds of this process's own code in `work`. */
export function processorMs(work: Work): number {
  const started = process.cpuUsage();
  work();
  return process.cpuUsage(started).user / 1_000;
}

/**
 * How much dearer `work` is than `other`. Other work on the machine makes both dearer and never cheaper: the cheapest runs
 * count, and what does not look `cheap` is looked at again.
 * @param leastMs - what takes less is not measured
 */
export function dearness(work: Work, other: Work, cheap: number, leastMs = 1): number {
  let [one, another] = [Infinity, Infinity];
  for (let look = 1; look <= MAX_LOOKS && !(one / another < cheap); look += 1) {
    // First what is compared with: the compiler gets to know the code in it.
    another = Math.max(leastMs, cheapest(other, another));
    one = cheapest(work, one);
  }
  return one / another;
}

/**
 * How much dearer `work` is that may cost next to nothing with eight times as much: about 8 in proportion, 64 by the square, with
 * caches and the collector of garbage up to 20 in proportion. What is done within 5 ms is not measured.
 */
export function slowdown(work: (times: number) => unknown): number {
  return dearness(
    () => work(8),
    () => work(1),
    EIGHT_TIMES,
    5,
  );
}

function cheapest(work: Work, before: number): number {
  return Math.min(before, ...[1, 2, 3].map(() => processorMs(work)));
}
