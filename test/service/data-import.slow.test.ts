import { describe, expect, it } from "vitest";
import { utf8 } from "../../src/base/bytes.ts";
import { openHarness } from "./harness.ts";

const AT = "2026-05-01T10:00:00Z";

function note(text: string): string {
  return `${JSON.stringify({ kind: "note", text, project: null, at: AT })}\n`;
}

describe("an import", () => {
  it("of 100,000 entries holds no more than a batch in memory", async () => {
    const harness = await openHarness({ index: emptyIndex() });
    harness.disk.apply = (changes) => {
      for (const change of changes) if (change.type === "put") stored += 1;
    };
    let stored = 0;
    let pulled = 0;
    let ahead = 0;
    const body = "x".repeat(100);
    async function* stream() {
      for (let position = 0; position < 1_000; position++) {
        const lines = Array.from({ length: 100 }, (_, entry) => note(`${position} ${entry} ${body}`));
        pulled += 100;
        ahead = Math.max(ahead, pulled - stored);
        yield await Promise.resolve(utf8(lines.join("")));
      }
    }
    const result = await harness.call("data.import", { format: "x" }, { stream: stream() });
    expect(result.stored).toBe(100_000);
    expect(stored).toBe(100_000);
    // A batch of 100 entries and the chunk that completes it.
    expect(ahead).toBeLessThanOrEqual(200);
  });
});

/** An index that keeps nothing, so that what is measured is the import. */
function emptyIndex() {
  const none = { before: [], after: [] };
  const index = {
    size: 0,
    add: () => {},
    remove: () => false,
    has: () => false,
    search: () => ({ hits: [], more: false, weak: false, asksLatest: false }),
    list: () => [],
    count: () => 0,
    versions: () => [],
    supersededBy: () => undefined,
    isExpired: () => undefined,
    expired: () => [],
    neighbours: () => none,
    session: () => undefined,
    projectsOf: () => [],
    exchange: () => ({ request: undefined, answers: [] }),
    projects: () => [],
    tags: () => [],
    sessions: () => [],
    compact: () => true,
    serialize: () => [],
  };
  return { create: () => index, load: () => Promise.resolve(index), snippet: (text: string) => text };
}
