/**
 * Times as people and models write them: dates of the local calendar (`2026`, `2026-05`, `2026-05-03`), moments
 * (`2026-05-03T14:00`, with or without an offset) and spans (`7d`, `3mo`, `2 weeks ago`).
 */
const DATE = /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?$/;
const DATE_TIME = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?$/i;
const SPAN = /^(\d{1,5})\s*(s|sec|min|m|h|d|days?|w|weeks?|mo|months?|y|years?)(?:\s+ago)?$/i;
const DAY_MS = 86_400_000;
/** Units of the clock, by their first letter; longer ones are units of the calendar. */
const CLOCK_UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

export interface Period {
  readonly start: Date;
  /** The first moment behind it. */
  readonly end: Date;
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

export interface Span {
  readonly moment: Date;
  /** Its unit, a day for those of the calendar. */
  readonly unitMs: number;
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
