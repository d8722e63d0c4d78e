import { describe, expect, it } from "vitest";
import { understandCue } from "../../../src/search/cue/cue.ts";
import { DEFAULT_WEIGHTS } from "../../../src/search/weights.ts";
import { NOW } from "../support/memories.ts";

const understood = (cue: string) => understandCue(cue, NOW, DEFAULT_WEIGHTS);

describe("a cue", () => {
  it.each([
    "When did we move?",
    "what year was the house built",
    "Which day is the dentist?",
    "how long ago did I start",
    "How many weeks passed since the flu",
  ])("asks when: %s", (cue) => expect(understood(cue).asksWhen).toBe(true));

  it.each(["Whenever possible use tabs", "what colour is the door", "how many bikes do I own"])(
    "does not ask when: %s",
    (cue) => expect(understood(cue).asksWhen).toBe(false),
  );

  it.each([
    "which car did I buy",
    "What is my dentist called?",
    "tell me the name of the book of mine",
    "where I'm from",
    "the gym I’ve joined",
  ])("asks about the person: %s", (cue) => expect(understood(cue).asksPerson).toBe(true));

  it.each([
    "what did Anna recommend",
    "Can you remind me of the deli I asked about?",
    "what did you recommend for my dinner",
    "which port did we give my server",
    "how do I start the server",
    "how should I name my tests",
    "why did I leave the gym",
    "what went wrong with my build",
    "In the previous conversation I had a chord progression",
    "what did the assistant say of my essay",
  ])("does not ask about the person: %s", (cue) => expect(understood(cue).asksPerson).toBe(false));

  it.each([
    "what did I say about mocks",
    "where should I want the tests",
    "how did I actually ask for the report",
    "what was I expecting of the sync",
    "which name did I propose",
    "the thing I complained about",
    "my rule for commits",
    "what's my stance on mocks",
    "which colour didn't I want",
  ])("asks what the person said: %s", (cue) => expect(understood(cue).asksWhatISaid).toBe(true));

  it.each(["what did Anna say", "which car did I buy", "my dentist", "did it say why"])(
    "does not ask what the person said: %s",
    (cue) => expect(understood(cue).asksWhatISaid).toBe(false),
  );

  it.each([
    ..."why|how come it slept|the reason for pinning|how did we fix it|who solved it|what was wrong".split(
      "|",
    ),
    ..."which error|the build fails|a failing test|what broke|the broken page|it crashed|that bug".split("|"),
    ..."what caused it|it hung|the stuck job|why it stopped|kept asking|the problem|get rid of it".split("|"),
    "make it work",
  ])("asks for a cause or a cure: %s", (cue) => expect(understood(cue).asksCause).toBe(true));

  it.each(["where is the config", "the workshop", "a network", "prefix of keys"])(
    "does not ask for a cause: %s",
    (cue) => expect(understood(cue).asksCause).toBe(false),
  );

  it.each([
    "which database do we use now",
    "the current port",
    "what is it called nowadays",
    "is it still there",
    "these days",
    "in the end",
    "the latest name",
    "where did it end up",
  ])("asks for what holds now: %s", (cue) => expect(understood(cue).asksLatest).toBe(true));

  it.each(["who knows the port", "the endpoint", "currents of the sea"])(
    "does not ask for what holds now: %s",
    (cue) => expect(understood(cue).asksLatest).toBe(false),
  );

  it("weighs words that ask, vague words and dates less than the rest", () => {
    const cue = understandCue("suggest some kind of hotel for 3 June 2025", NOW, DEFAULT_WEIGHTS);
    expect(Object.fromEntries(cue.weights)).toEqual({
      suggest: DEFAULT_WEIGHTS.requestWord,
      kind: DEFAULT_WEIGHTS.vagueWord,
      hotel: 1,
      3: DEFAULT_WEIGHTS.dateWord,
      june: DEFAULT_WEIGHTS.dateWord,
      2025: DEFAULT_WEIGHTS.dateWord,
    });
    expect(cue.sequence).toEqual(["suggest", "kind", "hotel", "3", "june", "2025"]);
    const { requestWord, vagueWord, lightWord } = DEFAULT_WEIGHTS;
    expect([...understood("recommendation happened thing zebra").weights.values()]).toEqual([
      requestWord,
      lightWord,
      lightWord * vagueWord,
      1,
    ]);
  });

  it("keeps its words for the names of speakers, folded and without a genitive", () => {
    const { words } = understandCue("What is Zoë's or JAMES' dog called?", NOW, DEFAULT_WEIGHTS);
    expect([...words]).toEqual(["what", "is", "zoe", "or", "james", "dog", "called"]);
  });

  it("is read up to 8,192 characters", () => {
    const { weights } = understandCue(`${"bread ".repeat(2_000)} butter`, NOW, DEFAULT_WEIGHTS);
    expect(weights.has("bread")).toBe(true);
    expect(weights.has("butter")).toBe(false);
  });
});
