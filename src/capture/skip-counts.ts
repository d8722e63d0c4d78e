/** Why something in an imported file was not stored. Counts only: what it said is never reported. Each as it is said of one and of several. */
export const SKIP_REASONS = {
  "not-conversation": ["bookkeeping line", "bookkeeping lines"],
  "tool-result": ["tool result", "tool results"],
  "no-words": ["line of thinking, tool calls or pictures", "lines of thinking, tool calls or pictures"],
  sidechain: ["line of helper agents", "lines of helper agents"],
  meta: ["line the host wrote by itself", "lines the host wrote by itself"],
  "api-error": ["error message of the service", "error messages of the service"],
  "other-branch": ["message of a branch that was left", "messages of branches that were left"],
  private: ["message that was wholly private", "messages that were wholly private"],
  "unknown-shape": ["line of unknown shape", "lines of unknown shape"],
  "not-json": ["line that is not JSON", "lines that are not JSON"],
  "not-utf8": ["line that is not UTF-8", "lines that are not UTF-8"],
  "too-long": ["line over the size cap", "lines over the size cap"],
  "unknown-file": ["file in no format keepsake reads", "files in no format keepsake reads"],
} as const satisfies Record<string, readonly [one: string, many: string]>;

export type SkipReason = keyof typeof SKIP_REASONS;

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
