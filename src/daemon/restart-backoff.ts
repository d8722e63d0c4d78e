/** How long the front waits before it starts the next engine. */

/** An engine that lived so long was a working one: what happened before it is forgotten. */
const SETTLED_MS = 30_000;
/** Clean ends closer together than this wait too, so that a loop of locks cannot keep the machine busy. */
const HASTY_MS = 1_000;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;
/** With this and the time an engine takes to start, whoever locks has the next one within a second. */
const LONGEST_CLEAN_DELAY_MS = 400;

interface EngineEnd {
  /** It said that it was ending: a lock, or a stop. */
  readonly announced: boolean;
  readonly livedMs: number;
}

export interface RestartBackoff {
  /**
   * Milliseconds: 0 after a lock, and 100 doubling to 400 while locks follow each other within a second; 0 after the first
   * crash in a while, then 100 doubling to 10,000. Locks are no crashes: neither counts for the other.
   */
  delayAfter(end: EngineEnd): number;
}

export function createRestartBackoff(): RestartBackoff {
  let crashes = 0;
  let hastyEnds = 0;
  return {
    delayAfter: ({ announced, livedMs }) => {
      if (livedMs >= SETTLED_MS) crashes = 0;
      if (!announced) return delayOf((crashes += 1), LONGEST_DELAY_MS);
      hastyEnds = livedMs >= HASTY_MS ? 0 : hastyEnds + 1;
      return delayOf(hastyEnds, LONGEST_CLEAN_DELAY_MS);
    },
  };
}

function delayOf(count: number, longestMs: number): number {
  return count <= 1 ? 0 : Math.min(FIRST_DELAY_MS * 2 ** (count - 2), longestMs);
}
