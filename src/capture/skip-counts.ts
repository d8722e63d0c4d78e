/** Why something in an imported file was not stored. Counts only: what it said is never reported. Each as it is said of one and of several. */
export const SKIP_REASONS = {
  "not-conversation": ["bookkeeping line", "bookkeeping lines"],
  "tool-result": ["tool result", "tool results"],
  "no-words": ["line of thinking, tool calls or pictures", "lines of thinking, tool calls or pictures"],
  sidechain: ["line of helper agents", "lines of helper agents"],
  meta: ["line the host wrote by itself", "lines the host wrote by itself"],
  "api-error": ["error message of the service", "error messages of the service"],
  "other-branch": ["message of a branch that was left", "messages of branches that were left"],
  "unknown-branch": [
    "message that may be of a branch that was left: its conversation is cut off",
    "messages that may be of branches that were left: their conversation is cut off",
  ],
  blank: ["blank line", "blank lines"],
  "unknown-kind": ["line of a kind keepsake does not know", "lines of kinds keepsake does not know"],
  private: ["message that was wholly private", "messages that were wholly private"],
  "private-place": [
    "message said where or when you keep things private",
    "messages said where or when you keep things private",
  ],
  "unknown-shape": ["line of unknown shape", "lines of unknown shape"],
  "not-json": ["line that is not JSON", "lines that are not JSON"],
  "not-utf8": ["line that is not UTF-8", "lines that are not UTF-8"],
  "too-long": ["line over the size cap", "lines over the size cap"],
  "unknown-file": ["file in no format keepsake reads", "files in no format keepsake reads"],
  "host-file": ["Markdown file that a host keeps for itself", "Markdown files that a host keeps for itself"],
  "inner-zip": ["zip inside a zip: unpack it to import it", "zips inside a zip: unpack them to import them"],
} as const satisfies Record<string, readonly [one: string, many: string]>;

export type SkipReason = keyof typeof SKIP_REASONS;

/** What became of a line nothing was stored of; where it is neither of these it is left out by its kind. */
const FATES: Partial<Record<SkipReason, "cut" | "damaged">> = {
  private: "cut",
  "private-place": "cut",
  "too-long": "cut",
  "unknown-shape": "damaged",
  "not-json": "damaged",
  "not-utf8": "damaged",
};

export function isDamage(reason: SkipReason): boolean {
  return FATES[reason] === "damaged";
}

export class SkipCounts {
  readonly #counts = new Map<SkipReason, number>();

  add(reason: SkipReason): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
  }

  addAll(other: SkipCounts): void {
    for (const [reason, count] of other.#counts)
      this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + count);
  }

  /** How many were left out by their kind, cut and damaged. */
  fates(): { readonly leftOut: number; readonly cut: number; readonly damaged: number } {
    const fates = { leftOut: 0, cut: 0, damaged: 0 };
    for (const [reason, count] of this.#counts) fates[FATES[reason] ?? "leftOut"] += count;
    return fates;
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
