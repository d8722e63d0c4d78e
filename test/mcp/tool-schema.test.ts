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
  ["memory_search", { query: "tea", q: "coffee" }],
  ["memory_search", { query: "tea", limit: 101 }],
  ["memory_search", { query: "tea", limit: 1.5 }],
  ["memory_search", { query: "tea", limit: "many" }],
  ["memory_search", { query: "tea", max_tokens: 10 }],
  ["memory_search", { query: "tea", kind: "dream" }],
  ["memory_search", { query: "tea", include_superseded: true }],
  ["memory_search", { query: "tea", project: "a\nb" }],
  ["memory_search", { query: "tea", tags: Array.from({ length: 33 }, () => "a") }],
  ["memory_search", { query: "tea", tags: Array.from({ length: 100_000 }, () => "a") }],
  ["memory_search", { query: "tea", constructor: "x" }],
  ["memory_get", { ids: [] }],
  ["memory_get", { ids: ["../../etc/passwd"] }],
  ["memory_get", { ids: Array.from({ length: 21 }, () => idOf(1)) }],
  ["memory_save", { text: "x".repeat(65_537) }],
  ["memory_save", { text: "tea", source: "user", trust: "user" }],
  ["memory_save", { text: "\ud800" }],
  ["memory_save", { text: "tea", idempotency_key: "short" }],
  ["memory_forget", { ids: [idOf(1)], confirmation_token: "guess" }],
  ["memory_forget", { filter: { everything: true } }],
  ["memory_status", { verbose: true }],
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
