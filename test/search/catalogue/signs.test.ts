import { describe, expect, it } from "vitest";
import { ASKS, FIRST_PERSON, TELLS_TIME } from "../../../src/search/catalogue/signs.ts";
import { signsOfText } from "../../../src/search/catalogue/signs.ts";

describe("a turn", () => {
  it.each(["How are you?", "Tell me? Please.", "元気ですか？", "كيف حالك؟"])("asks: %s", (text) =>
    expect(signsOfText(text) & ASKS).not.toBe(0),
  );

  it.each([
    "We met yesterday",
    "two years ago",
    "It is on Friday",
    "on 5 may",
    "May 7 it is",
    "last summer was hot",
    "at 5pm",
    "since a few weeks",
    "back in 2019",
  ])("tells a time: %s", (text) => expect(signsOfText(text) & TELLS_TIME).not.toBe(0));

  it.each(["You may go", "the lasting effect", "room 42", "march on the street", "agog"])(
    "tells no time: %s",
    (text) => expect(signsOfText(text) & TELLS_TIME).toBe(0),
  );

  it.each(["I like it", "that's my dog", "i’m here", "ask us and we answer"])(
    "is in the first person: %s",
    (text) => expect(signsOfText(text) & FIRST_PERSON).not.toBe(0),
  );

  it("is in no person when it is not", () => {
    expect(signsOfText("the inn is warm") & FIRST_PERSON).toBe(0);
  });
});
