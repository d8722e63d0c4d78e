/** In a place that the person keeps private, nothing is recalled or saved over MCP, and no project is named. */
import { afterEach, describe, expect, it } from "vitest";
import { METHODS } from "../../src/protocol/method-table.ts";
import type { Session } from "./support/session.ts";
import { openSession } from "./support/session.ts";

const ID = "0123456789abcdefghjkmnpqr0";
const CALLS: readonly (readonly [string, Record<string, unknown>])[] = [
  ["memory_search", { query: "tide" }],
  ["memory_get", { ids: [ID] }],
  ["memory_recent", {}],
  ["memory_save", { text: "the tide is late" }],
  ["memory_update", { id: ID, text: "the tide is early" }],
  ["memory_forget", { ids: [ID] }],
];

let session: Session;
afterEach(() => session.close());

async function openPrivate(isPrivate: () => boolean): Promise<string[]> {
  const called: string[] = [];
  const answers = Object.fromEntries(
    Object.keys(METHODS).map((name) => [
      name,
      () => {
        called.push(name);
        throw new Error("asked");
      },
    ]),
  );
  session = await openSession(answers, "modern", {
    privacyOf: () => Promise.resolve(isPrivate() ? { because: "everywhere" } : undefined),
  });
  return called;
}

describe("a private place over MCP", () => {
  it.each(CALLS)("refuses %s, and says how it ends", async (name, args) => {
    const called = await openPrivate(() => true);
    const { isError, text } = await session.call(name, args);
    expect(isError).toBe(true);
    expect(text).toContain("SCOPE_DENIED: the user keeps this place private");
    expect(text).toContain('"keepsake private off --everywhere"');
    expect(called).toEqual([]);
  });

  it("still tells the status", async () => {
    const called = await openPrivate(() => true);
    await session.call("memory_status", {});
    expect(called).toEqual(["vault.status"]);
  });

  it("is looked at anew for every call", async () => {
    let isPrivate = true;
    const called = await openPrivate(() => isPrivate);
    await session.call("memory_recent", {});
    isPrivate = false;
    await session.call("memory_recent", {});
    expect(called).toContain("memory.recent");
  });
});
