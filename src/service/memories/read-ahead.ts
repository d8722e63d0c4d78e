/** Results in order, worked on a few at a time: what is read in the same moment costs one way into the store. */

const MAX_PARALLEL_READS = 16;

/**
 * What `work` makes of each item, in the order of the items.
 *
 * @throws what `work` throws, when its item's turn comes; what it throws for items nobody came to is dropped
 */
export async function* readAhead<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<readonly [item: Item, result: Result], void> {
  for (let from = 0; from < items.length; from += MAX_PARALLEL_READS) {
    const begun = items.slice(from, from + MAX_PARALLEL_READS).map((item) => [item, work(item)] as const);
    for (const [, result] of begun) result.catch(() => undefined);
    for (const [item, result] of begun) yield [item, await result];
  }
}
