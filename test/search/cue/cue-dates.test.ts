import { describe, expect, it } from "vitest";
import { datesOfCue } from "../../../src/search/cue/cue-dates.ts";

const NOW = new Date(2026, 5, 17, 15, 30).getTime();

const day = (year: number, month: number, date = 1) => new Date(year, month - 1, date).getTime();
const spans = (cue: string) => datesOfCue(cue, NOW).map(({ from, to }) => [from, to]);

describe("the dates of a cue", () => {
  it.each([
    ["a day", "what happened on 3 June 2024?", day(2024, 6, 3), day(2024, 6, 4)],
    ["a day without a year", "on May 7", day(2026, 5, 7), day(2026, 5, 8)],
    ["yesterday", "what did I eat yesterday", day(2026, 6, 16), day(2026, 6, 17)],
    ["a weekday", "last Tuesday", day(2026, 6, 16), day(2026, 6, 17)],
    ["days ago", "10 days ago", day(2026, 6, 7), day(2026, 6, 8)],
    ["a month", "in March", day(2026, 3), day(2026, 4)],
    ["a month whose next one is nearer", "what did I say in November", day(2025, 11), day(2025, 12)],
    ["a month that is a verb as well", "what did I say in May", day(2026, 5), day(2026, 6)],
    ["a day whose next one is nearer", "the talk of 8 September", day(2025, 9, 8), day(2025, 9, 9)],
    ["a weekday whose next one is nearer", "what was it on Friday", day(2026, 6, 12), day(2026, 6, 13)],
    ["a month of a year", "setback in October 2023", day(2023, 10), day(2023, 11)],
    ["months ago", "two months ago", day(2026, 4), day(2026, 5)],
    ["a year", "where did I live in 2019", day(2019, 1), day(2020, 1)],
    ["last year", "last year", day(2025, 1), day(2026, 1)],
    ["a season", "in the summer of 2024", day(2024, 6), day(2024, 9)],
    ["two bounds", "between August 11 2023 and August 15 2023", day(2023, 8, 11), day(2023, 8, 16)],
  ])("are known for %s", (_what, cue, from, to) => {
    expect(spans(cue)).toEqual([[from, to]]);
  });

  it("are a week wide for a week", () => {
    const [[from = 0, to = 0] = []] = spans("what did I do last week");
    expect(from).toBeLessThan(day(2026, 6, 8));
    expect(to).toBeGreaterThan(day(2026, 6, 12));
    expect(to - from).toBe(7 * 86_400_000);
  });

  it("are those given outright, not what the words beside them mean today", () => {
    expect(spans("what did Jolene finish last week before 23 January, 2023?")).toEqual([
      [day(2023, 1, 23), day(2023, 1, 24)],
    ]);
  });

  it.each([
    "what is the name of the dog",
    "tell me about the 25 things",
    "may I ask the second thing",
    "what are the plans for next month",
    "",
  ])("are none in: %s", (cue) => expect(spans(cue)).toEqual([]));

  it("are not looked for beyond 500 characters", () => {
    expect(spans(`${"x".repeat(500)} on 3 June 2024`)).toEqual([]);
  });
});
