/**
 * Times as people and models write them; every program that connects reads them here. A date or a period stands for its first moment by the local clock: `2026-05` is the first of May
 * at 0:00, `last week` the Monday before the last. A span counts from now: `7d` is seven days ago, or in seven days for times
 * that lie ahead. Everything else that names a time (`yesterday at 5pm`, `in two weeks`, `3 June`) is left to chrono-node.
 */
import { KeepsakeError } from "../base/errors.ts";

export interface TimeReading {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Where spans and names without a year point to. */
  readonly direction: "past" | "future";
  /** Which moment of a date or period is meant: the state "as of May" is that of its last moment. */
  readonly edge?: "start" | "end";
  /** Whether a span ahead ends with its minute, hour or day: the same words mean the same time for a while, so that a repeated request is the same request. */
  readonly isSteady?: boolean;
  /** What a text that is no time is refused with: `USAGE` unless given. */
  readonly refusal?: "INVALID_PARAMS";
}

interface Period {
  readonly start: Date;
  /** The first moment behind it. */
  readonly end: Date;
}

interface Span {
  readonly moment: Date;
  /** Its unit, a day for those of the calendar. */
  readonly unitMs: number;
}

const NAMED = /^(this|last|next)\s+(week|month|year)$/i;
const DAYS = { yesterday: -1, today: 0, tomorrow: 1 } as const;
const DATE = /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?$/;
const DATE_TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?$/i;
const SPAN = /^(\d{1,5})\s*(s|sec|min|m|h|d|days?|w|weeks?|mo|months?|y|years?)(?:\s+ago)?$/i;
const DAY_MS = 86_400_000;
/** Units of the clock, by their first letter; longer ones are units of the calendar. */
const CLOCK_UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };
const MINUTE_MS = 60_000;
const HINT_AHEAD = 'give a time that lies ahead, such as 7d, tomorrow, "next month" or 2031-01-31';
const HINT = 'give a time such as 7d, "last week", 2026-05, 2026-05-03 or 2026-05-03T14:00';

/** ISO 8601 in UTC. @param name - of the option or argument, for the message; @throws USAGE, INVALID_PARAMS */
export async function parseTime(text: string, name: string, reading: TimeReading): Promise<string> {
  const given = text.trim();
  const period = datePeriod(given) ?? namedPeriod(given, new Date(reading.now));
  const moment = period === undefined ? await momentOf(given, reading) : edgeOf(period, reading);
  const year = moment?.getFullYear() ?? NaN;
  if (moment === undefined || !(year >= 1000 && year <= 9998)) {
    throw new KeepsakeError(reading.refusal ?? "USAGE", `${name} is not a time keepsake can read`, {
      hint: reading.direction === "future" ? HINT_AHEAD : HINT,
    });
  }
  return moment.toISOString();
}

/**
 * When something ends that is begun now, as the life of a memory.
 *
 * @throws USAGE, INVALID_PARAMS also for a time that has passed: what is saved would be gone at once
 */
export async function parseExpiry(
  text: string,
  name: string,
  reading: Omit<TimeReading, "direction">,
): Promise<string> {
  const moment = await parseTime(text, name, { ...reading, direction: "future" });
  if (Date.parse(moment) <= reading.now) {
    throw new KeepsakeError(reading.refusal ?? "USAGE", `${name} names a time that has passed`, {
      hint: HINT_AHEAD,
    });
  }
  return moment;
}

function edgeOf({ start, end }: Period, { edge }: TimeReading): Date {
  return edge === "end" ? new Date(end.getTime() - 1) : start;
}

/** What looks like a date of the calendar and is none is not guessed at. */
async function momentOf(text: string, reading: TimeReading): Promise<Date | undefined> {
  if (/^\d{4}(?:-|$)/.test(text)) return exactMoment(text);
  const span = spanMoment(text, reading.now, reading.direction) ?? (await spokenMoment(text, reading));
  return span === undefined || reading.direction === "past" || reading.isSteady !== true
    ? span?.moment
    : new Date(Math.ceil(span.moment.getTime() / span.unitMs) * span.unitMs);
}

function namedPeriod(text: string, now: Date): Period | undefined {
  const [year, month, day] = [now.getFullYear(), now.getMonth(), now.getDate()];
  const word = text.toLowerCase();
  if (Object.hasOwn(DAYS, word)) {
    const shift = DAYS[word as keyof typeof DAYS];
    return { start: new Date(year, month, day + shift), end: new Date(year, month, day + shift + 1) };
  }
  const [, which = "", unit] = NAMED.exec(word) ?? [];
  const shift = { last: -1, this: 0, next: 1 }[which] ?? 0;
  if (unit === "week") {
    const monday = day - ((now.getDay() + 6) % 7) + 7 * shift;
    return { start: new Date(year, month, monday), end: new Date(year, month, monday + 7) };
  }
  if (unit === "month") {
    return { start: new Date(year, month + shift, 1), end: new Date(year, month + shift + 1, 1) };
  }
  return unit === undefined
    ? undefined
    : { start: new Date(year + shift, 0, 1), end: new Date(year + shift + 1, 0, 1) };
}

/** A year, month or day; `undefined` for what is none or not in the calendar. */
export function datePeriod(text: string): Period | undefined {
  const match = DATE.exec(text);
  if (match === null) return undefined;
  const [year = 0, month, day] = match
    .slice(1)
    .map((part) => (part === undefined ? undefined : Number(part)));
  if (year < 1000) return undefined;
  if (month === undefined) return { start: new Date(year, 0, 1), end: new Date(year + 1, 0, 1) };
  if (month < 1 || month > 12) return undefined;
  if (day === undefined) return { start: new Date(year, month - 1, 1), end: new Date(year, month, 1) };
  return dayPeriod(year, month, day);
}

/** A date with a time of day, by the local clock unless it has an offset; `undefined` for one that does not exist. */
export function exactMoment(text: string): Date | undefined {
  if (!DATE_TIME.test(text)) return undefined;
  const moment = new Date(text.replace(" ", "T").toUpperCase());
  const [year, month, day] = text.slice(0, 10).split("-").map(Number);
  const isReal = dayPeriod(year ?? 0, month ?? 0, day ?? 0) !== undefined;
  return Number.isNaN(moment.getTime()) || !isReal ? undefined : moment;
}

/** @param now - milliseconds since the epoch @param direction - where it points to, unless it says `ago` */
export function spanMoment(text: string, now: number, direction: "past" | "future"): Span | undefined {
  const [, digits, unit = ""] = SPAN.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const amount = Number(digits) * (direction === "past" || /ago$/i.test(text) ? -1 : 1);
  const moment = new Date(now);
  const name = unit.toLowerCase();
  const clockUnitMs = name.startsWith("mo") ? undefined : CLOCK_UNITS_MS[name.charAt(0)];
  if (clockUnitMs !== undefined) moment.setTime(now + amount * clockUnitMs);
  else if (name.startsWith("mo")) moment.setMonth(moment.getMonth() + amount);
  else if (name.startsWith("y")) moment.setFullYear(moment.getFullYear() + amount);
  else moment.setDate(moment.getDate() + (name.startsWith("w") ? 7 : 1) * amount);
  return { moment, unitMs: clockUnitMs ?? DAY_MS };
}

/** `undefined` for a day that the calendar does not have. */
function dayPeriod(year: number, month: number, day: number): Period | undefined {
  const start = new Date(year, month - 1, day);
  if (start.getMonth() !== month - 1 || start.getDate() !== day) return undefined;
  return { start, end: new Date(year, month - 1, day + 1) };
}

/** The library takes long to load: it comes last. */
async function spokenMoment(text: string, { now, direction }: TimeReading): Promise<Span | undefined> {
  const { casual } = await import("chrono-node/en");
  const spoken = text.replace(/^(?:since|from|until|before|after|as of)\s+/i, "");
  const [found, ...others] = casual.parse(spoken, new Date(now), { forwardDate: direction === "future" });
  if (found === undefined || others.length > 0 || !/^(?:(?:on|in|at|the)\s+)*$/i.test(rest(spoken, found))) {
    return undefined;
  }
  const { start } = found;
  const moment = start.date();
  const isPast = direction === "past" && moment.getTime() > now;
  if (isPast && start.isCertain("weekday") && !start.isCertain("day")) moment.setDate(moment.getDate() - 7);
  else if (isPast && start.isCertain("month") && !start.isCertain("year"))
    moment.setFullYear(moment.getFullYear() - 1);
  // "Two weeks ago" counts from this moment; a day of the calendar begins at midnight.
  const isSpan = start.tags().has("result/relativeDate");
  if (!isSpan && !start.isCertain("hour")) moment.setHours(0, 0, 0, 0);
  if (start.isCertain("month") && !start.isCertain("day")) moment.setDate(1);
  return {
    moment,
    unitMs: !isSpan ? 1 : start.tags().has("result/relativeDateAndTime") ? MINUTE_MS : DAY_MS,
  };
}

function rest(text: string, found: { readonly index: number; readonly text: string }): string {
  return text.slice(0, found.index) + text.slice(found.index + found.text.length);
}
