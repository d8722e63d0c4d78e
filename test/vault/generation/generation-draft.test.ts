import { describe, expect, it } from "vitest";
import { KeepsakeError } from "../../../src/base/errors.ts";
import { Secret } from "../../../src/base/secret.ts";
import { systemRandomness } from "../../../src/crypto/random.ts";
import type { StoreOperation } from "../../../src/store/record-store.ts";
import { GenerationDraft } from "../../../src/vault/generation/generation-draft.ts";
import { KEYSPACE_BYTES } from "../../../src/vault/written/keyspaces.ts";
import { storeKey } from "../../../src/vault/written/store-key.ts";
import { RecordSealer } from "../../../src/vault/written/record-sealer.ts";
import { MemoryStore } from "../../store/support/memory-store.ts";

/** More than a batch holds. */
const LARGE = new Uint8Array(600 << 10);
const turn = () => new Promise((resolve) => setImmediate(resolve));
const newKey = () => storeKey(KEYSPACE_BYTES.memory, systemRandomness.bytes(16));

/** Ends a batch only when the test says how. */
class SlowStore extends MemoryStore {
  begun = 0;
  underWay = 0;
  isClosed = false;
  end: (error?: Error) => void = () => {};

  override async batch(operations: readonly StoreOperation[]): Promise<void> {
    this.begun += 1;
    this.underWay += 1;
    try {
      await new Promise<void>((resolve, reject) => {
        this.end = (error) => (error === undefined ? resolve() : reject(error));
      });
      await super.batch(operations);
    } finally {
      this.underWay -= 1;
    }
  }

  override async close(): Promise<void> {
    expect(this.underWay).toBe(0);
    this.isClosed = true;
  }
}

function makeDraft() {
  const term = { term: 1, key: new Secret(systemRandomness.bytes(32)) };
  const vaultId = new Uint8Array(16);
  const parts = { vaultId, generation: 2, terms: [term], seals: 0, randomness: systemRandomness };
  const store = new SlowStore();
  return { store, draft: new GenerationDraft(store, new RecordSealer(parts), new Uint8Array(32)) };
}

describe("the next generation in the making", () => {
  it("goes on sealing while a batch is written, and never writes two at once", async () => {
    const { store, draft } = makeDraft();
    await draft.put(newKey(), LARGE);
    let isSecondTaken = false;
    const second = draft.put(newKey(), LARGE).then(() => (isSecondTaken = true));
    await turn();
    expect(draft.sealer.seals).toBe(2);
    expect([store.begun, isSecondTaken]).toEqual([1, false]);
    store.end();
    await second;
    expect([store.begun, store.underWay]).toEqual([2, 1]);
  });

  it("loses what is removed from it, and says for the journal what became of each record", async () => {
    const { store, draft } = makeDraft();
    const [kept, removed] = [newKey(), newKey()];
    const put = await draft.put(kept, LARGE.subarray(0, 10));
    expect(put.key).toEqual(kept);
    expect(draft.directories.isNewest(kept, put.tag!)).toBe(true);
    await draft.put(removed, LARGE.subarray(0, 10));
    expect(draft.isStale).toBe(false);
    expect(await draft.remove(removed)).toEqual({ key: removed, tag: undefined });
    expect(draft.isStale).toBe(true);
    const flushed = draft.flush();
    await turn();
    store.end();
    await flushed;
    expect(await store.get(kept)).toBeDefined();
    expect(await store.get(removed)).toBeUndefined();
  });

  it("is durable only when its last batch is", async () => {
    const { store, draft } = makeDraft();
    const key = newKey();
    await draft.put(key, LARGE);
    let isFlushed = false;
    const flushed = draft.flush().then(() => (isFlushed = true));
    await turn();
    expect(isFlushed).toBe(false);
    store.end();
    await flushed;
    expect(await store.get(key)).toBeDefined();
    await draft.flush();
    expect(store.begun).toBe(1);
  });

  it("takes nothing more after a batch that failed", async () => {
    const { store, draft } = makeDraft();
    await draft.put(newKey(), LARGE);
    store.end(new KeepsakeError("DISK_FULL"));
    await turn();
    await expect(draft.put(newKey(), LARGE)).rejects.toMatchObject({ code: "DISK_FULL" });
    await expect(draft.flush()).rejects.toMatchObject({ code: "DISK_FULL" });
    expect(store.begun).toBe(1);
    await draft.abandon();
    expect(store.isClosed).toBe(true);
  });

  it("closes its store only when nothing is being written to it", async () => {
    const { store, draft } = makeDraft();
    await draft.put(newKey(), LARGE);
    const abandoned = draft.abandon();
    await turn();
    expect(store.isClosed).toBe(false);
    store.end();
    await abandoned;
    expect(store.isClosed).toBe(true);
  });
});
