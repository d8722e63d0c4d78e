/** Progress bars that stand back while somebody is asked: a bar is drawn over the last line, and the question would be under it. */
import type { Context, Progress } from "../context.ts";
import { NO_PROGRESS } from "./progress-bar.ts";

type Start = Context["progress"];

export interface PausingProgress {
  readonly progress: Start;
  /** Runs what asks; the bars that were there come again behind it. */
  readonly whileAsking: <T>(ask: () => Promise<T>) => Promise<T>;
}

export function pausingProgress(start: Start): PausingProgress {
  const running = new Set<{ readonly label: string; bar: Progress }>();
  return {
    progress: (label) => {
      const entry = { label, bar: start(label) };
      running.add(entry);
      return {
        update: (progress) => entry.bar.update(progress),
        stop: () => {
          running.delete(entry);
          entry.bar.stop();
        },
      };
    },
    whileAsking: async (ask) => {
      const paused = [...running];
      for (const entry of paused) {
        entry.bar.stop();
        entry.bar = NO_PROGRESS;
      }
      try {
        return await ask();
      } finally {
        for (const entry of paused) if (running.has(entry)) entry.bar = start(entry.label);
      }
    },
  };
}
