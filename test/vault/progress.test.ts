/** What opening and verifying a vault tell on their way. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { utf8 } from "../../src/base/bytes.ts";
import { newRecordId } from "../../src/base/record-id.ts";
import { MANIFEST_KEY } from "../../src/vault/written/checkpoint-format.ts";
import type { Keyspace, Progress } from "../../src/vault/vault.ts";
import { memoryKey, tamper } from "./support/tamper.ts";
import { passphrase, VaultHome, work } from "./support/vault-home.ts";

let home: VaultHome;

beforeEach(async () => {
  home = await VaultHome.make();
});
afterEach(async () => {
  await home.remove();
});

const put = (keyspace: Keyspace = "memory") =>
  ({ type: "put", keyspace, id: newRecordId(), plaintext: utf8("text") }) as const;
const read = (done: number, total: number): Progress => ({ stage: "read", done, total });

async function unlocked(): Promise<readonly Progress[]> {
  const door = await home.door();
  const seen: Progress[] = [];
  await door.unlock({ kind: "passphrase", secret: passphrase() }, work({ seen }));
  await door.close();
  return seen.filter(({ stage }) => stage === "read");
}

describe("opening a vault", () => {
  it("tells how many of the records that should be there it has looked at", async () => {
    const { door, vault } = await home.create();
    await vault.write([...Array.from({ length: 1_200 }, () => put()), put("audit"), put("audit")]);
    await door.close();
    expect(await unlocked()).toEqual([read(1_000, 1_202), read(1_202, 1_202)]);
  });

  it("tells the same where nothing says which those are, and never more than all", async () => {
    const { door, vault } = await home.create();
    const memories = Array.from({ length: 250 }, () => put());
    await vault.write([...memories, put("audit")]);
    await door.close();
    await tamper(home.directory, (store) => store.batch([{ type: "del", key: MANIFEST_KEY }]));
    const once = await home.copy();
    expect(await unlocked()).toEqual([read(200, 251), read(250, 251), read(251, 251)]);
    await tamper(once.directory, async (store) => {
      const value = (await store.get(memoryKey(memories[0]!.id)))!;
      const more = Array.from({ length: 5 }, () => memoryKey(newRecordId()));
      await store.batch(more.map((key) => ({ type: "put", key, value })));
    });
    const seen: Progress[] = [];
    const again = await once.door();
    const { health } = await again.unlock({ kind: "passphrase", secret: passphrase() }, work({ seen }));
    expect(seen.slice(2)).toEqual([read(200, 251), read(251, 251), read(251, 251)]);
    expect(health.damage.missingCount).toBe(-5);
    await once.remove();
  });
});

describe("verifying a vault", () => {
  it("tells how many records and turns of all it has read", async () => {
    const { door, vault } = await home.create();
    await vault.write([put(), put(), put("audit")]);
    await door.capture([utf8("one"), utf8("two")]);
    const seen: Progress[] = [];
    const verified = await vault.verify(work({ seen }));
    expect(seen).toEqual([read(2, 5), read(3, 5), read(4, 5), read(5, 5)]);
    expect(verified).toEqual({ records: 5, damage: { damaged: [], missingCount: 0 } });
  });

  it("ends soon after it is told to stop", async () => {
    const { door, vault } = await home.create();
    await vault.write([put()]);
    await door.capture([utf8("one"), utf8("two"), utf8("three")]);
    const controller = new AbortController();
    const seen: Progress[] = [];
    const progress = (each: Progress) => {
      seen.push(each);
      if (each.done === 2) controller.abort();
    };
    await expect(vault.verify({ progress, signal: controller.signal })).rejects.toMatchObject({
      code: "CANCELLED",
    });
    expect(seen).toEqual([read(1, 4), read(2, 4)]);
  });
});
