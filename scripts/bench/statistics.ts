/** Samples of a duration in milliseconds, and how they are written down. */
export interface Summary {
  readonly samples: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** @param samples - at least one */
export function summarise(samples: readonly number[]): Summary {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
  return { samples: sorted.length, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
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

/** Three significant digits, with a unit that fits. */
export function formatMs(milliseconds: number): string {
  if (!Number.isFinite(milliseconds)) return "–";
  if (milliseconds >= 1_000) return `${digits(milliseconds / 1_000)} s`;
  if (milliseconds >= 1) return `${digits(milliseconds)} ms`;
  return `${digits(milliseconds * 1_000)} µs`;
}

export function formatBytes(bytes: number): string {
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
