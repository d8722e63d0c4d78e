/** What work costs the processor: a busy machine makes it wait, which does not count. */

/** Milliseconds of this process's own code in `work`. */
export function processorMs(work: () => unknown): number {
  const started = process.cpuUsage();
  work();
  return process.cpuUsage(started).user / 1_000;
}

/**
 * How much dearer `work` is with four times as much: about 4 when it takes time in proportion, 16 when it takes the
 * square. The cheapest of three runs counts.
 */
export function growth(work: (length: number) => unknown, length: number): number {
  const cheapest = (size: number) => Math.min(...[1, 2, 3].map(() => processorMs(() => work(size))));
  const once = cheapest(length);
  return cheapest(4 * length) / once;
}

/**
 * How much dearer `work` is that may cost next to nothing with eight times as much: about 8 in proportion, 64 by the square, with
 * caches and the collector of garbage up to 20 in proportion. What is done within 5 ms is not measured.
 */
export function slowdown(work: (times: number) => unknown): number {
  const cheapest = (times: number) => Math.min(...[1, 2, 3].map(() => processorMs(() => work(times))));
  // First what is compared with: the compiler gets to know the code in it.
  const once = Math.max(5, cheapest(1));
  return cheapest(8) / once;
}
