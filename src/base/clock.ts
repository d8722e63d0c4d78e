/** Time, passed in so that tests can move it. */
export interface Clock {
  /** Milliseconds since the epoch, as the user's clock says; may jump. */
  now(): number;
  /** Milliseconds since some start; never goes back, stands still while the machine sleeps. */
  monotonic(): number;
}

export const systemClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };
