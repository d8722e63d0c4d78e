/** Walks a keyspace page by page; between two pages other work goes on. */
import type { Page, PageRequest, StoreEntry } from "../../store/record-store.ts";
import { keyspaceRange } from "./keyspaces.ts";

const PAGE_KEYS = 1_000;
/** A page is opened in one go. */
const PAGE_ENTRIES = 200;

type Fetch<Item> = (request: PageRequest) => Promise<Page<Item>>;

/** @param fetch - `RecordStore.keys` of whichever store is live at the moment */
export function pagesOfKeys(
  fetch: Fetch<Uint8Array>,
  keyspaceByte: number,
): AsyncIterable<readonly Uint8Array[]> {
  return pages(fetch, (key) => key, keyspaceByte, PAGE_KEYS);
}

/** @param fetch - `RecordStore.entries` of whichever store is live at the moment, or what was made of its entries */
export function pagesOfEntries<Item extends Pick<StoreEntry, "key">>(
  fetch: Fetch<Item>,
  keyspaceByte: number,
): AsyncIterable<readonly Item[]> {
  return pages(fetch, ({ key }) => key, keyspaceByte, PAGE_ENTRIES);
}

async function* pages<Item>(
  fetch: Fetch<Item>,
  keyOf: (item: Item) => Uint8Array,
  keyspaceByte: number,
  limit: number,
): AsyncIterable<readonly Item[]> {
  const range = keyspaceRange(keyspaceByte);
  let after: Uint8Array | undefined;
  for (;;) {
    const page = await fetch({ ...range, after, limit });
    const last = page.items.at(-1);
    if (last !== undefined) yield page.items;
    if (last === undefined || !page.more) return;
    after = keyOf(last);
  }
}
