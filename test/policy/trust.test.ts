import { describe, expect, it } from "vitest";
import { trustOf, trustOfVersion } from "../../src/policy/trust.ts";
import { memoryTrust } from "../../src/protocol/schemas.ts";
import { TRUSTS } from "../../src/search/search-index.ts";

/** From the least. */
const ASCENDING = ["unverified", "imported", "assistant", "captured", "user"] as const;
const rank = (trust: (typeof ASCENDING)[number]) => ASCENDING.indexOf(trust);

describe("trust", () => {
  it("is the person's own for what client cli writes, and an assistant's for every other client", () => {
    expect(trustOf({ id: "cli" })).toBe("user");
    expect(["mcp", "cli2", "user"].map((id) => trustOf({ id }))).toEqual(Array(3).fill("assistant"));
  });

  it.each(ASCENDING.flatMap((older) => ["cli", "mcp"].map((id) => [older, id] as const)))(
    "of a version over %s by %s is the lower one",
    (older, id) => {
      const writers = trustOf({ id });
      expect(trustOfVersion(older, { id })).toBe(rank(older) < rank(writers) ? older : writers);
    },
  );

  it("has the same values for the socket, the order and the index", () => {
    expect([...memoryTrust.options].toSorted()).toEqual([...ASCENDING].toSorted());
    expect([...TRUSTS]).toEqual(memoryTrust.options);
  });
});
