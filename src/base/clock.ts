/** Time, passed in so that tests can move it. */
export interface Clock {
  /** Milliseconds since the epoch, as the user's clock says; may jump. */
  now(): number;
  /** Milliseconds since some start; never goes back, stands still while the machine sleeps. */
  monotonic(): number;
}

/** As `Clock.monotonic`, of the machine. Node loads a dozen modules for `performance`. */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1e6;
}

export const systemClock: Clock = { now: () => Date.now(), monotonic: monotonicMs };

/** The first and the last millisecond whose year has four digits. */
export const EARLIEST_TIME = Date.parse("0000-01-01T00:00:00Z");
export const LATEST_TIME = Date.parse("9999-12-31T23:59:59.999Z");

/** @param text - ISO 8601; whether it is a time that can be written so in UTC */
export function isWritableTime(text: string): boolean {
  const time = Date.parse(text);
  return time >= EARLIEST_TIME && time <= LATEST_TIME;
}
