import { describe, expect, it } from "vitest";
import { ASKS, EXPLAINS, TELLS_TIME } from "../../../src/search/catalogue/signs.ts";
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

  it.each([
    "It is fixed in 1.2",
    "The problem was a stale cache",
    "the issue is the port",
    "The cause were two timers",
    "Root cause: a missing await",
    "It turned out to be DNS",
    "turns out nobody closes it",
    "caused by the proxy",
    "that should resolve it",
    "resolved by a lock",
    "The solution: pin it",
    "solved it",
    "It works now",
    "everything is working now",
    "the culprit",
    "The real reason",
  ])("explains: %s", (text) => expect(signsOfText(text) & EXPLAINS).not.toBe(0));

  it.each(["let me fix that", "the problem with ports", "a prefixed name", "it works", "unsolved", "really"])(
    "explains nothing: %s",
    (text) => expect(signsOfText(text) & EXPLAINS).toBe(0),
  );
});
