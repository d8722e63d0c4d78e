/** Why something in an imported file was not stored. Counts only: what it said is never reported. */
export const SKIP_REASONS = {
  "not-conversation": "bookkeeping lines",
  "tool-result": "tool results",
  "no-words": "thinking, tool calls and pictures",
  sidechain: "lines of helper agents",
  meta: "lines the host wrote by itself",
  "api-error": "error messages of the service",
  private: "messages that were wholly private",
  "unknown-shape": "lines of unknown shape",
  "not-json": "lines that are not JSON",
  "not-utf8": "lines that are not UTF-8",
  "too-long": "lines over the size cap",
  "unknown-file": "files in no format keepsake reads",
} as const satisfies Record<string, string>;

export type SkipReason = keyof typeof SKIP_REASONS;

/** Counts skips by reason. */
export class SkipCounts {
  readonly #counts = new Map<SkipReason, number>();

  add(reason: SkipReason): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
  }

  /** In the order of the table, only what was counted. */
  toObject(): Partial<Record<SkipReason, number>> {
    const reasons = Object.keys(SKIP_REASONS) as SkipReason[];
    return Object.fromEntries(
      reasons.flatMap((reason) => {
        const count = this.#counts.get(reason);
        return count === undefined ? [] : [[reason, count]];
      }),
    );
  }
}
