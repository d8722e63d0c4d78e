import { describe, expect, it } from "vitest";
import { expectCode } from "../support/codes.ts";
import { gate, openHarness, settle, said } from "./harness.ts";

async function chainOf(harness: Awaited<ReturnType<typeof openHarness>>, id: string) {
  const { memories } = await harness.call("memory.get", { ids: [id] });
  return memories[0]?.versions ?? [];
}

describe("memory.update", () => {
  it("keeps the old version: search shows the new one, get the chain", async () => {
    const harness = await openHarness();
    const old = await harness.save("the meeting is on monday", { tags: ["meeting"], project: "/p" });
    harness.clock.advance(60_000);
    const { id, supersedes } = await harness.call("memory.update", {
      id: old,
      text: "the meeting is on tuesday",
    });
    expect(supersedes).toBe(old);
    expect(await harness.found("meeting")).toEqual([id]);
    const versions = await chainOf(harness, id);
    expect(versions.map(({ id: version, text }) => [version, text])).toEqual([
      [old, "the meeting is on monday"],
      [id, "the meeting is on tuesday"],
    ]);
    expect(versions[0]).toMatchObject({ supersededBy: id });
    expect(versions[1]).toMatchObject({ supersedes: old, tags: ["meeting"], project: "/p" });
    expect(versions[1]?.supersededBy).toBeUndefined();
    expect(await chainOf(harness, old)).toEqual(versions);
  });

  it("leaves the time of what is remembered and changes the time of saving", async () => {
    const harness = await openHarness();
    const old = await harness.save("the meeting", { at: "2026-01-01T00:00:00Z" });
    harness.clock.advance(60_000);
    const { id } = await harness.call("memory.update", { id: old, pinned: true });
    const [before, after] = await chainOf(harness, id);
    expect(after?.at).toBe("2026-01-01T00:00:00.000Z");
    expect(Date.parse(after?.savedAt ?? "") - Date.parse(before?.savedAt ?? "")).toBe(60_000);
  });

  it("shows superseded versions on request and the state of an earlier time", async () => {
    const harness = await openHarness();
    const old = await harness.save("the meeting is on monday");
    harness.clock.advance(60_000);
    const then = new Date(harness.clock.now()).toISOString();
    harness.clock.advance(60_000);
    const { id } = await harness.call("memory.update", { id: old, text: "the meeting is on tuesday" });
    const all = await harness.found("meeting", { includeSuperseded: true });
    expect(all.toSorted()).toEqual([old, id].toSorted());
    expect(await harness.found("meeting", { asOf: then })).toEqual([old]);
    expect(await harness.found("meeting", { asOf: new Date(harness.clock.now()).toISOString() })).toEqual([
      id,
    ]);
    const recent = await harness.call("memory.recent", { includeSuperseded: true });
    expect(recent.memories.map((memory) => memory.id).toSorted()).toEqual([old, id].toSorted());
    expect((await harness.call("memory.recent", {})).memories.map((memory) => memory.id)).toEqual([id]);
  });

  it("goes onto the newest version, whichever is named", async () => {
    const harness = await openHarness();
    const first = await harness.save("version one");
    const second = await harness.call("memory.update", { id: first, text: "version two" });
    const third = await harness.call("memory.update", { id: first, text: "version three" });
    expect(third.supersedes).toBe(second.id);
    expect((await chainOf(harness, first)).map(({ id }) => id)).toEqual([first, second.id, third.id]);
  });

  it("makes one line of 50 parallel updates, also when no time passes", async () => {
    const harness = await openHarness();
    const first = await harness.save("counter zero");
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, position) =>
        harness.call("memory.update", { id: first, text: `counter ${position + 1}` }),
      ),
    );
    const superseded = results.map(({ supersedes }) => supersedes);
    expect(new Set(superseded).size).toBe(50);
    expect(new Set([...superseded, ...results.map(({ id }) => id)]).size).toBe(51);
    const versions = await chainOf(harness, first);
    expect(versions.length).toBe(51);
    expect(versions.map(({ supersedes }) => supersedes)).toEqual([
      undefined,
      ...versions.slice(0, -1).map(({ id }) => id),
    ]);
    expect(await harness.found("counter")).toEqual([versions.at(-1)?.id]);
    const times = versions.map(({ savedAt }) => Date.parse(savedAt));
    expect(times).toEqual([...new Set(times)].toSorted((a, b) => a - b));
  });

  it("makes one line when every update names another version, and after a restart", async () => {
    const harness = await openHarness();
    const ids = [await harness.save("line")];
    for (let version = 0; version < 5; version++) {
      ids.push((await harness.call("memory.update", { id: ids[0] ?? "", text: `line ${version}` })).id);
    }
    const after = harness.restarted();
    await after.unlock();
    await Promise.all(ids.map((id) => after.call("memory.update", { id, tags: [id] })));
    const versions = await chainOf(after, ids[0] ?? "");
    expect(versions.length).toBe(12);
    expect(versions.slice(1).map(({ supersedes }) => supersedes)).toEqual(
      versions.slice(0, -1).map(({ id }) => id),
    );
  });

  it("goes on in line when the clock was set back", async () => {
    const harness = await openHarness();
    const first = await harness.save("clock one");
    harness.clock.time -= 86_400_000;
    const second = await harness.call("memory.update", { id: first, text: "clock two" });
    const third = await harness.call("memory.update", { id: first, text: "clock three" });
    expect(third.supersedes).toBe(second.id);
    expect((await chainOf(harness, first)).map(({ id }) => id)).toEqual([first, second.id, third.id]);
  });

  it("changes tags, pin and expiry alone and keeps the text, its trust and its role", async () => {
    const harness = await openHarness();
    await harness.call("memory.capture", {
      session: "s",
      project: "/p",
      turns: [said("m", "said once", { role: "assistant", tags: ["a"], speaker: "Ada" })],
    });
    const [id = ""] = await harness.found("said");
    await harness.call("memory.update", { id, tags: ["b"] });
    await harness.call("memory.update", { id, pinned: true });
    const { id: last } = await harness.call("memory.update", { id, expiresAt: "2027-01-01T00:00:00Z" });
    const { memories } = await harness.call("memory.get", { ids: [last] });
    expect(memories[0]).toMatchObject({
      text: "said once",
      kind: "turn",
      role: "assistant",
      speaker: "Ada",
      session: "s",
      project: "/p",
      tags: ["b"],
      pinned: true,
      expiresAt: "2027-01-01T00:00:00.000Z",
      trust: "captured",
    });
    const { id: unpinned } = await harness.call("memory.update", { id, pinned: false, tags: [] });
    expect((await harness.call("memory.get", { ids: [unpinned] })).memories[0]).toMatchObject({
      pinned: false,
      tags: [],
    });
  });

  it("takes an expiry away with null, but brings nothing back whose time is over", async () => {
    const harness = await openHarness();
    const id = await harness.save("fleeting words", { expiresAt: "2026-05-01T12:00:01Z" });
    const late = await harness.save("lapsed", { expiresAt: "2026-05-01T12:00:01Z" });
    const updated = await harness.call("memory.update", { id, expiresAt: null });
    harness.clock.advance(1_000);
    expect(await harness.found("fleeting")).toEqual([updated.id]);
    expect(await harness.found("lapsed")).toEqual([]);
    await expectCode(harness.call("memory.update", { id: late, expiresAt: null }), "NOT_FOUND");
    const { memories } = await harness.call("memory.get", { ids: [updated.id] });
    expect(memories[0]).not.toHaveProperty("expiresAt");
  });

  it("refuses an update of nothing and of what is not there", async () => {
    const harness = await openHarness();
    const id = await harness.save("something");
    await expectCode(harness.call("memory.update", { id }), "INVALID_PARAMS");
    await expectCode(harness.call("memory.update", { id: "0".repeat(26), text: "x" }), "NOT_FOUND");
    expect(harness.disk.records.memory.size).toBe(1);
  });

  it("says so when the newest version is damaged", async () => {
    const harness = await openHarness();
    const id = await harness.save("something");
    harness.disk.damaged.add(id);
    await expectCode(harness.call("memory.update", { id, text: "x" }), "RECORD_DAMAGED");
    expect(harness.disk.batches.length).toBe(1);
  });

  it("does not bring back a memory that is forgotten at the same time", async () => {
    const harness = await openHarness();
    const id = await harness.save("something");
    const write = gate();
    harness.disk.hooks.beforeWrite = () => write.opened;
    const updating = harness.call("memory.update", { id, text: "something else" });
    await settle();
    const forgetting = harness.call("memory.forget", { ids: [id] });
    await settle();
    write.open();
    await updating;
    expect(await forgetting).toEqual({ status: "forgotten", count: 1, reused: false });
    expect(harness.disk.records.memory.size).toBe(0);
    expect(await harness.found("something")).toEqual([]);
  });

  it("says NOT_FOUND when the memory is forgotten before its turn comes", async () => {
    const harness = await openHarness();
    const id = await harness.save("something");
    const write = gate();
    harness.disk.hooks.beforeWrite = () => write.opened;
    const forgetting = harness.call("memory.forget", { ids: [id] });
    await settle();
    const updating = harness.call("memory.update", { id, text: "something else" });
    await settle();
    write.open();
    await Promise.all([forgetting, expectCode(updating, "NOT_FOUND")]);
    expect(harness.disk.records.memory.size).toBe(0);
  });
});
