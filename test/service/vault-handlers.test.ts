import { describe, expect, it } from "vitest";
import { KeepsakeError } from "../../src/base/errors.ts";
import { newRecordId } from "../../src/base/record-id.ts";
import type { Result } from "../../src/protocol/method-table.ts";
import { diskOfNotes } from "./fixtures.ts";
import { FakeClock, START } from "../support/fake-clock.ts";
import { expectCode } from "../support/codes.ts";
import {
  Harness,
  PASSPHRASE,
  clientOf,
  gate,
  openHarness,
  said,
  sealedHarness,
  settle,
  tokenOf,
} from "./harness.ts";

const WHOLE = { damaged: [], damagedCount: 0, missingCount: 0 };

function confirmation(result: Result<"vault.purge">): string {
  return tokenOf(result);
}

describe("vault.create", () => {
  it("makes a vault that is open, and gives the recovery key once", async () => {
    const harness = new Harness({});
    expect(harness.service.state()).toBe("missing");
    const created = await harness.call("vault.create", {}, { secrets: [PASSPHRASE] });
    expect(created).toEqual({
      vaultId: harness.disk.vaultId,
      kdf: { memoryKiB: 65_536, passes: 3, parallelism: 1, milliseconds: 7 },
    });
    expect(harness.service.state()).toBe("open");
    expect(harness.given.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual([
      "recovery-key-of-a-test",
    ]);
    expect(harness.openCalls).toBe(1);
    await harness.save("first memory");
    expect(await harness.found("memory")).toHaveLength(1);
    expect(harness.progress.map(({ stage }) => stage)).toEqual(["kdf"]);
  });

  it("gives no recovery key when that is refused", async () => {
    const harness = new Harness({});
    await harness.call("vault.create", { recovery: false }, { secrets: [PASSPHRASE] });
    expect(harness.given).toEqual([]);
  });

  it("does not touch a vault that exists", async () => {
    const sealed = await sealedHarness();
    await expectCode(sealed.call("vault.create", {}, { secrets: ["another"] }), "VAULT_EXISTS");
    expect(sealed.service.state()).toBe("sealed");
    expect(sealed.openCalls).toBe(0);
  });

  it("sets aside what is there when told to, and says where it is", async () => {
    const sealed = await sealedHarness();
    const created = await sealed.call("vault.create", { setAside: true }, { secrets: [PASSPHRASE] });
    expect(created.setAside).toBe("/vault-set-aside");
  });

  it("wants its secret frame, and a vault that has an id", async () => {
    const harness = new Harness({});
    await expectCode(harness.call("vault.create", {}), "MALFORMED_REQUEST");
    harness.disk.vaultId = undefined;
    await expect(harness.call("vault.create", {}, { secrets: [PASSPHRASE] })).rejects.toThrow(
      "without an id",
    );
  });
});

describe("a vault that cannot be opened as its folder is", () => {
  it("is looked at again for every status, which says what is wrong, and where only to who may see everything", async () => {
    const sealed = await sealedHarness();
    expect((await sealed.call("vault.status", {})).fault).toBeUndefined();
    sealed.disk.fault = new KeepsakeError("VAULT_INCOMPLETE", "/v/store.1 is missing");
    expect(sealed.service.fault()).toBe(sealed.disk.fault);
    const { fault } = await sealed.call("vault.status", {});
    expect(fault).toEqual({ code: "VAULT_INCOMPLETE", message: "/v/store.1 is missing" });
    const limited = clientOf("limited", ["lantern"]);
    const told = await sealed.call("vault.status", {}, { client: limited });
    expect(told.fault).toEqual({ code: "VAULT_INCOMPLETE" });
    expect(sealed.disk.looks).toBe(3);
  });

  it("is opened by an older keyring only when the unlock says so", async () => {
    const sealed = await sealedHarness();
    sealed.disk.isKeyringOlder = true;
    await expectCode(sealed.unlock(), "ROLLBACK_DETECTED");
    const told = { with: "passphrase", acceptRollback: true } as const;
    expect((await sealed.call("vault.unlock", told, { secrets: [PASSPHRASE] })).state).toBe("open");
  });

  it("says in words why writes are refused", async () => {
    const harness = await openHarness();
    harness.disk.readOnly = {
      code: "VAULT_DAMAGED",
      since: START,
      message: "its anchor is missing or damaged",
    };
    const { open } = await harness.call("vault.status", {});
    expect(open!.readOnly!.message).toBe("its anchor is missing or damaged");
  });
});

describe("vault.unlock", () => {
  it("opens with passphrase, recovery key and keychain", async () => {
    const first = new Harness({});
    await first.call("vault.create", {}, { secrets: [PASSPHRASE] });
    await first.save("kept");
    first.disk.addSlot({ kind: "keychain", label: "keychain", created: START });
    for (const [way, secrets] of [
      ["passphrase", [PASSPHRASE]],
      ["recovery", ["recovery-key-of-a-test"]],
      ["keychain", []],
    ] as const) {
      const harness = first.restarted();
      const result = await harness.call("vault.unlock", { with: way }, { secrets });
      expect(result).toEqual({
        state: "open",
        already: false,
        memories: 1,
        drained: 0,
        known: 0,
        unverified: 0,
        damage: WHOLE,
      });
      expect(harness.service.state()).toBe("open");
      expect(harness.openCalls).toBe(1);
    }
  });

  it("says so when it is wrong, and stays sealed", async () => {
    const sealed = await sealedHarness();
    await expectCode(
      sealed.call("vault.unlock", { with: "passphrase" }, { secrets: ["wrong"] }),
      "WRONG_PASSPHRASE",
    );
    await expectCode(sealed.call("vault.unlock", { with: "keychain" }), "KEYCHAIN_UNAVAILABLE");
    await expectCode(sealed.call("vault.unlock", { with: "recovery" }), "MALFORMED_REQUEST");
    expect(sealed.service.state()).toBe("sealed");
    expect(sealed.openCalls).toBe(0);
    await expectCode(new Harness({}).unlock(), "VAULT_MISSING");
  });

  it("is no error when the vault is open", async () => {
    const harness = await openHarness();
    await harness.save("kept");
    const again = await harness.call("vault.unlock", { with: "passphrase" }, { secrets: ["whatever"] });
    expect(again).toMatchObject({ state: "open", already: true, memories: 1 });
    expect(harness.openCalls).toBe(1);
  });

  it("names the first hundred damaged records and counts all", async () => {
    const sealed = await sealedHarness();
    for (let record = 0; record < 150; record++) sealed.disk.damaged.add(newRecordId());
    sealed.disk.missingCount = 3;
    const { damage } = await sealed.unlock();
    expect([damage?.damaged.length, damage?.damagedCount, damage?.missingCount]).toEqual([100, 150, 3]);
  });
});

describe("vault.status", () => {
  it("says that there is no vault", async () => {
    const harness = new Harness({});
    expect(await harness.call("vault.status", {})).toEqual({
      state: "missing",
      version: "0.0.0-test",
      pid: process.pid,
      frontPid: process.ppid,
      waiting: 0,
      waitingBytes: 0,
      keychain: false,
    });
  });

  it("says of a sealed vault what waits and when the next unlock is allowed", async () => {
    const sealed = await sealedHarness();
    await sealed.call("memory.capture", { session: "s", turns: [said("m", "x")] });
    sealed.door.retryAfterMs = 99.5;
    sealed.disk.addSlot({ kind: "keychain", label: "keychain", created: START });
    expect(await sealed.call("vault.status", {})).toEqual({
      state: "sealed",
      version: "0.0.0-test",
      vaultId: sealed.disk.vaultId,
      pid: process.pid,
      frontPid: process.ppid,
      waiting: 1,
      waitingBytes: sealed.door.inboxCounts().bytes,
      keychain: true,
      unlockRetryAfterMs: 100,
    });
    expect(sealed.openCalls).toBe(0);
  });

  it("looks into the drop folder first, and tells of what cannot be taken in, but not a limited client", async () => {
    const harness = await openHarness();
    const before = harness.disk.drops;
    expect(await harness.call("vault.status", {})).not.toHaveProperty("dropsSetAside");
    harness.disk.dropsSetAside = 3;
    expect(await harness.call("vault.status", {})).toMatchObject({ dropsSetAside: 3 });
    expect(harness.disk.drops).toBeGreaterThanOrEqual(before + 2);
    const limited = await harness.call("vault.status", {}, { client: clientOf("limited", ["/p"]) });
    expect(limited).not.toHaveProperty("dropsSetAside");
    expect(await harness.call("vault.verify", {})).toMatchObject({ ok: true, dropsSetAside: 3 });
  });

  it("waits for no store that is looked through for long, and says nothing of what waits until it is", async () => {
    const harness = (await openHarness()).restarted();
    harness.disk.isCounting = true;
    const early = await harness.call("vault.status", {});
    expect(early).toMatchObject({ state: "sealed" });
    expect(early).not.toHaveProperty("waiting");
    expect(early).not.toHaveProperty("waitingBytes");
    harness.disk.isCounting = false;
    expect(await harness.call("vault.status", {})).toMatchObject({ waiting: 0, waitingBytes: 0 });
  });

  it("stays open for as long as the person says, sealed or open, and for nobody else", async () => {
    const kept: number[] = [];
    const clock = new FakeClock();
    const harness = await openHarness({
      clock,
      keepOpen: (ms) => void kept.push(ms),
      locksAt: () => clock.now() + (kept.at(-1) ?? 0),
    });
    const params = { with: "keychain", acceptRollback: false } as const;
    const unlocked = await harness.call("vault.unlock", { ...params, forMs: 3_600_000 });
    expect(unlocked).toMatchObject({ already: true, locksAt: "2026-05-01T13:00:00.000Z" });
    expect(await harness.call("vault.unlock", params)).not.toHaveProperty("locksAt");
    const other = { ...clientOf("other"), scopes: ["control" as const] };
    await expect(
      harness.call("vault.unlock", { ...params, forMs: 3_600_000 }, { client: other }),
    ).rejects.toMatchObject({ code: "SCOPE_DENIED" });
    expect(kept).toEqual([3_600_000]);
  });

  it("says of an open vault how it is", async () => {
    const clock = new FakeClock();
    const harness = await openHarness({ clock, locksAt: () => clock.now() + 1_800_000 });
    const id = await harness.save("one");
    await harness.call("memory.update", { id, text: "two" });
    clock.advance(60_000);
    const status = await harness.call("vault.status", {});
    expect(status.open).toEqual({
      forgotten: 0,
      memories: 1,
      versions: 2,
      since: "2026-05-01T12:00:00.000Z",
      locksAt: "2026-05-01T12:31:00.000Z",
      generation: 1,
      purgePending: false,
      index: { complete: true, done: 2, total: 2 },
      damage: WHOLE,
      inbox: { unverified: 0, setAside: 0 },
    });
    await harness.call("memory.forget", { ids: [id] });
    harness.disk.readOnly = { code: "DISK_FULL", since: clock.now() };
    expect((await harness.call("vault.status", {})).open).toMatchObject({
      memories: 0,
      purgePending: true,
      purgeDueAt: "2026-05-02T12:01:00.000Z",
      readOnly: { code: "DISK_FULL", since: "2026-05-01T12:01:00.000Z" },
    });
  });

  it("opens no session when nobody unlocked, and one when the door is open already", async () => {
    const harness = await openHarness();
    const beside = new Harness({ disk: harness.disk });
    await beside.door
      .unlock({ kind: "keychain" }, { progress: () => {}, signal: new AbortController().signal })
      .catch(() => {});
    expect(beside.openCalls).toBe(0);
    harness.disk.addSlot({ kind: "keychain", label: "keychain", created: START });
    await beside.door.unlock(
      { kind: "keychain" },
      { progress: () => {}, signal: new AbortController().signal },
    );
    expect((await beside.call("vault.status", {})).open?.memories).toBe(0);
    expect(beside.openCalls).toBe(1);
  });
});

describe("vault.lock", () => {
  it("asks the engine to end, whatever the state and the client", async () => {
    const missing = new Harness({});
    expect(await missing.call("vault.lock", {})).toEqual({ state: "missing" });
    const harness = await openHarness();
    const limited = clientOf("of-a", ["/a"]);
    expect(await harness.call("vault.lock", {}, { client: limited })).toEqual({ state: "sealed" });
    const sealed = harness.restarted();
    expect(await sealed.call("vault.lock", {})).toEqual({ state: "sealed" });
    expect([missing.lockCalls, harness.lockCalls, sealed.lockCalls]).toEqual([1, 1, 1]);
  });
});

describe("vault.verify", () => {
  it("says whether everything is there and whole", async () => {
    const harness = await openHarness();
    const id = await harness.save("one");
    const verify = () => harness.call("vault.verify", {});
    expect(await verify()).toEqual({ records: 1, ok: true, damage: WHOLE });
    harness.disk.missingCount = -1;
    expect(await verify()).toMatchObject({ ok: false, damage: { missingCount: -1 } });
    harness.disk.missingCount = 0;
    harness.disk.damaged.add(id);
    expect(await verify()).toMatchObject({ ok: false, damage: { damaged: [id], damagedCount: 1 } });
    expect(harness.progress.at(-1)).toEqual({ stage: "read", done: 1, total: 1 });
  });
});

describe("vault.purge", () => {
  it("first asks, then writes the next generation", async () => {
    const harness = await openHarness();
    const kept = await harness.save("kept note");
    await harness.call("memory.forget", { ids: [await harness.save("forgotten note")] });
    const asked = await harness.call("vault.purge", {});
    expect(asked).toMatchObject({ operation: "vault.purge", targetCount: 1 });
    expect(harness.disk.generation).toBe(1);
    const done = await harness.call("vault.purge", { confirmationToken: confirmation(asked) });
    expect(done).toEqual({ status: "purged", records: 1, generation: 2, damage: WHOLE });
    expect((await harness.call("vault.status", {})).open).toMatchObject({
      purgePending: false,
      generation: 2,
    });
    expect(await harness.found("note")).toEqual([kept]);
  });

  it("refuses a token of another generation or client", async () => {
    const harness = await openHarness();
    const token = confirmation(await harness.call("vault.purge", {}));
    await harness.call("vault.rotate", {});
    await expectCode(harness.call("vault.purge", { confirmationToken: token }), "CONFIRMATION_STALE");
    const other = confirmation(await harness.call("vault.purge", {}, { client: clientOf("other") }));
    await expectCode(harness.call("vault.purge", { confirmationToken: other }), "CONFIRMATION_INVALID");
    expect(harness.disk.generation).toBe(2);
  });
});

describe("vault.rotate", () => {
  it("makes a new data key without a confirmation", async () => {
    const harness = await openHarness();
    const id = await harness.save("kept note");
    expect(await harness.call("vault.rotate", {})).toEqual({
      records: 1,
      generation: 2,
      droppedSlots: [],
      damage: WHOLE,
    });
    expect(await harness.found("note")).toEqual([id]);
  });

  it("makes a new master key with the passphrase, names the slots it drops and gives a new recovery key", async () => {
    const harness = await openHarness();
    await harness.call("key.add", { kind: "recovery", label: "laptop" });
    harness.given.length = 0;
    const secrets = [PASSPHRASE];
    expect(await harness.call("vault.rotate", { master: true }, { secrets })).toMatchObject({
      generation: 2,
      droppedSlots: ["laptop"],
    });
    expect(harness.given).toHaveLength(1);
    await harness.call("vault.rotate", { master: true, recovery: false }, { secrets });
    expect(harness.given).toHaveLength(1);
    await expectCode(harness.call("vault.rotate", { master: true }), "MALFORMED_REQUEST");
  });
});

describe("after the vault was written anew", () => {
  const purge = async (harness: Harness) =>
    harness.call("vault.purge", { confirmationToken: confirmation(await harness.call("vault.purge", {})) });

  it.each([
    ["purge", purge],
    ["rotate", (harness: Harness) => harness.call("vault.rotate", {})],
    [
      "rotate --master",
      (harness: Harness) => harness.call("vault.rotate", { master: true }, { secrets: [PASSPHRASE] }),
    ],
    ["repair", (harness: Harness) => harness.call("vault.repair", {})],
  ])("by %s, what was damaged is in no answer and blocks no update", async (_what, rewrite) => {
    const harness = await openHarness();
    const old = await harness.save("harbour one", { tags: ["old"] });
    const { id: newest } = await harness.call("memory.update", {
      id: old,
      text: "harbour two",
      tags: ["new"],
    });
    harness.disk.damaged.add(newest);
    await rewrite(harness);
    expect(await harness.found("harbour")).toEqual([old]);
    expect((await harness.call("memory.projects", {})).tags).toEqual([{ tag: "old", count: 1 }]);
    const { supersedes } = await harness.call("memory.update", { id: old, text: "harbour three" });
    expect(supersedes).toBe(old);
    expect((await harness.call("vault.status", {})).open?.damage).toEqual(WHOLE);
  });

  it("the index is not loaded again when nothing was damaged", async () => {
    const harness = await openHarness();
    await harness.save("kept");
    await settle();
    const before = harness.events("index-complete").length;
    await purge(harness);
    await settle();
    expect(harness.events("index-complete").length).toBe(before);
  });
});

describe("vault.repair", () => {
  it("asks to accept a rollback, and takes what was found as the truth", async () => {
    const harness = await openHarness();
    const id = await harness.save("harbour");
    harness.disk.isRolledBack = true;
    await expectCode(harness.call("vault.repair", {}), "ROLLBACK_DETECTED");
    // What the disk holds now is not what the index was told.
    const other = newRecordId();
    const [record] = harness.disk.records.memory.values();
    harness.disk.records.memory.clear();
    harness.disk.put("memory", other, record?.plaintext ?? new Uint8Array());
    const done = await harness.call("vault.repair", { acceptRollback: true });
    expect(done).toMatchObject({ records: 1, generation: 2 });
    expect(await harness.found("harbour")).toEqual([other]);
    expect((await harness.call("memory.get", { ids: [id] })).missing).toEqual([id]);
  });
});

describe("closing", () => {
  it("closes the vault, once what runs on its own has ended", async () => {
    const harness = await openHarness();
    await harness.save("one");
    await harness.service.close();
    expect(harness.door.isClosed).toBe(true);
    const missing = new Harness({});
    await missing.service.close();
    expect(missing.door.isClosed).toBe(true);
  });

  it("closes the vault once nothing reads from it any more", async () => {
    const disk = diskOfNotes(5);
    const rest = gate();
    let scanned = 0;
    disk.hooks.beforeScanned = () => {
      scanned += 1;
      return rest.opened;
    };
    const harness = await openHarness({ disk });
    const searching = harness.call("memory.search", { query: "harbour" });
    await settle();
    const closing = harness.service.close();
    await settle();
    expect(harness.door.isClosed).toBe(false);
    rest.open();
    await closing;
    expect(harness.door.isClosed).toBe(true);
    expect(await searching).toMatchObject({ hits: [], complete: false });
    expect(scanned).toBe(1);
  });

  it("closes the vault also when the last checkpoint fails", async () => {
    const harness = await openHarness({ disk: diskOfNotes(1_000) });
    await harness.found("anything");
    harness.disk.hooks.betweenChunks = () => {
      throw new KeepsakeError("DISK_FULL");
    };
    await expectCode(harness.service.close(), "DISK_FULL");
    expect(harness.door.isClosed).toBe(true);
  });

  it("writes a last checkpoint when that is worthwhile, and the next engine loads it", async () => {
    const harness = await openHarness({ disk: diskOfNotes(1_000) });
    await harness.found("anything");
    await harness.service.close();
    expect(harness.disk.checkpoint?.members.size).toBe(1_000);
    const next = harness.restarted();
    let scans = 0;
    harness.disk.hooks.beforeScanned = () => void (scans += 1);
    await next.unlock();
    expect(await next.found("harbour", { limit: 1 })).toHaveLength(1);
    expect(scans).toBe(0);
  });

  it("writes no checkpoint of a small vault or of an index that is not whole", async () => {
    const small = await openHarness({ disk: diskOfNotes(999) });
    await small.found("anything");
    await small.service.close();
    expect(small.disk.checkpoint).toBeUndefined();
    const loading = await openHarness({ disk: diskOfNotes(1_000) });
    await loading.service.close();
    expect(loading.disk.checkpoint).toBeUndefined();
  });
});
