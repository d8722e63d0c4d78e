import { describe, expect, it } from "vitest";
import { KeepsakeError } from "../../src/base/errors.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { searchIndexFactory } from "../../src/search/create-search-index.ts";
import { expectCode } from "../support/codes.ts";
import { openHarness, said } from "./harness.ts";
import type { Harness } from "./harness.ts";

async function conversation(harness: Harness, count: number, project: string | null = null) {
  const turns = Array.from({ length: count }, (_, position) =>
    said(`m${position}`, `turn ${position} about harbours`, {
      at: new Date(Date.UTC(2026, 4, 1, 10, position)).toISOString(),
      role: position % 2 === 0 ? "user" : "assistant",
    }),
  );
  await harness.call("memory.capture", { session: "talk", project, turns });
  const { memories } = await harness.call("memory.recent", { kind: "turn", limit: 100 });
  return memories.toReversed();
}

const texts = (memories: readonly { text: string }[]) => memories.map(({ text }) => text.split(" ")[1]);

describe("memory.search", () => {
  it("looks only where its filter says", async () => {
    const harness = await openHarness();
    const note = await harness.save("harbour note", { project: "/p", tags: ["x", "y"] });
    await harness.save("harbour elsewhere", { project: "/q", tags: ["x"] });
    await conversation(harness, 2, "/p");
    const kinds = async (fields: object) => {
      const { hits } = await harness.call("memory.search", { query: "harbours", ...fields });
      return hits.map(({ kind, role }) => role ?? kind).toSorted();
    };
    expect(await kinds({ project: "/p" })).toEqual(["assistant", "note", "user"]);
    expect(await kinds({ kind: "note" })).toEqual(["note", "note"]);
    expect(await kinds({ role: "assistant" })).toEqual(["assistant"]);
    expect(await kinds({ session: "talk" })).toEqual(["assistant", "user"]);
    expect(await kinds({ before: "2026-05-01T10:01:00Z" })).toEqual(["user"]);
    expect(await kinds({ after: "2026-05-01T10:01:00Z", kind: "turn" })).toEqual(["assistant"]);
    expect(await harness.found("harbours", { tags: ["x", "y"] })).toEqual([note]);
  });

  it("gives at most `limit` and says that there is more", async () => {
    const harness = await openHarness();
    for (let position = 0; position < 5; position++) await harness.save(`harbour number ${position}`);
    const answer = await harness.call("memory.search", { query: "harbour", limit: 3 });
    expect([answer.hits.length, answer.more]).toEqual([3, true]);
    const all = await harness.call("memory.search", { query: "harbour", limit: 5 });
    expect([all.hits.length, all.more]).toEqual([5, false]);
  });

  it("explains a score only on request", async () => {
    const harness = await openHarness();
    await harness.save("harbour");
    const plain = await harness.call("memory.search", { query: "harbour" });
    expect(plain.hits[0]).not.toHaveProperty("parts");
    const explained = await harness.call("memory.search", { query: "harbour", explain: true });
    expect(Object.keys(explained.hits[0]?.parts ?? {}).length).toBeGreaterThan(0);
  });

  it("gives the neighbouring turns on request, oldest first", async () => {
    const harness = await openHarness();
    const turns = await conversation(harness, 7);
    await harness.call("memory.update", { id: turns[3]?.id ?? "", tags: ["lit"] });
    const { hits } = await harness.call("memory.search", { query: "turn 3", tags: ["lit"], context: 2 });
    expect(texts(hits[0]?.context?.before ?? [])).toEqual(["1", "2"]);
    expect(texts(hits[0]?.context?.after ?? [])).toEqual(["4", "5"]);
    const without = await harness.call("memory.search", { query: "turn 3" });
    expect(without.hits[0]).not.toHaveProperty("context");
  });

  it("leaves out of the neighbours what is damaged or expired", async () => {
    const harness = await openHarness();
    const turns = await conversation(harness, 5);
    harness.disk.damaged.add(turns[1]?.id ?? "");
    await harness.call("memory.update", { id: turns[3]?.id ?? "", expiresAt: "2026-05-01T12:00:01Z" });
    harness.clock.advance(2_000);
    const { memories } = await harness.call("memory.get", { ids: [turns[2]?.id ?? ""], context: 20 });
    expect(texts(memories[0]?.context?.before ?? [])).toEqual(["0"]);
    expect(texts(memories[0]?.context?.after ?? [])).toEqual(["4"]);
  });

  it("leaves out a hit that cannot be read", async () => {
    const harness = await openHarness();
    const damaged = await harness.save("harbour one");
    const whole = await harness.save("harbour two");
    harness.disk.damaged.add(damaged);
    expect(await harness.found("harbour")).toEqual([whole]);
    const { memories } = await harness.call("memory.recent", {});
    expect(memories.map(({ id }) => id)).toEqual([whole]);
  });

  it("passes other failures of the disk on", async () => {
    const harness = await openHarness();
    const id = await harness.save("harbour");
    harness.disk.hooks.beforeRead = () => {
      throw new KeepsakeError("VAULT_DAMAGED");
    };
    await expectCode(harness.call("memory.search", { query: "harbour" }), "VAULT_DAMAGED");
    await expectCode(harness.call("memory.get", { ids: [id] }), "VAULT_DAMAGED");
    expect(harness.log.join("")).not.toContain("harbour");
  });

  it("stops when its caller is gone", async () => {
    const harness = await openHarness();
    const ids: string[] = [];
    for (let number = 0; number < 20; number += 1) ids.push(await harness.save(`harbour ${number}`));
    const gone = new AbortController();
    let reads = 0;
    harness.disk.hooks.beforeRead = () => {
      reads += 1;
      gone.abort(new KeepsakeError("TIMEOUT"));
    };
    await expectCode(harness.call("memory.search", { query: "harbour" }, { signal: gone.signal }), "TIMEOUT");
    // Those that were being read ahead.
    expect(reads).toBeLessThanOrEqual(16);
    const before = reads;
    await expectCode(harness.call("memory.get", { ids }, { signal: gone.signal }), "TIMEOUT");
    expect(reads).toBe(before);
  });
});

describe("memory.get", () => {
  it("gives each memory once, with what is missing", async () => {
    const harness = await openHarness();
    const id = await harness.save("one");
    const unknown = "0".repeat(26);
    const answer = await harness.call("memory.get", { ids: [id, unknown, id] });
    expect(answer.memories.map((memory) => memory.id)).toEqual([id]);
    expect(answer.missing).toEqual([unknown]);
  });

  it("says so when a memory is damaged", async () => {
    const harness = await openHarness();
    const id = await harness.save("one");
    harness.disk.damaged.add(id);
    await expectCode(harness.call("memory.get", { ids: [id] }), "RECORD_DAMAGED");
    harness.disk.damaged.clear();
    for (const plaintext of ["", "\u0002{}", "\u0001", "\u0001{}", '\u0001{"kind":"note"}']) {
      harness.disk.put("memory", id, new TextEncoder().encode(plaintext));
      await expectCode(harness.call("memory.get", { ids: [id] }), "RECORD_DAMAGED");
    }
    expect(harness.disk.records.memory.size).toBe(1);
  });

  it("gives a superseded memory, marked as such", async () => {
    const harness = await openHarness();
    const old = await harness.save("old");
    const { id } = await harness.call("memory.update", { id: old, text: "new" });
    const { memories } = await harness.call("memory.get", { ids: [old] });
    expect(memories[0]?.supersededBy).toBe(id);
  });

  it("gives the rest of a chain when a version of it is damaged", async () => {
    const harness = await openHarness();
    const old = await harness.save("one");
    const { id: middle } = await harness.call("memory.update", { id: old, text: "two" });
    const { id } = await harness.call("memory.update", { id: old, text: "three" });
    harness.disk.damaged.add(middle);
    const versions = async () =>
      (await harness.call("memory.get", { ids: [id] })).memories[0]?.versions?.map((each) => each.id);
    expect(await versions()).toEqual([old, id]);
    harness.disk.damaged.add(old);
    expect(await versions()).toBeUndefined();
  });

  it("gives context only to what belongs to a session", async () => {
    const harness = await openHarness();
    const id = await harness.save("note");
    const { memories } = await harness.call("memory.get", { ids: [id], context: 3 });
    expect(memories[0]?.context).toEqual({ before: [], after: [] });
  });
});

describe("memory.recent", () => {
  it("lists the newest first and says that there is more", async () => {
    const harness = await openHarness();
    for (let position = 0; position < 4; position++) {
      harness.clock.advance(1_000);
      await harness.save(`note ${position}`);
    }
    const answer = await harness.call("memory.recent", { limit: 3 });
    expect([texts(answer.memories), answer.more]).toEqual([["3", "2", "1"], true]);
    const all = await harness.call("memory.recent", { limit: 4 });
    expect([all.memories.length, all.more]).toEqual([4, false]);
    expect((await harness.call("memory.recent", {})).memories).toHaveLength(4);
  });

  it("leaves expired memories out", async () => {
    const harness = await openHarness();
    await harness.save("gone", { expiresAt: "2026-05-01T12:00:01Z" });
    expect((await harness.call("memory.recent", {})).memories).toHaveLength(1);
    harness.clock.advance(1_000);
    expect((await harness.call("memory.recent", {})).memories).toHaveLength(0);
  });
});

describe("memory.brief", () => {
  it("gives pinned and recent notes and the last sessions of a project", async () => {
    const harness = await openHarness();
    const inProject = { project: "/p" };
    const pinned = await harness.save("pinned", { ...inProject, pinned: true });
    const plain = await harness.save("plain", inProject);
    const ofNone = await harness.save("of none");
    await harness.save("elsewhere", { project: "/q" });
    await conversation(harness, 4, "/p");
    const brief = await harness.call("memory.brief", inProject);
    expect(brief.pinned.map(({ id }) => id)).toEqual([pinned]);
    expect(brief.recent.map(({ id }) => id).toSorted()).toEqual([plain, ofNone].toSorted());
    expect(brief.sessions).toEqual([
      {
        session: "talk",
        lastAt: "2026-05-01T10:03:00.000Z",
        turns: 4,
        opening: "turn 0 about harbours",
        trust: "captured",
        closing: "turn 3 about harbours",
        closingTrust: "captured",
      },
    ]);
  });

  it("gives at most ten of each kind of note and five sessions", async () => {
    const harness = await openHarness();
    for (let position = 0; position < 12; position++) {
      harness.clock.advance(1_000);
      await harness.save(`plain ${position}`);
      await harness.save(`pinned ${position}`, { pinned: true });
      await harness.call("memory.capture", { session: `s${position}`, turns: [said("m", `x ${position}`)] });
    }
    const brief = await harness.call("memory.brief", {});
    expect(brief.pinned.length).toBe(10);
    expect(texts(brief.recent)).toEqual(["11", "10", "9", "8", "7", "6", "5", "4", "3", "2"]);
    expect(brief.sessions.length).toBe(5);
  });

  it("leaves out superseded, expired and damaged notes", async () => {
    const harness = await openHarness();
    const old = await harness.save("old", { pinned: true });
    const { id } = await harness.call("memory.update", { id: old, text: "new" });
    await harness.save("gone", { expiresAt: "2026-05-01T12:00:01Z" });
    harness.disk.damaged.add(await harness.save("broken"));
    await harness.call("memory.capture", { session: "s", turns: [said("m", "broken opening")] });
    const { memories } = await harness.call("memory.recent", { kind: "turn" });
    harness.disk.damaged.add(memories[0]?.id ?? "");
    harness.clock.advance(2_000);
    const brief = await harness.call("memory.brief", {});
    expect(brief.pinned.map((memory) => memory.id)).toEqual([id]);
    expect(brief.recent).toEqual([]);
    expect(brief.sessions.map(({ opening }) => opening)).toEqual([""]);
  });
});

describe("a result", () => {
  const large = "x".repeat(LIMITS.textBytes);
  /** JSON spells each of these with six bytes. */
  const control = "\u0001".repeat(LIMITS.textBytes);

  it("holds as many memories as fit under its cap and says that there are more, before all of it is read", async () => {
    const harness = await openHarness();
    const ids: string[] = [];
    for (let position = 0; position < 30; position++) {
      harness.clock.advance(1_000);
      ids.push(await harness.save(`${position} harbour ${large}`.slice(0, LIMITS.textBytes)));
    }
    let reads = 0;
    harness.disk.hooks.beforeRead = () => {
      reads += 1;
    };
    const found = await harness.call("memory.search", { query: "harbour", limit: 30 });
    expect([found.hits.length, found.more]).toEqual([15, true]);
    const newest = await harness.call("memory.recent", { limit: 30 });
    expect(newest.memories.map(({ id }) => id)).toEqual(ids.toReversed().slice(0, 15));
    expect(newest.more).toBe(true);
    const some = ids.slice(0, 20);
    const first = await harness.call("memory.get", { ids: some });
    expect(first.memories.map(({ id }) => id)).toEqual(some.slice(0, 15));
    expect(first.leftOut).toEqual(some.slice(15));
    // Sixteen each, and what searching and listing read ahead.
    expect(reads).toBeLessThanOrEqual(3 * 16 + 2 * 3);
    const rest = await harness.call("memory.get", { ids: first.leftOut ?? [] });
    expect(rest.memories.map(({ id }) => id)).toEqual(some.slice(15));
    expect(rest).not.toHaveProperty("leftOut");
    expect(await harness.call("memory.recent", { limit: 15 })).toMatchObject({ more: true });
    expect((await harness.call("memory.search", { query: "harbour", limit: 3 })).hits).toHaveLength(3);
  });

  it("counts control characters as JSON spells them", async () => {
    const harness = await openHarness();
    for (let position = 0; position < 3; position++) await harness.save(control);
    const { memories, more } = await harness.call("memory.recent", {});
    expect([memories.length, more]).toEqual([2, true]);
  });

  it("counts projects, tags and snippets as well", async () => {
    const harness = await openHarness();
    const project = "\u0001".repeat(LIMITS.projectBytes);
    const tags = Array.from({ length: 32 }, (_, tag) => `${tag}`.padEnd(64, "€"));
    for (let position = 0; position < 100; position++) await harness.save("harbour", { project, tags });
    const query = { query: "harbour", limit: 100 };
    const { hits, more } = await harness.call("memory.search", query);
    expect([hits.length > 70, hits.length < 100, more]).toEqual([true, true, true]);
    const snippets = await openHarness({
      index: { ...searchIndexFactory, snippet: () => "s".repeat(600_000) },
    });
    await snippets.save("harbour one");
    await snippets.save("harbour two");
    expect(await snippets.call("memory.search", query)).toMatchObject({ hits: [{}], more: true });
  });

  it("holds the versions nearest to the one that was asked for, and names where to go on", async () => {
    const harness = await openHarness();
    const ids = [await harness.save(`0${large}`.slice(0, LIMITS.textBytes))];
    for (let version = 1; version < 40; version++) {
      const text = `${version}${large}`.slice(0, LIMITS.textBytes);
      ids.push((await harness.call("memory.update", { id: ids[0] ?? "", text })).id);
    }
    const seen = new Set<string>();
    let next = ids.at(-1);
    while (next !== undefined) {
      const id: string = next;
      const { memories } = await harness.call("memory.get", { ids: [id] });
      const [memory] = memories;
      const shown = (memory?.versions ?? []).map((version) => version.id);
      const start = ids.indexOf(shown[0] ?? "");
      expect(memory?.id).toBe(id);
      expect(shown).toContain(id);
      expect(shown).toEqual(ids.slice(start, start + shown.length));
      expect(memory?.versionsLeft?.count ?? 0).toBe(ids.length - shown.length);
      expect(memory?.versionsLeft?.older).toBe(ids[start - 1]);
      expect(memory?.versionsLeft?.newer).toBe(ids[start + shown.length]);
      for (const each of shown) seen.add(each);
      next = memory?.versionsLeft?.older;
    }
    expect(seen.size).toBe(ids.length);
  });

  it("holds the nearest neighbours and says when not all fit; they take no room from what was asked for", async () => {
    const harness = await openHarness();
    for (let position = 0; position < 21; position++) {
      harness.clock.advance(1_000);
      const text = `${position} ${large}`.slice(0, LIMITS.textBytes);
      const at = new Date(harness.clock.now()).toISOString();
      await harness.call("memory.capture", { session: "s", turns: [{ ...said(`m${position}`, text), at }] });
    }
    const newest = await harness.call("memory.recent", { limit: 100 });
    const before = newest.memories.at(-1)?.at ?? "";
    const older = await harness.call("memory.recent", { limit: 100, before });
    const memories = [...newest.memories, ...older.memories];
    expect([newest.more, memories.length, older.more]).toEqual([true, 21, false]);
    const [oldest] = (await harness.call("memory.get", { ids: [memories[20]?.id ?? ""], context: 20 }))
      .memories;
    expect(oldest?.context).toMatchObject({ before: [], more: true });
    expect(oldest?.context?.after.map(({ text }) => Number.parseInt(text, 10))).toEqual(
      Array.from({ length: 14 }, (_, place) => place + 1),
    );
    const [middle] = (await harness.call("memory.get", { ids: [memories[10]?.id ?? ""], context: 20 }))
      .memories;
    expect(middle?.text.startsWith("10 ")).toBe(true);
    expect([middle?.context?.before.length, middle?.context?.after.length]).toEqual([7, 7]);
    expect(middle?.context?.before.at(-1)?.text.startsWith("9 ")).toBe(true);
    expect(middle?.context?.after[0]?.text.startsWith("11 ")).toBe(true);
    const few = await harness.call("memory.get", { ids: [memories[10]?.id ?? ""], context: 5 });
    expect(few.memories[0]?.context).not.toHaveProperty("more");
    const found = await harness.call("memory.search", { query: "10 11 12", context: 20, limit: 3 });
    expect(found.hits.length).toBe(3);
    expect(found.hits.some((hit) => hit.context?.more === true)).toBe(true);
  });

  it("is cut to what fits for a brief, which nobody can ask to be shorter, and says so", async () => {
    const harness = await openHarness();
    for (let position = 0; position < 10; position++) {
      harness.clock.advance(1_000);
      await harness.save(control, { pinned: true });
      await harness.save(`${position}`);
    }
    const brief = await harness.call("memory.brief", {});
    expect(brief.pinned.length).toBe(2);
    expect(brief.recent.length).toBe(10);
    expect(brief.more).toBe(true);
    expect(await (await openHarness()).call("memory.brief", {})).not.toHaveProperty("more");
  });

  it("is cut to what fits for projects and tags, newest and most used first, and says so", async () => {
    const harness = await openHarness();
    await harness.save("used twice", { tags: ["often"] });
    await harness.save("used twice", { tags: ["often"] });
    for (let position = 0; position < 220; position++) {
      harness.clock.advance(1_000);
      const tags = Array.from({ length: 32 }, (_, tag) => `${position}-${tag}`.padEnd(64, "€"));
      await harness.save("flood", { tags, project: `${position}`.padEnd(1_024, "\u0001") });
    }
    const { projects, tags, more } = await harness.call("memory.projects", {});
    expect(more).toBe(true);
    expect(projects[0]?.project?.startsWith("219")).toBe(true);
    expect(projects.length).toBeLessThan(220);
    expect(projects.length).toBeGreaterThan(50);
    expect(tags[0]).toEqual({ tag: "often", count: 2 });
    expect(tags.length).toBeGreaterThan(1_000);
  });
});
