/** Results in order, with the next few already being worked on: each read costs a thread's wake-up. */

/** As many as there are threads to read in. */
const AHEAD = 4;

/**
 * What `work` makes of each item, in the order of the items.
 *
 * @throws what `work` throws, when its item's turn comes; what it throws for items nobody came to is dropped
 */
export async function* readAhead<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<readonly [item: Item, result: Result], void> {
  const running: Promise<Result>[] = [];
  for (const [position, item] of items.entries()) {
    while (running.length < AHEAD && position + running.length < items.length) {
      const started = work(items[position + running.length]!);
      started.catch(() => undefined);
      running.push(started);
    }
    yield [item, await running.shift()!];
  }
}
