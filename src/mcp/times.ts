/**
 * Times as models write them: ISO 8601 with offset, a local date or time (`2026-05`, `2026-05-01`, `2026-05-01T14:00`), or a
 * span (`7d`, `3mo`): that long ago, or from now when the time lies ahead. A span ahead ends with its minute, hour or day:
 * the same words mean the same time for a while, so that a repeated request is the same request.
 */
import { KeepsakeError } from "../base/errors.ts";
import { instant } from "../protocol/schemas.ts";

const SPAN = /^(\d{1,4})(min|h|d|w|mo|y)$/;
const LOCAL = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?)?)?)?$/;
const DAY_MS = 86_400_000;
const FIXED_UNITS_MS: Readonly<Record<string, number>> = {
  min: 60_000,
  h: 3_600_000,
  d: DAY_MS,
  w: 7 * DAY_MS,
};

/**
 * ISO 8601 in UTC.
 *
 * @param argument - the name of the argument, for the message
 * @param now - milliseconds since the epoch
 * @param direction - where a span points to
 * @throws INVALID_PARAMS
 */
export function parseTime(text: string, argument: string, now: number, direction: "past" | "future"): string {
  const given = text.trim();
  const time = instant.safeParse(given).success
    ? Date.parse(given)
    : (spanTime(given, now, direction) ?? localTime(given));
  if (time === undefined || Number.isNaN(new Date(time).getTime())) {
    throw new KeepsakeError(
      "INVALID_PARAMS",
      `${argument} is not a time: give an ISO 8601 date or time, or a span such as 7d`,
    );
  }
  return new Date(time).toISOString();
}

function spanTime(text: string, now: number, direction: "past" | "future"): number | undefined {
  const [, digits, unit = ""] = SPAN.exec(text) ?? [];
  if (digits === undefined) return undefined;
  if (direction === "past") return moved(now, -Number(digits), unit);
  const step = Math.min(FIXED_UNITS_MS[unit] ?? DAY_MS, DAY_MS);
  return Math.ceil(moved(now, Number(digits), unit) / step) * step;
}

function moved(now: number, amount: number, unit: string): number {
  const fixed = FIXED_UNITS_MS[unit];
  if (fixed !== undefined) return now + amount * fixed;
  const date = new Date(now);
  return unit === "mo"
    ? date.setMonth(date.getMonth() + amount)
    : date.setFullYear(date.getFullYear() + amount);
}

/** A date of the local calendar; `undefined` for one that does not exist. */
function localTime(text: string): number | undefined {
  const match = LOCAL.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = match
    .slice(1)
    .map((part) => (part === undefined ? undefined : Number(part)));
  const date = new Date(year, month - 1, day, hour, minute, second);
  const isReal =
    date.getFullYear() === year &&
    date.getMonth() === month - 1 &&
    date.getDate() === day &&
    hour < 24 &&
    minute < 60 &&
    second < 60;
  return isReal ? date.getTime() : undefined;
}
