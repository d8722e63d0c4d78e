/**
 * Times as models write them: ISO 8601 with offset, a local date or time (`2026-05`, `2026-05-01`, `2026-05-01T14:00`), or a
 * span (`7d`, `3mo`): that long ago, or from now when the time lies ahead. A span ahead ends with its minute, hour or day:
 * the same words mean the same time for a while, so that a repeated request is the same request.
 */
import { KeepsakeError } from "../base/errors.ts";
import { datePeriod, exactMoment, spanMoment } from "../base/written-times.ts";

const FORMS = "give an ISO 8601 date or time, such as 2026-05-01 or 2026-05-01T14:00Z, or a span, such as 7d";

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
  const moment = datePeriod(given)?.start ?? exactMoment(given) ?? steadyMoment(given, now, direction);
  const year = moment?.getUTCFullYear() ?? NaN;
  if (moment === undefined || !(year >= 0 && year <= 9999)) {
    throw new KeepsakeError("INVALID_PARAMS", `${argument} is not a time in a form read here: ${FORMS}`);
  }
  return moment.toISOString();
}

/**
 * When a memory expires: `parseTime` of a time that lies ahead.
 *
 * @throws INVALID_PARAMS also for a time that has passed
 */
export function parseExpiry(text: string, now: number): string {
  const moment = parseTime(text, "expires_at", now, "future");
  if (Date.parse(moment) > now) return moment;
  throw new KeepsakeError("INVALID_PARAMS", "expires_at has passed: give a time that lies ahead");
}

/** The moment of a span; one that lies ahead is the end of its unit. */
function steadyMoment(text: string, now: number, direction: "past" | "future"): Date | undefined {
  const span = spanMoment(text, now, direction);
  if (span === undefined || direction === "past") return span?.moment;
  return new Date(Math.ceil(span.moment.getTime() / span.unitMs) * span.unitMs);
}
