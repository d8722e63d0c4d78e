/** Samples of a duration in milliseconds, and how they are written down. */
export interface Summary {
  readonly samples: number;
  /** What other work on the machine adds least to. */
  readonly p10: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** @param samples - at least one */
export function summarise(samples: readonly number[] | Float32Array | Float64Array): Summary {
  const sorted = Float64Array.from(samples).toSorted();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
  return { samples: sorted.length, p10: at(0.1), p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
}

/** Milliseconds until `work` is done. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Runs `work` `times` times, one after the other, and times each. */
export async function sample(times: number, work: (round: number) => Promise<unknown>): Promise<Summary> {
  const samples: number[] = [];
  for (let round = 0; round < times; round++) {
    const start = performance.now();
    await work(round);
    samples.push(performance.now() - start);
  }
  return summarise(samples);
}

/** Like `sample` for several works in turns, so that what disturbs one of them disturbs the others as much. */
export async function sampleInTurns<Name extends string>(
  times: number,
  works: Readonly<Record<Name, () => Promise<unknown>>>,
): Promise<Record<Name, Summary>> {
  const names = Object.keys(works) as Name[];
  const samples = names.map(() => new Float64Array(times));
  for (let round = 0; round < times; round++) {
    for (const [index, name] of names.entries()) samples[index]?.fill(await timed(works[name]), round);
  }
  const summaries = names.map((name, index) => [name, summarise(samples[index] ?? [])]);
  return Object.fromEntries(summaries) as Record<Name, Summary>;
}

/**
 * Starts `work` at a steady pace until `end`, whether or not earlier rounds have ended, and times each from its start: what
 * somebody waits who comes at that moment. Rounds that waited for one another would fall behind and count one stall again
 * and again.
 */
export async function sampleAtPace(
  paceMs: number,
  end: AbortSignal,
  work: () => Promise<unknown>,
): Promise<Summary> {
  const rounds: Promise<number>[] = [];
  for (let due = performance.now() + paceMs; !end.aborted; due += paceMs) {
    const early = due - performance.now();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
    due = Math.max(due, performance.now());
    rounds.push(timed(work));
  }
  return summarise(await Promise.all(rounds));
}

/** Three significant digits, with a unit that fits. */
export function formatMs(milliseconds: number): string {
  if (!Number.isFinite(milliseconds)) return "–";
  if (milliseconds >= 1_000) return `${digits(milliseconds / 1_000)} s`;
  if (milliseconds >= 1) return `${digits(milliseconds)} ms`;
  return `${digits(milliseconds * 1_000)} µs`;
}

/** p50 / p95. */
export function formatPair({ p50, p95 }: Summary): string {
  return `${formatMs(p50)} / ${formatMs(p95)}`;
}

/** p50 / p95, and both as multiples of a floor's. */
export function formatAgainst(summary: Summary, floor: Summary): string {
  return `${formatPair(summary)} (${formatRatio(summary.p50, floor.p50)} / ${formatRatio(summary.p95, floor.p95)})`;
}

export function formatBytes(bytes: number): string {
  if (bytes >= 1e9) return `${digits(bytes / 1e9)} GB`;
  return bytes >= 1e6 ? `${digits(bytes / 1e6)} MB` : `${digits(bytes / 1e3)} kB`;
}

export function formatRatio(value: number, floor: number): string {
  return `${digits(value / floor)} ×`;
}

function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** A Markdown table. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
