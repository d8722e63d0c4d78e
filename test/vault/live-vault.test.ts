import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fromUtf8, utf8 } from "../../src/base/bytes.ts";
import { newRecordId } from "../../src/base/record-id.ts";
import { FaultyDisk } from "./support/faulty-store.ts";
import { passphrase, VaultHome, work } from "./support/vault-home.ts";

let home: VaultHome;
beforeEach(async () => {
  home = await VaultHome.make();
});
afterEach(async () => {
  await home.remove();
});

describe("an open vault", () => {
  it("gives back what was written, also after it was closed and opened again", async () => {
    const { door, vault } = await home.create();
    const id = newRecordId();
    await vault.write([{ type: "put", keyspace: "memory", id, plaintext: utf8("hello") }]);
    expect(fromUtf8((await vault.read("memory", id))!)).toBe("hello");
    await door.close();
    const again = await home.open();
    expect(fromUtf8((await again.vault.read("memory", id))!)).toBe("hello");
    expect(again.vault.health).toMatchObject({
      records: 1,
      readOnly: undefined,
      damage: { damaged: [], missingCount: 0 },
    });
    const purged = await again.vault.purge(work());
    expect(purged.records).toBe(1);
    expect(fromUtf8((await again.vault.read("memory", id))!)).toBe("hello");
    await again.door.close();
    const third = await home.open();
    expect(fromUtf8((await third.vault.read("memory", id))!)).toBe("hello");
    expect(third.vault.health.generation).toBe(2);
  });

  it("writes nothing by being opened and closed", async () => {
    const { door, vault } = await home.create();
    await vault.write([{ type: "put", keyspace: "memory", id: newRecordId(), plaintext: utf8("hello") }]);
    await door.close();
    const disk = new FaultyDisk();
    let batches = 0;
    disk.onBatch = () => void (batches += 1);
    const again = await home.open({ opener: disk.opener });
    await again.vault.writer.idle();
    await again.door.close();
    expect(batches).toBe(0);
  });

  it("stays sealed when whoever asked is gone by the time the passphrase is proven", async () => {
    const { door } = await home.create();
    await door.close();
    const sealed = await home.door();
    const unlocking = sealed.unlock(
      { kind: "passphrase", secret: passphrase() },
      work({ signal: AbortSignal.abort() }),
    );
    await expect(unlocking).rejects.toMatchObject({ code: "CANCELLED" });
    expect(sealed.state()).toBe("sealed");
  });
});
