/**
 * The dates a cue names, as spans of time, found by chrono-node (English) and, for years and seasons alone, by a pattern
 * of our own. A cue that gives a date outright ("the week before 6 November 2023") means that date and not what its
 * relative words would mean today; two such dates after "between" or "from" mean the span they bound.
 */
import * as chrono from "chrono-node/en";

/** Milliseconds since the epoch; `from` included, `to` excluded. */
export interface DateSpan {
  readonly from: number;
  readonly to: number;
  /** The words that name it. */
  readonly text: string;
}

const DAY_MS = 86_400_000;
/** Longer cues are pasted text, not questions; what follows is not searched for dates. */
const MAX_CUE_CHARACTERS = 500;
const HINT =
  /\d|yesterday|today|tonight|tomorrow|week|month|year|\b(?:mon|tue|wed|thu|fri|sat|sun|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)|\bago\b|last|past|spring|summer|autumn|fall|winter|morning|evening|night/i;
const RELATIVE = /ago|last|this|next|past|before|after|week|yesterday|today|tonight|tomorrow|now/i;
const YEAR = /\b(?:(spring|summer|autumn|fall|winter) (?:of )?|in |during |since )((?:19|20)\d\d)\b/gi;
const FIRST_MONTH: Readonly<Record<string, number>> = {
  spring: 2,
  summer: 5,
  autumn: 8,
  fall: 8,
  winter: 11,
};

/** The spans of time a cue names, none of them beginning after `now`. */
export function datesOfCue(cue: string, now: number): readonly DateSpan[] {
  const text = cue.slice(0, MAX_CUE_CHARACTERS);
  if (!HINT.test(text)) return [];
  const found = chrono.parse(text, new Date(now)).flatMap((result) => spanOf(inThePast(result, now)));
  const past = [...found, ...yearsOf(text)].filter(({ from }) => from <= now);
  const outright = past.filter((span) => span.isOutright);
  const spans = outright.length > 0 ? outright : past;
  return joined(spans, text);
}

interface FoundSpan extends DateSpan {
  readonly isOutright: boolean;
}

function joined(spans: readonly FoundSpan[], cue: string): readonly DateSpan[] {
  const [first, second] = spans;
  if (spans.length !== 2 || first === undefined || second === undefined || !/\bbetween\b|\bfrom\b/i.test(cue))
    return spans;
  const from = Math.min(first.from, second.from);
  const to = Math.max(first.to, second.to);
  return [{ from, to, text: `${first.text} ${second.text}` }];
}

/**
 * A month or weekday without a year is taken for the nearest one, which may lie ahead: in May, "what did I say in
 * November" is about the last one.
 */
function inThePast(result: chrono.ParsedResult, now: number): chrono.ParsedResult {
  const { start } = result;
  const isOpen = !start.isCertain("year") && start.date().getTime() > now;
  if (!isOpen || RELATIVE.test(result.text)) return result;
  const earlier = new Date(now);
  if (start.isCertain("month")) earlier.setFullYear(earlier.getFullYear() - 1);
  else if (start.isCertain("weekday")) earlier.setDate(earlier.getDate() - 7);
  else return result;
  return chrono.parse(result.text, earlier, { forwardDate: true })[0] ?? result;
}

function spanOf({ start, end, text }: chrono.ParsedResult): FoundSpan[] {
  const year = start.get("year") ?? 0;
  const month = (start.get("month") ?? 1) - 1;
  const day = start.get("day") ?? 1;
  const hasDay = start.isCertain("day") || start.isCertain("weekday");
  const isOutright =
    start.isCertain("month") && (/\d{4}/.test(text) || (start.isCertain("day") && !RELATIVE.test(text)));
  const around = (days: number) => [
    start.date().getTime() - days * DAY_MS,
    start.date().getTime() + days * DAY_MS,
  ];
  let bounds: number[];
  if (!isOutright && /weekend/i.test(text)) bounds = around(1.5);
  else if (!isOutright && /week/i.test(text)) bounds = around(3.5);
  else if (hasDay) bounds = [time(year, month, day), time(year, month, day + 1)];
  else if (start.isCertain("month")) bounds = [time(year, month), time(year, month + 1)];
  else if (start.isCertain("year")) bounds = [time(year), time(year + 1)];
  else return [];
  const [from = 0, to = 0] = bounds;
  return [{ from, to: Math.max(to, endOf(end)), text, isOutright }];
}

function endOf(end: chrono.ParsedResult["start"] | null | undefined): number {
  if (end === null || end === undefined) return Number.NEGATIVE_INFINITY;
  const month = (end.get("month") ?? 1) - 1;
  if (!end.isCertain("day")) return time(end.get("year") ?? 0, month + 1);
  return time(end.get("year") ?? 0, month, (end.get("day") ?? 1) + 1);
}

function yearsOf(cue: string): FoundSpan[] {
  return [...cue.matchAll(YEAR)].map(([text, season = "", digits = ""]) => {
    const year = Number(digits);
    const first = FIRST_MONTH[season.toLowerCase()];
    if (first === undefined) return { from: time(year), to: time(year + 1), text, isOutright: false };
    return { from: time(year, first), to: time(year, first + 3), text, isOutright: false };
  });
}

/** A moment of the local calendar, in milliseconds since the epoch. */
function time(year: number, month = 0, day = 1): number {
  return new Date(year, month, day).getTime();
}
