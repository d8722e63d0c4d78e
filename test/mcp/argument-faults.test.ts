import { afterEach, describe, expect, it } from "vitest";
import { idOf } from "./support/memories.ts";
import { openSession } from "./support/session.ts";
import type { Session } from "./support/session.ts";

let session: Session | undefined;
afterEach(() => session?.close());

describe("what is wrong with arguments", () => {
  it.each([
    ["memory_search", {}, "query is missing"],
    ["memory_search", { query: 7 }, "query must be text"],
    ["memory_search", { query: "" }, "query is empty"],
    ["memory_search", { query: "x", kind: "fact" }, "kind must be one of note, turn"],
    ["memory_search", { query: "x", limit: 0 }, "limit must be at least 1"],
    ["memory_search", { query: "x", limit: 101 }, "limit may be at most 100"],
    ["memory_search", { query: "x", limit: 1.5 }, "limit must be a whole number"],
    ["memory_search", { query: "x", after: "9".repeat(65) }, "after may have at most 64 characters"],
    ["memory_save", { text: "x", pinned: "yes" }, "pinned must be true or false"],
    ["memory_save", { text: "x", tags: ["a b"] }, "tags[0]: no white space or comma"],
    ["memory_save", { text: "x", tags: 7 }, "tags must be a list"],
    ["memory_get", { ids: [] }, "ids is empty"],
    ["memory_get", { ids: Array.from({ length: 21 }, () => idOf(1)) }, "ids may hold at most 20"],
    ["memory_get", { ids: ["no"] }, "ids[0]: not a record id"],
    ["memory_forget", { filter: 7 }, "filter must be an object"],
    ["memory_forget", { filter: { projct: "x" } }, 'filter has no argument "projct"'],
    ["memory_forget", { filter: { role: "me" } }, "filter.role must be one of user, assistant"],
    [
      "memory_search",
      { query: "x", where: 1, "a\u202Eb\n": 2 },
      'there is no argument "where", "a⟨U+202E⟩b"',
    ],
  ])("is said in words that name the argument: %s %j", async (name, given, words) => {
    session = await openSession({});
    const { text, isError } = await session.call(name, given);
    expect(isError).toBe(true);
    expect(text).toBe(`Input validation error: Invalid arguments for tool ${name}: ${words}`);
    expect(session.daemon.asked).toEqual([]);
  });

  it("names a few made-up arguments and not a thousand", async () => {
    session = await openSession({});
    const made = Object.fromEntries(Array.from({ length: 900 }, (_, at) => [`x${at}`, at]));
    const { text } = await session.call("memory_status", made);
    expect(text.length).toBeLessThan(200);
  });
});
