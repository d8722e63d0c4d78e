/** How long the front waits before it starts the next engine. */

/** An engine that lived so long was a working one: what happened before it is forgotten. */
const SETTLED_MS = 30_000;
/** Clean ends closer together than this count like crashes, so that a loop of locks cannot keep the machine busy. */
const HASTY_MS = 1_000;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;

interface EngineEnd {
  /** It said that it was ending: a lock, or a stop. */
  readonly announced: boolean;
  readonly livedMs: number;
}

export interface RestartBackoff {
  /** Milliseconds: 0 after a lock and after the first crash in a while, then 100 doubling to 10,000. */
  delayAfter(end: EngineEnd): number;
}

export function createRestartBackoff(): RestartBackoff {
  let failures = 0;
  return {
    delayAfter: ({ announced, livedMs }) => {
      if (livedMs >= SETTLED_MS) failures = 0;
      if (announced && livedMs >= HASTY_MS) return 0;
      failures += 1;
      return failures === 1 ? 0 : Math.min(FIRST_DELAY_MS * 2 ** (failures - 2), LONGEST_DELAY_MS);
    },
  };
}
