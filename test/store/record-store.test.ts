import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { toHex } from "../../src/base/bytes.ts";
import { levelStoreOpener } from "../../src/store/level-store.ts";
import type { Page, PageRequest, RecordStore, StoreOpener } from "../../src/store/record-store.ts";
import { memoryStoreOpener } from "./support/memory-store.ts";

process.umask(0o077);

const ALL = { from: Uint8Array.of(0), to: Uint8Array.of(255) };

const openers: readonly [string, () => StoreOpener][] = [
  ["on LevelDB", () => levelStoreOpener({ syncLiveLog: false })],
  ["on LevelDB, forcing the live log down", () => levelStoreOpener({ syncLiveLog: true })],
  ["in memory", memoryStoreOpener],
];

describe.each(openers)("a record store %s", (_, makeOpener) => {
  let root: string;
  let folder: string;
  let opener: StoreOpener;
  let store: RecordStore;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "keepsake-store-"));
    folder = join(root, "store.1");
    opener = makeOpener();
    store = await opener.open(folder, { create: true });
  });

  afterEach(async () => {
    await store.close();
    await rm(root, { recursive: true });
  });

  async function reopen(): Promise<void> {
    await store.close();
    store = await opener.open(folder, { create: false });
  }

  it("gives back what was put, byte for byte, also after it was opened again", async () => {
    const key = Uint8Array.of(1, 0, 255, 33, 10);
    const value = Uint8Array.from({ length: 256 }, (__, index) => index);
    await store.batch([{ type: "put", key, value }]);
    expect(await store.get(key)).toEqual(value);
    await reopen();
    expect(await store.get(key)).toEqual(value);
  });

  it("has nothing under a key that was never put or was deleted", async () => {
    const key = Uint8Array.of(1);
    expect(await store.get(key)).toBeUndefined();
    await store.batch([{ type: "put", key, value: Uint8Array.of(1) }]);
    await store.batch([{ type: "del", key }]);
    expect(await store.get(key)).toBeUndefined();
    await reopen();
    expect(await store.get(key)).toBeUndefined();
  });

  it("applies the operations of a batch in order", async () => {
    const key = Uint8Array.of(7);
    await store.batch([
      { type: "put", key, value: Uint8Array.of(1) },
      { type: "del", key },
      { type: "put", key, value: Uint8Array.of(2) },
    ]);
    expect(await store.get(key)).toEqual(Uint8Array.of(2));
  });

  it("gives many values in the order of their keys", async () => {
    await store.batch(
      [1, 2, 3].map((n) => ({ type: "put", key: Uint8Array.of(n), value: Uint8Array.of(n * 10) })),
    );
    const keys = [3, 9, 1].map((n) => Uint8Array.of(n));
    expect(await store.getMany(keys)).toEqual([Uint8Array.of(30), undefined, Uint8Array.of(10)]);
    expect(await store.getMany([])).toEqual([]);
  });

  it("keeps to the range: from is inside, to is not", async () => {
    await store.batch(
      [1, 2, 3, 4].map((n) => ({ type: "put", key: Uint8Array.of(n), value: Uint8Array.of(n) })),
    );
    const page = await store.keys({ from: Uint8Array.of(2), to: Uint8Array.of(4), limit: 10 });
    expect(page.items).toEqual([Uint8Array.of(2), Uint8Array.of(3)]);
  });

  it("ends a page after about a megabyte, whatever the limit", async () => {
    const value = new Uint8Array(300 << 10).fill(7);
    await store.batch([1, 2, 3, 4, 5, 6].map((n) => ({ type: "put", key: Uint8Array.of(n), value })));
    const page = await store.entries({ ...ALL, limit: 100 });
    expect(page.items.length).toBeGreaterThan(0);
    expect(page.items.length).toBeLessThan(6);
    expect(page.more).toBe(true);
    expect((await collect((request) => store.entries(request), 100)).length).toBe(6);
  });

  it("gives a page of a single item", async () => {
    await store.batch([4, 5].map((n) => ({ type: "put", key: Uint8Array.of(n), value: Uint8Array.of(n) })));
    const page = await store.keys({ ...ALL, limit: 1 });
    expect(page).toEqual({ items: [Uint8Array.of(4)], more: true, damaged: false });
  });

  it("goes on from page to page over a store that is opened again in between", async () => {
    await store.batch(
      [1, 2, 3].map((n) => ({ type: "put", key: Uint8Array.of(n), value: Uint8Array.of(n) })),
    );
    const first = await store.keys({ ...ALL, limit: 2 });
    await reopen();
    const second = await store.keys({ ...ALL, after: first.items.at(-1), limit: 2 });
    expect(second.items).toEqual([Uint8Array.of(3)]);
  });

  it("says roughly how much a range takes", async () => {
    const value = new Uint8Array(64 << 10).map(() => Math.floor(Math.random() * 256));
    const operations = Array.from({ length: 60 }, (__, n) => ({
      type: "put" as const,
      key: Uint8Array.of(n + 1),
      value,
    }));
    await store.batch(operations);
    await reopen();
    expect(await store.approximateBytes(ALL)).toBeGreaterThan(1 << 20);
    expect(await store.approximateBytes({ from: Uint8Array.of(200), to: Uint8Array.of(201) })).toBeLessThan(
      1 << 16,
    );
  });

  it("refuses to open what is not there unless told to make it", async () => {
    await expect(opener.open(join(root, "store.2"), { create: false })).rejects.toMatchObject({
      code: "VAULT_INCOMPLETE",
    });
  });

  it("is salvaged into another one, and stays as it is", async () => {
    await store.batch(
      [5, 6].map((n) => ({ type: "put", key: Uint8Array.of(n), value: Uint8Array.of(n + 1) })),
    );
    await store.batch([{ type: "del", key: Uint8Array.of(6) }]);
    await store.close();
    const salvaged = await opener.salvage(folder, join(root, "store.1.salvage"));
    expect((await salvaged.keys({ ...ALL, limit: 10 })).items).toEqual([Uint8Array.of(5)]);
    expect(await salvaged.get(Uint8Array.of(5))).toEqual(Uint8Array.of(6));
    await salvaged.close();
    store = await opener.open(folder, { create: false });
    expect(await store.get(Uint8Array.of(5))).toEqual(Uint8Array.of(6));
  });

  it("gives nothing to salvage when it is not there", async () => {
    const salvaged = await opener.salvage(join(root, "store.9"), join(root, "store.9.salvage"));
    expect((await salvaged.keys({ ...ALL, limit: 10 })).items).toEqual([]);
    await salvaged.close();
  });

  const bytes = fc.uint8Array({ minLength: 1, maxLength: 4 });
  const operation = fc.oneof(
    fc.record({ type: fc.constant("put" as const), key: bytes, value: fc.uint8Array({ maxLength: 50 }) }),
    fc.record({ type: fc.constant("del" as const), key: bytes }),
  );

  it("pages and walks through exactly what a map would hold, in byte order", async () => {
    const batchesOf = fc.array(fc.array(operation, { maxLength: 8 }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(batchesOf, fc.integer({ min: 1, max: 7 }), async (batches, limit) => {
        const expected = new Map<string, Uint8Array>();
        await clear(store);
        for (const operations of batches) {
          await store.batch(operations);
          for (const each of operations) {
            if (each.type === "put") expected.set(toHex(each.key), each.value);
            else expected.delete(toHex(each.key));
          }
        }
        const names = [...expected.keys()].filter((name) => name < "ff").toSorted();
        const keys = await collect((request) => store.keys(request), limit);
        const entries = await collect((request) => store.entries(request), limit);
        expect(keys.map((key) => toHex(key))).toEqual(names);
        const walked: string[] = [];
        expect(await store.walkKeys((key, length) => walked.push(toHex(key.subarray(0, length))))).toBe(true);
        expect(walked).toEqual([...expected.keys()].toSorted());
        expect(entries.map(({ key, value }) => [toHex(key), toHex(value)])).toEqual(
          names.map((name) => [name, toHex(expected.get(name)!)]),
        );
      }),
      { numRuns: 25 },
    );
  });
});

async function collect<Item>(
  fetch: (request: PageRequest) => Promise<Page<Item>>,
  limit: number,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  for (;;) {
    const last = items.at(-1);
    const after = last instanceof Uint8Array ? last : (last as { key: Uint8Array } | undefined)?.key;
    const page = await fetch({ ...ALL, after, limit });
    expect(page.damaged).toBe(false);
    items.push(...page.items);
    if (!page.more) return items;
  }
}

async function clear(store: RecordStore): Promise<void> {
  const range = { from: new Uint8Array(0), to: Uint8Array.of(255, 255, 255, 255, 255) };
  for (;;) {
    const { items } = await store.keys({ ...range, limit: 1_000 });
    if (items.length === 0) return;
    await store.batch(items.map((key) => ({ type: "del", key })));
  }
}
