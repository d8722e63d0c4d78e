/** A checkpoint that does not belong to the head is not used, also where it counts as many records. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fromUtf8, utf8 } from "../../src/base/bytes.ts";
import { newRecordId } from "../../src/base/record-id.ts";
import { MANIFEST_KEY } from "../../src/vault/written/checkpoint-format.ts";
import type { LiveVault } from "../../src/vault/live-vault.ts";
import type { RecordId } from "../../src/vault/vault.ts";
import { FaultyDisk } from "./support/faulty-store.ts";
import { entriesOf, removeAll, tamper } from "./support/tamper.ts";
import { VaultHome } from "./support/vault-home.ts";

let home: VaultHome;
let disk: FaultyDisk;

beforeEach(async () => {
  home = await VaultHome.make();
  disk = new FaultyDisk();
});
afterEach(async () => {
  await home.remove();
});

const CLEAN = { damaged: [], missingCount: 0 };
const put = (id: RecordId, text: string) =>
  ({ type: "put", keyspace: "memory", id, plaintext: utf8(text) }) as const;
const text = async (vault: LiveVault, id: RecordId) => fromUtf8((await vault.read("memory", id))!);

describe("a checkpoint with as many records as there are", () => {
  it("is not used when it is of a later sequence number than the head's", async () => {
    const id = newRecordId();
    const { door, vault } = await home.create();
    await vault.write([put(id, "early")]);
    await door.close();
    const early = await home.copy();
    const opened = await home.open();
    await opened.vault.write([put(id, "later")]);
    await opened.vault.writeCheckpoint([utf8("index")]);
    await opened.door.close();
    const later = await tamper(home.directory, (store) => entriesOf(store, "checkpoint"));
    await tamper(early.directory, (store) => store.batch(later.map((entry) => ({ type: "put", ...entry }))));
    const { vault: rolledBack } = await early.open();
    expect(await rolledBack.loadCheckpoint()).toBeUndefined();
    expect(await text(rolledBack, id)).toBe("early");
    expect(rolledBack.health).toMatchObject({ records: 1, damage: CLEAN });
    await early.remove();
  });

  it("is not used when the journal behind it is lost", async () => {
    const id = newRecordId();
    const { door, vault } = await home.create();
    await vault.write([put(id, "early")]);
    await vault.writeCheckpoint([utf8("index")]);
    await vault.write([put(id, "later")]);
    await door.close();
    await tamper(home.directory, (store) => removeAll(store, "journal"));
    const { vault: opened } = await home.open();
    expect(await opened.loadCheckpoint()).toBeUndefined();
    expect(await text(opened, id)).toBe("later");
    expect(opened.health).toMatchObject({ records: 1, readOnly: undefined, damage: CLEAN });
  });
});

describe("a checkpoint that is written", () => {
  it("shares batches between a few of its parts", async () => {
    const { vault } = await home.create({ opener: disk.opener });
    await vault.write([put(newRecordId(), "text")]);
    const sizes: number[] = [];
    disk.onBatch = (operations) => void sizes.push(operations.length);
    await vault.writeCheckpoint(["a", "b", "c", "d", "e", "f", "g"].map((chunk) => utf8(chunk)));
    // Seven chunks and one page, the manifest, and the entry of the journal that is not needed any more.
    expect(sizes).toEqual([3, 3, 2, 1, 1]);
    sizes.length = 0;
    await vault.writeCheckpoint([utf8("a"), utf8("b")]);
    // Two chunks and one page, the manifest, and the eight parts of the one before.
    expect(sizes).toEqual([3, 1, 8]);
  });

  it("shortens the journal although the one before is lost", async () => {
    const { door, vault } = await home.create();
    await vault.write([put(newRecordId(), "text")]);
    await door.close();
    await tamper(home.directory, (store) => store.batch([{ type: "del", key: MANIFEST_KEY }]));
    const { vault: opened } = await home.open();
    await opened.write([put(newRecordId(), "text")]);
    await opened.write([put(newRecordId(), "text")]);
    await opened.writeCheckpoint([utf8("index")]);
    const store = await opened.state.era.use((era) => era.store);
    expect(await entriesOf(store, "journal")).toEqual([]);
  });
});
