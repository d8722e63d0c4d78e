import { afterEach, describe, expect, it } from "vitest";
import { aMemory, idOf } from "./support/memories.ts";
import { ERAS, openSession } from "./support/session.ts";
import type { Session } from "./support/session.ts";

let session: Session | undefined;
afterEach(() => session?.close());

const answers = {
  "memory.search": () => ({ hits: [], more: false, complete: true }),
  "memory.get": () => ({ memories: [aMemory(1)], missing: [] }),
  "memory.save": () => ({ id: idOf(1), reused: false }),
  "memory.recent": () => ({ memories: [], more: false }),
  "memory.forget": () => ({ status: "forgotten" as const, count: 1, reused: false }),
};

const SLIPS: readonly (readonly [string, Record<string, unknown>, Record<string, unknown>])[] = [
  ["memory_search", { q: "tea" }, { query: "tea" }],
  ["memory_search", { query: "tea", k: 3 }, { query: "tea", limit: 3 }],
  ["memory_search", { query: "tea", limit: "3" }, { limit: 3 }],
  ["memory_search", { query: "tea", tags: "a, b,,c" }, { tags: ["a", "b", "c"] }],
  ["memory_search", { query: "tea", tags: null, kind: null }, { query: "tea" }],
  ["memory_save", { content: "tea" }, { text: "tea" }],
  ["memory_save", { text: "tea", tags: "a,b" }, { tags: ["a", "b"] }],
  ["memory_get", { id: idOf(1) }, { ids: [idOf(1)] }],
  ["memory_get", { ids: idOf(1) }, { ids: [idOf(1)] }],
  ["memory_forget", { id: idOf(1) }, { ids: [idOf(1)] }],
  ["memory_recent", { k: 5 }, { limit: 5 }],
  // lists
  ["memory_save", { text: "tea", tags: '["a","b"]' }, { tags: ["a", "b"] }],
  ["memory_save", { text: "tea", tags: "['a', 'b']" }, { tags: ["a", "b"] }],
  ["memory_save", { text: "tea", tags: "- a\n- b\n" }, { tags: ["a", "b"] }],
  ["memory_save", { text: "tea", tags: '"a", b' }, { tags: ["a", "b"] }],
  ["memory_save", { text: "tea", tags: "home" }, { tags: ["home"] }],
  ["memory_save", { text: "tea", tags: "[]" }, { tags: [] }],
  ["memory_get", { ids: JSON.stringify([idOf(1), idOf(2)]) }, { ids: [idOf(1), idOf(2)] }],
  ["memory_get", { memoryIds: `${idOf(1)}\n${idOf(2)}` }, { ids: [idOf(1), idOf(2)] }],
  // true and false
  ["memory_save", { text: "tea", pinned: "true" }, { pinned: true }],
  ["memory_save", { text: "tea", pinned: " False " }, { pinned: false }],
  ["memory_save", { text: "tea", pinned: "YES" }, { pinned: true }],
  ["memory_save", { text: "tea", pinned: 0 }, { pinned: false }],
  // numbers
  ["memory_search", { query: "tea", limit: "5.0" }, { limit: 5 }],
  ["memory_search", { query: "tea", limit: [5] }, { limit: 5 }],
  ["memory_search", { query: "tea", limit: 1_000_000 }, { limit: 100 }],
  ["memory_search", { query: "tea", limit: "-3" }, { limit: 1 }],
  ["memory_search", { query: "tea", maxTokens: 10 }, { snippetBytes: 312 }],
  ["memory_get", { id: idOf(1), context: "999999999999" }, { context: 20 }],
  // choices
  ["memory_search", { query: "tea", kind: "Note", role: " USER" }, { kind: "note", role: "user" }],
  ["memory_recent", { kind: "turns" }, { kind: "turn" }],
  ["memory_recent", { kind: ["note"] }, { kind: "note" }],
  // times
  ["memory_search", { query: "tea", after: "2026-05-01T00:00:00Z" }, { after: "2026-05-01T00:00:00.000Z" }],
  ["memory_search", { query: "tea", after: "7d" }, { after: "2026-10-25T12:00:00.000Z" }],
  // what hosts fill in
  ["memory_recent", { session: "", tags: "", kind: null, limit: "" }, { limit: 10 }],
  ["memory_save", { text: "tea", supersedes: "", expires_at: "", idempotency_key: " " }, { text: "tea" }],
  // names
  ["memory_search", { Query: "tea", "max-tokens": 1_000, task_progress: "- [x] look" }, { query: "tea" }],
  ["memory_save", { text: "tea", trust: "user", source: "user" }, { text: "tea" }],
  ["memory_search", { query: "tea", q: "coffee" }, { query: "tea" }],
  ["memory_search", { query: "tea", constructor: "x" }, { query: "tea" }],
  // the filter of what forgets
  ["memory_forget", { tags: "a, b" }, { filter: { tags: ["a", "b"] } }],
  ["memory_forget", { project: "*", kind: "Note" }, { filter: { project: "*", kind: "note" } }],
  ["memory_forget", { filter: '{"tags": ["a"]}' }, { filter: { tags: ["a"] } }],
  ["memory_forget", { filter: { tag: "a" }, role: "user" }, { filter: { tags: ["a"], role: "user" } }],
  ["memory_forget", { ids: [idOf(1)], filter: {}, reason: "old" }, { ids: [idOf(1)] }],
];

describe.each(ERAS)("common slips in the %s era", (era) => {
  it.each(SLIPS)("%s accepts %j", async (name, given, meant) => {
    session = await openSession(answers, era);
    const { isError } = await session.call(name, given);
    expect(isError).toBe(false);
    expect(session.daemon.asked[0]?.params).toMatchObject(meant);
  });
});

const WRONG: readonly (readonly [string, Record<string, unknown>])[] = [
  ["memory_search", {}],
  ["memory_search", { query: "" }],
  ["memory_search", { query: 7 }],
  ["memory_search", { query: "x".repeat(9_000) }],
  ["memory_search", { query: "tea", limit: 1.5 }],
  ["memory_search", { query: "tea", limit: "many" }],
  ["memory_search", { query: "tea", limit: "3e2" }],
  ["memory_search", { query: "tea", kind: "dream" }],
  ["memory_search", { query: "tea", kind: ["note", "turn"] }],
  ["memory_search", { query: null }],
  ["memory_search", { querry: "tea" }],
  ["memory_search", { query: "tea", after: "the other day" }],
  ["memory_save", { text: "tea", pinned: "maybe" }],
  ["memory_save", { text: "tea", tags: `[${"1,".repeat(20_000)}1]` }],
  ["memory_save", { text: "tea", tags: ",".repeat(20_000) }],
  ["memory_update", { id: idOf(1), text: "", tags: "" }],
  ["memory_search", { query: "tea", project: "a\nb" }],
  ["memory_search", { query: "tea", tags: Array.from({ length: 33 }, () => "a") }],
  ["memory_search", { query: "tea", tags: Array.from({ length: 100_000 }, () => "a") }],
  ["memory_get", { ids: [] }],
  ["memory_get", { ids: ["../../etc/passwd"] }],
  ["memory_get", { ids: Array.from({ length: 21 }, () => idOf(1)) }],
  ["memory_save", { text: "x".repeat(65_537) }],
  ["memory_save", { text: "\ud800" }],
  ["memory_save", { text: "tea", idempotency_key: "short" }],
  ["memory_forget", { ids: [idOf(1)], confirmation_token: "guess" }],
  ["memory_forget", { filter: { everything: true } }],
  ["memory_forget", { filter: { tags: ["a"] }, older_than: "30d" }],
  ["memory_forget", { tags: ["a"], limit: 5 }],
  ["memory_forget", { filter: { tags: ["a"], tag: "b" } }],
  ["memory_forget", { filter: { tags: ["a"] }, tags: ["b"] }],
  ["memory_forget", { filter: { tags: "" } }],
  ["memory_forget", { filter: { tags: [] } }],
  ["memory_forget", { project: "x", tags: "[]" }],
  ["memory_forget", { filter: { project: "x", after: "" } }],
  ["memory_forget", { filter: '{"tags": ["a"]' }],
  ["memory_forget", { filter: [] }],
  ["memory_search", { query: [[[["deep"]]]] }],
  [
    "memory_search",
    Object.fromEntries(
      ["query", ...Array.from({ length: 5_000 }, (_, index) => `key${index}`)].map((key) => [key, "x"]),
    ),
  ],
];

describe.each(ERAS)("wrong arguments in the %s era", (era) => {
  it.each(WRONG)("%s refuses case %# and asks the daemon nothing", async (name, given) => {
    session = await openSession(answers, era);
    const { isError, text } = await session.call(name, given);
    expect(isError).toBe(true);
    expect(text.length).toBeLessThan(1_000);
    expect(text).not.toMatch(/\bat .*:\d+:\d+/);
    expect(session.daemon.asked).toEqual([]);
  });

  it("is not touched by a prototype among the arguments", async () => {
    session = await openSession(answers, era);
    const given = JSON.parse('{"query":"tea","__proto__":{"limit":1,"polluted":1}}') as Record<
      string,
      unknown
    >;
    await session.call("memory_search", given);
    expect(session.daemon.asked.map(({ params }) => params["limit"])).toEqual([7]);
    expect({}).not.toHaveProperty("polluted");
  });

  it("answers a tool that does not exist with an error and goes on", async () => {
    session = await openSession(answers, era);
    await expect(session.client.callTool({ name: "memory_purge", arguments: {} })).rejects.toThrow(
      "memory_purge",
    );
    expect((await session.call("memory_recent")).isError).toBe(false);
  });
});
