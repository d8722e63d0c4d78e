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
    "Can you remind me of the deli?",
    "what did you recommend for dinner",
    "the list you provided",
    "In our previous conversation we had a chord progression",
    "we discussed jobs for seniors",
    "your last suggestion",
  ])("asks what the assistant said: %s", (cue) => expect(understood(cue).asksAssistant).toBe(true));

  it.each(["what did Anna recommend", "who is my dentist", "where do I work"])(
    "does not ask what the assistant said: %s",
    (cue) => expect(understood(cue).asksAssistant).toBe(false),
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
    expect([...understood("recommendation thing zebra").weights.values()]).toEqual([
      DEFAULT_WEIGHTS.requestWord,
      DEFAULT_WEIGHTS.vagueWord,
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
