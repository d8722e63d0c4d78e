/**
 * How often a fault is tried: a few times in every test run, often in `npm run test:long`, which also collects figures.
 */
import { appendFileSync } from "node:fs";

/** Share of the long numbers that a long run does; set by `npm run test:long`. */
const LONG_SHARE = "KEEPSAKE_LONG_SHARE";
const REPORT_FILE = "KEEPSAKE_LONG_REPORT";

export function rounds(counts: { readonly short: number; readonly long: number }): number {
  const share = process.env[LONG_SHARE];
  return share === undefined ? counts.short : Math.max(counts.short, Math.round(counts.long * Number(share)));
}

/** One line of the page on reliability. */
export interface Experiment {
  readonly title: string;
  /** What was done, with how many rounds. */
  readonly done: string;
  /** What came of it. */
  readonly outcome: string;
  /** The same with the guard taken away, where there is one. */
  readonly control?: string;
}

/** Hands figures to a long run; nothing happens in a short one. */
export function report(experiment: Experiment): void {
  const file = process.env[REPORT_FILE];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(experiment)}\n`);
}
