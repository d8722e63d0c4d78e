import { describe, expect, it } from "vitest";
import { KeepsakeError } from "../../src/base/errors.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { searchIndexFactory } from "../../src/search/create-search-index.ts";
import { expectCode, openHarness, said } from "./harness.ts";
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
    await harness.call("memory.update", { id: turns[3]?.id ?? "", text: "turn 3 about lighthouses" });
    const { hits } = await harness.call("memory.search", { query: "lighthouses", context: 2 });
    expect(texts(hits[0]?.context?.before ?? [])).toEqual(["1", "2"]);
    expect(texts(hits[0]?.context?.after ?? [])).toEqual(["4", "5"]);
    const without = await harness.call("memory.search", { query: "lighthouses" });
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
    const ids = [await harness.save("harbour one"), await harness.save("harbour two")];
    const gone = new AbortController();
    let reads = 0;
    harness.disk.hooks.beforeRead = () => {
      reads += 1;
      gone.abort(new KeepsakeError("TIMEOUT"));
    };
    await expectCode(harness.call("memory.search", { query: "harbour" }, { signal: gone.signal }), "TIMEOUT");
    expect(reads).toBe(1);
    await expectCode(harness.call("memory.get", { ids }, { signal: gone.signal }), "TIMEOUT");
    expect(reads).toBe(1);
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

  it("gives an expired and a superseded memory, marked as such", async () => {
    const harness = await openHarness();
    const expired = await harness.save("gone", { expiresAt: "2026-05-01T12:00:01Z" });
    const old = await harness.save("old");
    const { id } = await harness.call("memory.update", { id: old, text: "new" });
    harness.clock.advance(2_000);
    const { memories } = await harness.call("memory.get", { ids: [expired, old] });
    expect(memories[0]?.expiresAt).toBe("2026-05-01T12:00:01.000Z");
    expect(memories[1]?.supersededBy).toBe(id);
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
      { session: "talk", lastAt: "2026-05-01T10:03:00.000Z", turns: 4, opening: "turn 0 about harbours" },
    ]);
  });

  it("gives at most ten of each kind of note and five sessions", async () => {
    const harness = await openHarness();
    for (let position = 0; position < 12; position++) {
      harness.clock.advance(1_000);
      await harness.save(`plain ${position}`);
      await harness.save(`pinned ${position}`, { pinned: true });
      await harness.call("memory.capture", { session: `s${position}`, turns: [said("m", "x")] });
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

  it("is refused when it would be over its cap, before all of it is read", async () => {
    const harness = await openHarness();
    const ids: string[] = [];
    for (let position = 0; position < 20; position++)
      ids.push(await harness.save(`${position} harbour ${large}`.slice(0, LIMITS.textBytes)));
    let reads = 0;
    harness.disk.hooks.beforeRead = () => {
      reads += 1;
    };
    await expectCode(harness.call("memory.search", { query: "harbour" }), "RESULT_TOO_LARGE");
    await expectCode(harness.call("memory.recent", {}), "RESULT_TOO_LARGE");
    await expectCode(harness.call("memory.get", { ids }), "RESULT_TOO_LARGE");
    expect(reads).toBeLessThan(3 * 18);
    expect((await harness.call("memory.recent", { limit: 15 })).memories).toHaveLength(15);
  });

  it("counts control characters as JSON spells them", async () => {
    const harness = await openHarness();
    for (let position = 0; position < 3; position++) await harness.save(control);
    let reads = 0;
    harness.disk.hooks.beforeRead = () => {
      reads += 1;
    };
    await expectCode(harness.call("memory.recent", {}), "RESULT_TOO_LARGE");
    expect(reads).toBe(3);
    expect((await harness.call("memory.recent", { limit: 2 })).memories).toHaveLength(2);
  });

  it("counts projects, tags, snippets and versions as well", async () => {
    const harness = await openHarness();
    const project = "\u0001".repeat(LIMITS.projectBytes);
    const tags = Array.from({ length: 32 }, (_, tag) => `${tag}`.padEnd(64, "€"));
    for (let position = 0; position < 100; position++) await harness.save("harbour", { project, tags });
    const query = { query: "harbour", limit: 100 };
    await expectCode(harness.call("memory.search", query), "RESULT_TOO_LARGE");
    await expectCode(harness.call("memory.recent", { limit: 100 }), "RESULT_TOO_LARGE");
    expect((await harness.call("memory.recent", { limit: 70 })).memories).toHaveLength(70);

    const versions = await openHarness();
    const id = await versions.save(large);
    for (let version = 0; version < 16; version++) await versions.call("memory.update", { id, text: large });
    await expectCode(versions.call("memory.get", { ids: [id] }), "RESULT_TOO_LARGE");

    const snippets = await openHarness({
      index: { ...searchIndexFactory, snippet: () => "s".repeat(600_000) },
    });
    await snippets.save("harbour one");
    expect(await snippets.found("harbour")).toHaveLength(1);
    await snippets.save("harbour two");
    await expectCode(snippets.call("memory.search", query), "RESULT_TOO_LARGE");
  });

  it("counts the neighbouring turns", async () => {
    const harness = await openHarness();
    for (let position = 0; position < 20; position++) {
      const turns = [said(`m${position}`, `${position} ${large}`.slice(0, LIMITS.textBytes))];
      await harness.call("memory.capture", { session: "s", turns });
    }
    const { memories } = await harness.call("memory.recent", { limit: 1 });
    const ids = [memories[0]?.id ?? ""];
    await expectCode(harness.call("memory.get", { ids, context: 20 }), "RESULT_TOO_LARGE");
    expect((await harness.call("memory.get", { ids, context: 5 })).memories).toHaveLength(1);
  });

  it("is cut to what fits for a brief, which nobody can ask to be shorter", async () => {
    const harness = await openHarness();
    for (let position = 0; position < 10; position++) {
      harness.clock.advance(1_000);
      await harness.save(control, { pinned: true });
      await harness.save(`${position}`);
    }
    const brief = await harness.call("memory.brief", {});
    expect(brief.pinned.length).toBe(2);
    expect(brief.recent.length).toBe(10);
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
