const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Runs `callback` once after `ms` milliseconds; never when `ms` is more than a timer can wait (24.8 days, `Infinity`),
 * where `setTimeout` would run it at once.
 *
 * @returns cancels it; safe to call twice and afterwards
 */
export function startTimer(ms: number, callback: () => void): () => void {
  if (ms > LONGEST_TIMER_MS) return () => undefined;
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
}
