/** The service over a vault on disk: what the tests with a vault in memory take for granted of one. */
import { describe, expect, it, vi } from "vitest";
import { utf8 } from "../../src/base/bytes.ts";
import { parseRecordId } from "../../src/base/record-id.ts";
import { expectCode } from "../support/codes.ts";
import { PASSPHRASE, chunks, said, tokenOf } from "./harness.ts";
import type { Harness } from "./harness.ts";
import { bytesBelow, engines } from "./real-engines.ts";

process.umask(0o077);

const KEY = "some-key-1";
const note = (text: string) =>
  `${JSON.stringify({ kind: "note", text, project: null, at: "2026-05-01T10:00:00Z" })}\n`;

describe("a memory that expired", () => {
  it("has left the folder with all versions after a purge: neither its key nor its sealed bytes are there", async () => {
    const next = await engines();
    const first = await next();
    await first.call("vault.create", { recovery: false }, { secrets: [PASSPHRASE] });
    const old = await first.save("harbour once");
    const expiresAt = new Date(first.clock.now() + 1_000).toISOString();
    const { id } = await first.call("memory.update", { id: old, text: "harbour now", expiresAt });
    const kept = await first.save("lighthouse");
    // The first bytes of a key may stand with the key before it.
    const tail = (each: string) => Buffer.from(parseRecordId(each)).subarray(4);
    const engine = await next();
    await engine.unlock();
    const before = await bytesBelow(next.directory);
    for (const each of [old, id, kept]) expect(before.includes(tail(each))).toBe(true);
    engine.clock.advance(1_000);
    const token = tokenOf(await engine.answer("vault.purge", {}));
    await engine.call("vault.purge", { confirmationToken: token });
    const after = await bytesBelow(next.directory);
    for (const each of [old, id]) expect(after.includes(tail(each))).toBe(false);
    expect(after.includes(tail(kept))).toBe(true);
    const last = await next();
    await last.unlock();
    expect(await last.call("memory.get", { ids: [old, id] })).toEqual({ memories: [], missing: [old, id] });
    expect(await last.found("lighthouse")).toEqual([kept]);
  });
});

describe("the service over a vault on disk", () => {
  it("keeps what was saved, updated, captured and imported through a restart, a purge and a master rotation", async () => {
    const next = await engines();
    const first = await next();
    await first.call("vault.create", { recovery: false }, { secrets: [PASSPHRASE] });
    const old = await first.call("memory.save", { text: "harbour one", idempotencyKey: KEY });
    const newest = await first.call("memory.update", { id: old.id, text: "harbour two" });
    await first.call("memory.capture", { session: "s", turns: [said("m", "lighthouse")] });
    await first.call("data.import", { format: "keepsake" }, { stream: chunks(note("anchor")) });
    const gone = await first.save("forgotten words");
    await first.call("memory.forget", { ids: [gone] });

    const check = async (harness: Harness) => {
      expect(await harness.found("harbour")).toEqual([newest.id]);
      expect(await harness.found("lighthouse")).toHaveLength(1);
      expect(await harness.found("anchor")).toHaveLength(1);
      expect(await harness.found("forgotten")).toEqual([]);
      const { memories } = await harness.call("memory.get", { ids: [newest.id] });
      expect(memories[0]?.versions?.map(({ id }) => id)).toEqual([old.id, newest.id]);
      const again = await harness.call("memory.save", { text: "harbour one", idempotencyKey: KEY });
      expect(again).toEqual({ id: old.id, reused: true });
      const turns = [said("m", "lighthouse")];
      expect(await harness.call("memory.capture", { session: "s", turns })).toMatchObject({ duplicates: 1 });
      const stream = chunks(note("anchor"));
      expect(await harness.call("data.import", { format: "keepsake" }, { stream })).toMatchObject({
        duplicates: 1,
      });
      expect((await harness.call("vault.status", {})).open).toMatchObject({
        memories: 3,
        versions: 4,
        index: { complete: true, done: 4, total: 4 },
        damage: { damagedCount: 0, missingCount: 0 },
      });
      expect(await harness.call("vault.verify", {})).toMatchObject({ ok: true });
    };

    await check(first);
    const second = await next();
    await expectCode(second.found("harbour"), "VAULT_SEALED");
    expect(await second.unlock()).toMatchObject({ memories: 4, drained: 0 });
    await check(second);
    expect((await second.call("vault.status", {})).open).toMatchObject({ purgePending: true });
    await second.call("vault.rotate", {});
    expect((await second.call("vault.status", {})).open).toMatchObject({
      purgePending: false,
      generation: 2,
    });
    await check(second);
    await second.call("vault.rotate", { master: true, recovery: false }, { secrets: [PASSPHRASE] });
    await check(second);
    await second.call("vault.repair", {});
    await check(second);
    const third = await next();
    await third.unlock();
    await check(third);
  });

  it("takes in what was captured while sealed, once", async () => {
    const next = await engines();
    const first = await next();
    await first.call("vault.create", { recovery: false }, { secrets: [PASSPHRASE] });
    const turns = Array.from({ length: 150 }, (_, turn) => said(`m${turn}`, `harbour ${turn}`));
    await first.call("memory.capture", { session: "s", turns: turns.slice(0, 50) });
    const sealed = await next();
    expect(await sealed.call("memory.capture", { session: "s", turns })).toMatchObject({ waiting: 150 });
    await sealed.call("memory.capture", { session: "s", turns });
    const second = await next();
    await vi.waitFor(async () => expect((await second.call("vault.status", {})).waiting).toBe(300), 60_000);
    // Captures go on while the vault is being unlocked.
    const late = [said("late", "harbour late")];
    const [unlocked] = await Promise.all([
      second.unlock(),
      ...Array.from({ length: 20 }, () => second.call("memory.capture", { session: "s", turns: late })),
    ]);
    expect(unlocked.drained).toBeGreaterThanOrEqual(300);
    expect((await second.call("vault.status", {})).waiting).toBe(0);
    expect(await second.found("harbour", { limit: 100 })).toHaveLength(100);
    expect((await second.call("vault.status", {})).open?.memories).toBe(151);
  });

  it("loads its checkpoint after a clean close and catches up with what came later", async () => {
    const next = await engines();
    const first = await next();
    await first.call("vault.create", { recovery: false }, { secrets: [PASSPHRASE] });
    const many = Array.from({ length: 1_200 }, (_, position) => note(`harbour ${position}`));
    await first.call("data.import", { format: "keepsake" }, { stream: chunks(...many) });
    const second = await next();
    await second.unlock();
    const id = await second.save("lighthouse");
    const [gone = ""] = await second.found("harbour", { limit: 1 });
    await second.call("memory.forget", { ids: [gone] });
    const third = await next();
    await third.unlock();
    expect(await third.found("lighthouse")).toEqual([id]);
    expect(third.events("checkpoint-discarded")).toEqual([]);
    expect((await third.call("vault.status", {})).open).toMatchObject({
      memories: 1_200,
      index: { complete: true, total: 1_200 },
    });
    expect((await third.call("memory.get", { ids: [gone] })).missing).toEqual([gone]);
  });

  it("says that a passphrase is wrong", async () => {
    const next = await engines();
    const first = await next();
    await first.call("vault.create", { recovery: false }, { secrets: [PASSPHRASE] });
    const sealed = await next();
    const wrong = sealed.call("vault.unlock", { with: "passphrase" }, { secrets: ["not the passphrase"] });
    await expectCode(wrong, "WRONG_PASSPHRASE");
    expect(utf8(sealed.log.join("")).length).toBe(0);
    expect(sealed.service.state()).toBe("sealed");
  });
});
