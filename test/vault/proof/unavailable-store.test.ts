import { expect, it } from "vitest";
import { unavailableStore } from "../../../src/vault/proof/write-recovery.ts";

it("answers every call with why the store is not there, and closes", async () => {
  const why = new Error("disk gone");
  const store = unavailableStore(why);
  const range = { from: Uint8Array.of(0), to: Uint8Array.of(9) };
  const calls = [
    store.batch([]),
    store.get(Uint8Array.of(1)),
    store.getMany([]),
    store.keys({ ...range, limit: 1 }),
    store.entries({ ...range, limit: 1 }),
    store.walkKeys(() => undefined),
    store.approximateBytes(range),
  ];
  await Promise.all(calls.map((call) => expect(call).rejects.toBe(why)));
  await expect(store.close()).resolves.toBeUndefined();
});
