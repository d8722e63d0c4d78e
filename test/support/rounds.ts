/**
 * How often a fault is tried: a few times in every test run, often in `npm run test:long`, which also collects figures and
 * shows how far it is.
 */
import { appendFileSync } from "node:fs";
import { join } from "node:path";

/** Share of the long numbers that a long run does; set by `npm run test:long`. */
const LONG_SHARE = "KEEPSAKE_LONG_SHARE";
/** Folder of a long run for what its experiments say: lines of JSON. */
const LONG_FOLDER = "KEEPSAKE_LONG_FOLDER";
export const REPORT_NAME = "report";
export const PROGRESS_NAME = "progress";

export function rounds(counts: { readonly short: number; readonly long: number }): number {
  const share = process.env[LONG_SHARE];
  return share === undefined ? counts.short : Math.max(counts.short, Math.round(counts.long * Number(share)));
}

/** One section of the page on reliability. */
export interface Experiment {
  readonly title: string;
  /** What was done, with how many rounds. */
  readonly done: string;
  /** What came of it. */
  readonly outcome: string;
  /** The same with the guard taken away, where there is one. */
  readonly control?: string;
  /** Rows of cells, the first one the heads. */
  readonly table?: readonly (readonly string[])[];
}

/** Hands figures to a long run; nothing happens in a short one. */
export function report(experiment: Experiment): void {
  append(REPORT_NAME, experiment);
}

/** How far an experiment is. */
export interface Step {
  readonly title: string;
  readonly done: number;
  readonly total: number;
}

/** Counts the rounds of an experiment for whoever watches a long run. @returns to be called after each */
export function counting(title: string, total: number): () => void {
  let done = 0;
  return () => {
    done += 1;
    append(PROGRESS_NAME, { title, done, total } satisfies Step);
  };
}

function append(name: string, value: unknown): void {
  const folder = process.env[LONG_FOLDER];
  if (folder !== undefined) appendFileSync(join(folder, name), `${JSON.stringify(value)}\n`);
}
