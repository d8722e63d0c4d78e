import { describe, expect, it } from "vitest";
import { LIKE_WORDS } from "../../../src/search/terms/like-words.ts";
import { termsOf } from "../../../src/search/terms/terms.ts";

const likesOf = (word: string) => LIKE_WORDS.get(termsOf(word)[0] ?? "") ?? new Set();

describe("like words", () => {
  it.each([
    ["repository", "repo"],
    ["directories", "folders"],
    ["decided", "decisions"],
    ["hung", "frozen"],
    ["crashed", "panics"],
    ["errors", "err"],
  ])("are both ways, in any form: %s and %s", (one, other) => {
    expect(likesOf(one)).toContain(termsOf(other)[0]);
    expect(likesOf(other)).toContain(termsOf(one)[0]);
  });

  it("are terms, and none of itself", () => {
    for (const [term, others] of LIKE_WORDS) {
      expect(others.has(term)).toBe(false);
      expect(others.size).toBeGreaterThan(0);
    }
  });

  it("are not what meets in one meaning only", () => {
    expect(likesOf("key").has("token")).toBe(false);
    expect(likesOf("page").has("view")).toBe(false);
  });
});
