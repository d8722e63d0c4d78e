import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/base/bytes.ts";
import { KeepsakeError } from "../../src/base/errors.ts";
import { searchIndexFactory } from "../../src/search/create-search-index.ts";
import { encodeWaiting } from "../../src/service/audit/audit-entry.ts";
import { encodeCaptured } from "../../src/protocol/turn-in-inbox.ts";
import { decodeCaptured } from "../../src/service/memories/captured-turn.ts";
import { InboxDrain } from "../../src/service/memories/drain-inbox.ts";
import { IndexKeeper } from "../../src/service/index/index-keeper.ts";
import { Memories } from "../../src/service/memories/memories.ts";
import { expectCode } from "../support/codes.ts";
import { PASSPHRASE, chunks, gate, openHarness, said, sealedHarness, settle } from "./harness.ts";
import type { Harness } from "./harness.ts";

const turns = [
  said("m1", "where is the harbour", { at: "2026-05-01T10:00:00Z" }),
  said("m2", "behind the lighthouse", { at: "2026-05-01T10:00:05Z", role: "assistant", speaker: "Ada" }),
];
const batch = { session: "s", project: "/p", turns };

async function stored(harness: Harness): Promise<string[]> {
  const { memories } = await harness.call("memory.recent", { kind: "turn", limit: 100 });
  return memories.map(({ text }) => text).toSorted();
}

const line = (messageId: string, text: string) =>
  `${JSON.stringify({ kind: "turn", text, project: "/p", session: "s", messageId, at: "2026-05-01T10:00:00Z" })}\n`;

describe("capturing while open", () => {
  it("stores turns verbatim, with who said them, where and when", async () => {
    const harness = await openHarness();
    const text = "  two\n\tlines \u0001 and 🎈 ";
    const result = await harness.call("memory.capture", {
      ...batch,
      turns: [said("m", text, { speaker: "Grace", tags: ["t"], at: "2026-05-01T12:00:00+02:00" })],
    });
    expect(result).toEqual({ stored: 1, duplicates: 0, waiting: 0, reused: false });
    const { memories } = await harness.call("memory.recent", {});
    expect(memories).toEqual([
      {
        id: memories[0]?.id,
        kind: "turn",
        text,
        project: "/p",
        session: "s",
        role: "user",
        speaker: "Grace",
        source: "cli",
        tags: ["t"],
        at: "2026-05-01T10:00:00.000Z",
        savedAt: "2026-05-01T12:00:00.000Z",
        pinned: false,
        trust: "captured",
      },
    ]);
  });

  it("takes a time that lies ahead for the time of its coming, captured and imported", async () => {
    const harness = await openHarness();
    const at = "9999-12-31T23:59:59.999Z";
    await harness.call("memory.capture", {
      ...batch,
      turns: [said("m1", "from a clock gone wrong", { at })],
    });
    const line = JSON.stringify({
      kind: "turn",
      text: "of a file",
      project: null,
      session: "s",
      messageId: "m2",
      at,
    });
    await harness.call("data.import", { format: "keepsake" }, { stream: chunks(`${line}\n`) });
    const { memories } = await harness.call("memory.recent", {});
    const now = new Date(harness.clock.now()).toISOString();
    expect(memories.map((memory) => memory.at)).toEqual([now, now]);
  });

  it("stores the same turn once: in one batch, in the next, in parallel and by import", async () => {
    const harness = await openHarness();
    const twice = { ...batch, turns: [...turns, ...turns] };
    expect(await harness.call("memory.capture", twice)).toMatchObject({ stored: 2, duplicates: 2 });
    expect(await harness.call("memory.capture", batch)).toMatchObject({ stored: 0, duplicates: 2 });
    const batches = harness.disk.batches.length;
    await Promise.all(Array.from({ length: 20 }, () => harness.call("memory.capture", batch)));
    expect(harness.disk.batches.length).toBe(batches);
    const imported = await harness.call(
      "data.import",
      { format: "claude-code" },
      { stream: chunks(line("m1", "other words"), line("m3", "new words")) },
    );
    expect(imported).toMatchObject({ stored: 1, duplicates: 1 });
    const after = await harness.call("memory.capture", { ...batch, turns: [said("m3", "new words")] });
    expect(after).toMatchObject({ stored: 0, duplicates: 1 });
    expect(await stored(harness)).toEqual(["behind the lighthouse", "new words", "where is the harbour"]);
  });

  it("stores each of many parallel captures of overlapping turns once", async () => {
    const harness = await openHarness();
    const all = Array.from({ length: 60 }, (_, position) => said(`m${position}`, `text ${position}`));
    const results = await Promise.all(
      Array.from({ length: 21 }, (_, position) =>
        harness.call("memory.capture", { session: "s", turns: all.slice(position * 2, position * 2 + 20) }),
      ),
    );
    expect(results.reduce((sum, result) => sum + result.stored, 0)).toBe(60);
    expect(harness.disk.records.memory.size).toBe(60);
  });

  it("stores a turn anew whose record was damaged, and only that one", async () => {
    const harness = await openHarness();
    await harness.call("memory.capture", { ...batch, turns: [said("m1", "the old spelling"), turns[1]!] });
    const [damaged = ""] = await harness.found("spelling");
    harness.disk.damaged.add(damaged);
    const stream = chunks(line("m1", "x"), line("m2", "x"));
    const dry = await harness.call("data.import", { format: "x", dryRun: true }, { stream });
    expect(dry).toMatchObject({ stored: 1, duplicates: 1 });
    expect(await harness.call("memory.capture", batch)).toMatchObject({ stored: 1, duplicates: 1 });
    expect(await stored(harness)).toEqual(["behind the lighthouse", "where is the harbour"]);
    expect(await harness.found("spelling")).toEqual([]);
    // The answer is found with what it answers, behind it.
    const [answer] = await harness.found("lighthouse");
    expect(await harness.found("harbour")).toEqual([damaged, answer]);
    expect((await harness.call("vault.status", {})).open?.damage?.damagedCount).toBe(0);
  });

  it("keeps the same message of another session apart", async () => {
    const harness = await openHarness();
    await harness.call("memory.capture", { session: "a", turns: [said("bc", "one")] });
    await harness.call("memory.capture", { session: "ab", turns: [said("c", "two")] });
    expect(await stored(harness)).toEqual(["one", "two"]);
  });

  it("is all or nothing", async () => {
    const harness = await openHarness();
    harness.disk.hooks.beforeWrite = () => {
      throw new KeepsakeError("WRITE_FAILED");
    };
    await expectCode(harness.call("memory.capture", batch), "WRITE_FAILED");
    harness.disk.hooks = {};
    expect(await stored(harness)).toEqual([]);
    expect(await harness.call("memory.capture", batch)).toMatchObject({ stored: 2 });
  });

  it("finds the turns of a write that was refused and reappeared", async () => {
    const harness = await openHarness();
    harness.disk.hooks.afterWrite = () => {
      throw new KeepsakeError("WRITE_FAILED");
    };
    await expectCode(harness.call("memory.capture", batch), "WRITE_FAILED");
    harness.disk.hooks = {};
    expect(await harness.call("memory.capture", batch)).toMatchObject({ stored: 0, duplicates: 2 });
    expect(await stored(harness)).toEqual(["behind the lighthouse", "where is the harbour"]);
  });

  it("writes nothing when its caller goes while it waits for another capture", async () => {
    const harness = await openHarness();
    const write = gate();
    harness.disk.hooks.beforeWrite = () => write.opened;
    const first = harness.call("memory.capture", batch);
    await settle();
    const gone = new AbortController();
    const second = harness.call(
      "memory.capture",
      { ...batch, turns: [said("m9", "too late")] },
      { signal: gone.signal },
    );
    await settle();
    gone.abort(new KeepsakeError("TIMEOUT"));
    write.open();
    await Promise.all([first, expectCode(second, "TIMEOUT")]);
    expect(harness.disk.records.memory.size).toBe(2);
  });
});

describe("capturing while sealed", () => {
  it("refuses an idempotency key, which it could not check, and stores the turn without one", async () => {
    const harness = await sealedHarness();
    const keyed = { ...batch, idempotencyKey: "key-00000001" };
    await expectCode(harness.call("memory.capture", keyed), "VAULT_SEALED");
    expect(harness.disk.inbox.size).toBe(0);
    expect(await harness.call("memory.capture", batch)).toMatchObject({ waiting: 2 });
    expect(await harness.call("memory.capture", batch)).toMatchObject({ waiting: 2 });
    await harness.unlock();
    expect(await stored(harness)).toHaveLength(2);
    expect(await harness.call("memory.capture", keyed)).toMatchObject({ duplicates: 2, reused: false });
    expect(await harness.call("memory.capture", keyed)).toMatchObject({ duplicates: 2, reused: true });
  });

  it("waits in the inbox until the vault is unlocked, then is stored once", async () => {
    const harness = await sealedHarness();
    expect(await harness.call("memory.capture", batch)).toEqual({
      stored: 0,
      duplicates: 0,
      waiting: 2,
      reused: false,
    });
    await harness.call("memory.capture", batch);
    expect((await harness.call("vault.status", {})).waiting).toBe(4);
    expect(harness.disk.records.memory.size).toBe(0);
    expect(await harness.unlock()).toMatchObject({ drained: 4, known: 2, already: false });
    expect(await stored(harness)).toEqual(["behind the lighthouse", "where is the harbour"]);
    expect((await harness.call("vault.status", {})).waiting).toBe(0);
    expect(await harness.call("memory.capture", batch)).toMatchObject({ stored: 0, duplicates: 2 });
  });

  it.each([
    ["open", false],
    ["sealed", true],
  ])("is stored for its project, whatever is stored without one, while %s", async (_state, isSealed) => {
    const open = await openHarness();
    await open.call("memory.capture", { ...batch, project: null });
    const harness = isSealed ? open.restarted() : open;
    await harness.call("memory.capture", { ...batch, project: "/work/quay" });
    if (isSealed) expect(await harness.unlock()).toMatchObject({ drained: 2, known: 0 });
    expect(harness.disk.records.memory.size).toBe(4);
  });

  it("has the client and the time of the capture", async () => {
    const harness = await sealedHarness();
    await harness.call("memory.capture", batch);
    harness.clock.advance(3_600_000);
    await harness.unlock();
    const { memories } = await harness.call("memory.recent", {});
    expect(memories[0]).toMatchObject({
      source: "cli",
      savedAt: "2026-05-01T12:00:00.000Z",
      trust: "captured",
      role: "assistant",
      speaker: "Ada",
    });
  });

  it("is a duplicate of what is stored already", async () => {
    const first = await openHarness();
    await first.call("memory.capture", batch);
    const harness = first.restarted();
    await harness.call("memory.capture", { ...batch, turns: [...turns, said("m3", "new")] });
    expect(await harness.unlock()).toMatchObject({ drained: 3 });
    expect(harness.disk.records.memory.size).toBe(3);
    expect(harness.disk.inbox.size).toBe(0);
  });

  it("says VAULT_MISSING when there is no vault to wait in", async () => {
    const harness = (await openHarness()).restarted();
    harness.disk.slots.length = 0;
    await expectCode(harness.call("memory.capture", batch), "VAULT_MISSING");
    expect(harness.disk.inbox.size).toBe(0);
  });

  it("is taken in when the vault is unlocked while it is being written", async () => {
    const harness = await sealedHarness();
    const written = gate();
    harness.disk.hooks.beforeCapture = () => written.opened;
    const capturing = harness.call("memory.capture", batch);
    await settle();
    expect(await harness.unlock()).toMatchObject({ drained: 0 });
    written.open();
    expect(await capturing).toMatchObject({ waiting: 2 });
    expect(harness.disk.inbox.size).toBe(0);
    expect(await stored(harness)).toHaveLength(2);
  });
});

describe("draining the inbox", () => {
  async function waiting(count: number): Promise<Harness> {
    const harness = await sealedHarness();
    for (let start = 0; start < count; start += 100) {
      const some = Array.from({ length: Math.min(100, count - start) }, (_, position) =>
        said(`m${start + position}`, `text ${start + position}`),
      );
      await harness.call("memory.capture", { session: "s", turns: some });
    }
    return harness;
  }

  it("takes each entry out in the batch that stores it", async () => {
    const harness = await waiting(450);
    await harness.unlock();
    for (const changes of harness.disk.batches) {
      const types = changes.map(({ type }) => type);
      const puts = types.filter((type) => type === "put").length;
      expect(types.filter((type) => type === "drained").length).toBe(puts);
    }
    expect(harness.disk.batches.length).toBe(3);
    expect(harness.disk.records.memory.size).toBe(450);
  });

  it("keeps batches of large turns small", async () => {
    const harness = await sealedHarness();
    const text = "x".repeat(60_000);
    for (let position = 0; position < 40; position++) {
      await harness.call("memory.capture", { session: "s", turns: [said(`m${position}`, text)] });
    }
    await harness.unlock();
    expect(harness.disk.batches.length).toBeGreaterThan(1);
    expect(harness.disk.records.memory.size).toBe(40);
  });

  it.each([1, 2, 3])("stores each turn once when batch %i fails and the engine crashes", async (failing) => {
    const sealed = await waiting(450);
    let batches = 0;
    sealed.disk.hooks.beforeWrite = () => {
      batches += 1;
      if (batches === failing) throw new KeepsakeError("WRITE_FAILED");
    };
    const { drained } = await sealed.unlock();
    expect(drained).toBe((failing - 1) * 200);
    expect(sealed.disk.records.memory.size + sealed.disk.inbox.size).toBe(450);
    sealed.disk.hooks = {};
    const after = sealed.restarted();
    expect((await after.unlock()).drained).toBe(450 - (drained ?? 0));
    expect(after.disk.records.memory.size).toBe(450);
    expect(after.disk.inbox.size).toBe(0);
    // The turn itself and neighbours it lends to, each once.
    const found = await after.found("449");
    expect(new Set(found).size).toBe(found.length);
    expect(found.length).toBeGreaterThan(0);
  });

  it("stores each turn once when the batch was written but the engine crashed before it knew", async () => {
    const sealed = await waiting(300);
    let batches = 0;
    sealed.disk.hooks.afterWrite = () => {
      batches += 1;
      if (batches === 1) throw new KeepsakeError("WRITE_FAILED");
    };
    await sealed.unlock();
    sealed.disk.hooks = {};
    const after = sealed.restarted();
    await after.unlock();
    expect(after.disk.records.memory.size).toBe(300);
    expect(after.disk.inbox.size).toBe(0);
  });

  it("does not keep a vault from opening that cannot be written to", async () => {
    const first = await openHarness();
    const id = await first.save("readable");
    const sealed = first.restarted();
    await sealed.call("memory.capture", batch);
    sealed.disk.readOnly = { code: "DISK_FULL", since: 0 };
    expect(await sealed.unlock()).toMatchObject({ state: "open", drained: 0 });
    expect(await sealed.found("readable")).toEqual([id]);
    expect((await sealed.call("vault.status", {})).waiting).toBe(2);
    expect(sealed.events("inbox-not-drained")).toMatchObject([{ code: "VAULT_READ_ONLY" }]);
  });

  it("leaves an entry that is no turn where it is and takes the others", async () => {
    const sealed = await waiting(3);
    sealed.disk.addWaiting(utf8("\u0001not a turn canary"));
    sealed.disk.addWaiting(utf8(""));
    expect(await sealed.unlock()).toMatchObject({ drained: 3 });
    expect(sealed.disk.inbox.size).toBe(2);
    expect(sealed.events("inbox-entry-not-a-turn")).toHaveLength(2);
    expect(sealed.log.join("")).not.toContain("canary");
  });

  it("marks turns that nobody vouches for, and never lets one take the place of a turn of a client", async () => {
    const sealed = await waiting(1);
    const [known] = [...sealed.disk.inbox.values()];
    const forged = (messageId: string) => {
      const captured = decodeCaptured(known!.plaintext);
      return encodeCaptured({
        ...captured,
        source: "cli",
        turn: { ...captured.turn, messageId, text: `forged ${messageId}` },
      });
    };
    const { messageId } = decodeCaptured(known!.plaintext).turn;
    sealed.disk.addWaiting(forged("new"), false);
    sealed.disk.addWaiting(utf8("\u0001no turn"), false);
    sealed.disk.addWaiting(
      encodeWaiting([{ at: "2026-05-01T10:00:00.000Z", method: "vault.purge", outcome: "done" }]),
      false,
    );
    expect(await sealed.unlock()).toMatchObject({ drained: 2, unverified: 3 });
    const { memories } = await sealed.call("memory.get", { ids: await sealed.found("forged") });
    expect(memories.filter(({ text }) => text.startsWith("forged"))).toMatchObject([
      { text: "forged new", source: "(unknown)", trust: "unverified" },
    ]);
    expect((await sealed.call("vault.status", {})).open?.inbox).toEqual({ unverified: 3, setAside: 0 });
    expect(sealed.disk.inbox.size).toBe(0);
    expect(sealed.events("inbox-entries-disowned")).toHaveLength(1);
    // The real turn comes later: it is stored beside what said it was that turn. What comes after it adds nothing.
    const session = decodeCaptured(known!.plaintext).session;
    const { project } = decodeCaptured(known!.plaintext);
    const captured = await sealed.call("memory.capture", { session, project, turns: [said("new", "real")] });
    expect(captured).toMatchObject({ stored: 1 });
    const again = sealed.restarted();
    again.disk.addWaiting(forged(messageId), false);
    expect(await again.unlock()).toMatchObject({ unverified: 1 });
    const ids = await again.found("forged");
    const texts = (await again.call("memory.get", { ids })).memories.map(({ text }) => text);
    expect(texts.filter((text) => text.startsWith("forged"))).toEqual(["forged new"]);
  });

  it("passes on what is no failure of the vault", async () => {
    const sealed = await waiting(1);
    sealed.disk.hooks.beforeInboxEntry = () => {
      throw new TypeError("a bug");
    };
    await expect(sealed.unlock()).rejects.toThrow(TypeError);
  });

  it("passes on what is no damage of an entry", async () => {
    const harness = await openHarness();
    const sealed = harness.restarted();
    await sealed.call("memory.capture", batch);
    const vault = harness.door.opened();
    vault.deriveId = () => {
      throw new TypeError("a bug");
    };
    const logger = { log: () => {} };
    const keeper = new IndexKeeper({ vault, factory: searchIndexFactory, clock: harness.clock, logger });
    const drain = new InboxDrain(
      harness.door,
      new Memories(vault, keeper, harness.clock, (text) => text),
      logger,
      {
        ready: () => Promise.resolve(),
        takeIn: () => Promise.resolve(),
      },
      { takeOut: (given) => ({ given }), breathe: () => Promise.resolve() },
    );
    await expect(drain.run()).rejects.toThrow(TypeError);
    expect(harness.disk.inbox.size).toBe(2);
  });

  it("happens once for two unlocks at the same time", async () => {
    const sealed = await waiting(250);
    const derived = gate();
    sealed.disk.hooks.beforeUnlock = () => derived.opened;
    const unlocks = [1, 2].map(() =>
      sealed.call("vault.unlock", { with: "passphrase" }, { secrets: [PASSPHRASE] }),
    );
    await settle();
    derived.open();
    const drained = (await Promise.all(unlocks)).map((result) => result.drained);
    expect(drained).toContain(0);
    expect(drained).toContain(250);
    expect(sealed.disk.batches.length).toBe(2);
    expect(sealed.openCalls).toBe(1);
  });
});
