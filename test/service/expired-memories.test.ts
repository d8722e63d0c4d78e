/** Expired means forgotten: in no answer by any way, and erased by the next purge. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { expectCode } from "../support/codes.ts";
import { CLI, clientOf, gate, openHarness, said, settle, tokenOf } from "./harness.ts";
import type { Harness } from "./harness.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** What the open vault does on its own has its turn. */
async function tick(harness: Harness, ms: number): Promise<void> {
  harness.clock.advance(ms);
  harness.lastRequestAt = harness.clock.monotonic();
  vi.advanceTimersByTime(1_000);
  await settle();
}

const SOON = "2026-05-01T12:00:01Z";
const SECRET = "zanzibar";

/** A note, a note with an older version without an expiry, and a turn between two others: all with the word, all expired. */
async function expiredOnes() {
  const harness = await openHarness();
  const note = await harness.save(`${SECRET} note`, {
    expiresAt: SOON,
    tags: [SECRET],
    project: `/${SECRET}`,
  });
  const old = await harness.save(`${SECRET} once`, { pinned: true });
  const { id: newer } = await harness.call("memory.update", {
    id: old,
    text: `${SECRET} now`,
    expiresAt: SOON,
  });
  const turns = [said("1", "earlier words"), said("2", `${SECRET} said`), said("3", "after")];
  await harness.call("memory.capture", {
    session: "s",
    turns: turns.map((turn, at) => ({ ...turn, at: `2026-05-01T10:00:0${at}Z` })),
  });
  const [turn = ""] = await harness.found(`${SECRET} said`, { kind: "turn" });
  const { id: ending } = await harness.call("memory.update", { id: turn, expiresAt: SOON });
  const [neighbour = ""] = await harness.found("earlier words", { kind: "turn" });
  harness.clock.advance(1_000);
  return { harness, ids: [note, old, newer, turn, ending], neighbour };
}

async function saysNothing(harness: Harness, ids: readonly string[], neighbour: string) {
  const before = new Date(harness.clock.now() - 500).toISOString();
  const answers: unknown[] = [
    await harness.call("memory.search", { query: SECRET, includeSuperseded: true, context: 5, fold: true }),
    await harness.call("memory.search", { query: SECRET, asOf: before }),
    await harness.call("memory.search", { query: SECRET, asOf: before, includeSuperseded: true }),
    await harness.call("memory.recent", { includeSuperseded: true, limit: 100 }),
    await harness.call("memory.brief", {}),
    await harness.call("memory.projects", {}),
    await harness.call("memory.get", { ids: [neighbour], context: 10, exchange: true }),
    await harness.call("memory.forget", { filter: { tags: [SECRET] }, dryRun: true }),
  ];
  expect(JSON.stringify(answers)).not.toContain(SECRET);
  expect(answers.at(-1)).toEqual({ status: "dry_run", count: 0 });
  const { memories, missing } = await harness.call("memory.get", { ids: [...ids] });
  expect([memories, missing]).toEqual([[], ids]);
  for (const id of ids) {
    await expectCode(harness.call("memory.update", { id, pinned: true }), "NOT_FOUND");
    await expectCode(harness.call("memory.update", { id, expiresAt: null }), "NOT_FOUND");
    await expectCode(harness.call("memory.save", { text: "x", supersedes: id }), "NOT_FOUND");
    await expectCode(harness.call("memory.forget", { ids: [id] }), "NOT_FOUND");
  }
  for (const client of [CLI, clientOf("limited", [`/${SECRET}`])]) {
    expect(await harness.found(SECRET, {}, client)).toEqual([]);
  }
}

describe("a memory whose time is over", () => {
  it("is in no answer by any way, and neither are its older versions", async () => {
    const { harness, ids, neighbour } = await expiredOnes();
    await saysNothing(harness, ids, neighbour);
    const next = harness.restarted();
    await next.unlock();
    await saysNothing(next, ids, neighbour);
  });

  it("is not what an idempotency key answers with", async () => {
    const harness = await openHarness();
    const params = { text: "fleeting", expiresAt: SOON, idempotencyKey: "fleeting-1" };
    const { id } = await harness.call("memory.save", params);
    expect(await harness.call("memory.save", params)).toEqual({ id, reused: true });
    harness.clock.advance(1_000);
    await expectCode(harness.call("memory.save", params), "IDEMPOTENCY_CONFLICT");
  });

  it("is forgotten as by hand, all versions of it, and the others stay", async () => {
    const { harness, ids } = await expiredOnes();
    const kept = await harness.save("kept");
    const { id } = await harness.call("memory.update", { id: kept, tags: ["new"] });
    harness.lastRequestAt = harness.clock.monotonic();
    await tick(harness, 0);
    expect(harness.events("expired-forgotten")).toMatchObject([{ counts: { records: ids.length } }]);
    for (const each of ids) expect(harness.disk.records.memory.has(each)).toBe(false);
    expect([kept, id].every((each) => harness.disk.records.memory.has(each))).toBe(true);
    expect((await harness.call("vault.status", {})).open).toMatchObject({ purgePending: true });
    const late = await harness.save("late", {
      expiresAt: new Date(harness.clock.now() + 1_000).toISOString(),
    });
    await tick(harness, 3_599_000);
    expect(harness.disk.records.memory.has(late)).toBe(true);
    await tick(harness, 1_000);
    expect(harness.disk.records.memory.has(late)).toBe(false);
  });

  it("is forgotten by a purge before anything is sealed anew", async () => {
    const { harness, ids } = await expiredOnes();
    const token = tokenOf(await harness.call("vault.purge", {}));
    expect(await harness.call("vault.purge", { confirmationToken: token })).toMatchObject({
      status: "purged",
    });
    for (const each of ids) expect(harness.disk.records.memory.has(each)).toBe(false);
  });

  it("is in no answer by the id of an older version either while the index is still loading", async () => {
    const { harness, ids } = await expiredOnes();
    const rest = gate();
    harness.disk.hooks.beforeScanned = () => rest.opened;
    const next = harness.restarted();
    await next.unlock();
    const old = ids[1] ?? "";
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const answer = next.call("memory.get", { ids: [old] });
    await settle();
    await vi.advanceTimersByTimeAsync(60_000);
    rest.open();
    expect(await answer).toEqual({ memories: [], missing: [old] });
  });

  it("is forgotten by a rotation, too", async () => {
    const { harness, ids } = await expiredOnes();
    await harness.call("vault.rotate", {});
    for (const each of ids) expect(harness.disk.records.memory.has(each)).toBe(false);
  });

  it("stays when a newer version has a later time or none, whatever the older one said", async () => {
    const harness = await openHarness();
    const id = await harness.save("lasting", { expiresAt: SOON });
    const { id: newer } = await harness.call("memory.update", { id, expiresAt: null });
    harness.clock.advance(2_000);
    expect(await harness.found("lasting")).toEqual([newer]);
    const { memories } = await harness.call("memory.get", { ids: [newer] });
    expect(memories[0]?.versions?.map((version) => version.id)).toEqual([id, newer]);
    await tick(harness, 0);
    expect(harness.disk.records.memory.size).toBe(2);
    expect(harness.events("expired-forgotten")).toEqual([]);
  });
});
