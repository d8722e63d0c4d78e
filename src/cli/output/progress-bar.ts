/**
 * A progress bar on standard error: only on a terminal, only once something has taken a while, gone when it is done.
 */
import type { Clock } from "../../base/clock.ts";
import { visibleLine } from "../../base/visible-text.ts";
import type { Progress, Sink } from "../context.ts";
import { grouped } from "../../base/shown-values.ts";

const SHOWN_AFTER_MS = 400;
const BAR_COLUMNS = 24;

interface Bar {
  setTotal(total: number): void;
  update(done: number, payload: object): void;
  stop(): void;
}

/** What stands in for the bar off a terminal. */
export const NO_PROGRESS: Progress = { update: () => {}, stop: () => {} };

/** @param stream - of the terminal that `err` writes to */
export function startProgress(
  label: string,
  err: Sink,
  stream: NodeJS.WritableStream,
  clock: Clock,
): Progress {
  if (!err.isTerminal) return NO_PROGRESS;
  const started = clock.monotonic();
  let bar: Bar | undefined;
  let isOver = false;
  let latest: Parameters<Progress["update"]>[0] = { stage: "", done: 0, total: 0 };
  const draw = () => {
    bar?.setTotal(Math.max(latest.total, latest.done, 1));
    const stage = latest.stage === "kdf" ? "working out the key" : visibleLine(latest.stage);
    bar?.update(latest.done, { stage, amount: amountOf(latest) });
  };
  const show = async () => {
    const made = await createBar(label, err, stream);
    if (isOver) made.stop();
    else {
      bar = made;
      draw();
    }
  };
  const timer = setTimeout(() => void show(), SHOWN_AFTER_MS).unref();
  return {
    update: (progress) => {
      latest = progress;
      if (bar !== undefined && clock.monotonic() - started > SHOWN_AFTER_MS) draw();
    },
    stop: () => {
      isOver = true;
      clearTimeout(timer);
      bar?.stop();
      bar = undefined;
    },
  };
}

/** The library is loaded only when there is something to show. */
async function createBar(label: string, { style }: Sink, stream: NodeJS.WritableStream): Promise<Bar> {
  const { default: progress } = await import("cli-progress");
  const bar = new progress.SingleBar({
    format: `${label} ${style.accent("{bar}")} {amount} ${style.dim("{stage}")}`,
    barCompleteChar: "━",
    barIncompleteChar: "─",
    barsize: BAR_COLUMNS,
    stream,
    hideCursor: true,
    clearOnComplete: true,
    stopOnComplete: false,
    etaBuffer: 20,
    gracefulExit: false,
    autopadding: true,
  });
  bar.start(1, 0, { stage: "", amount: "" });
  return bar;
}

function amountOf({ done, total }: { readonly done: number; readonly total: number }): string {
  if (total <= 0) return done === 0 ? "" : grouped(done);
  return `${Math.min(100, Math.floor((done / total) * 100))} %`.padStart(5);
}
