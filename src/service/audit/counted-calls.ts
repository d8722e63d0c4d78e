/**
 * Calls that come too often to have an entry each: the first few of a kind have one, the others of the same while are
 * counted in one. What changes something never passes through here.
 */
import type { Clock } from "../../base/clock.ts";
import type { AuditEntry } from "./audit-entry.ts";

/** How many of a kind have an entry of their own, and how long the others are counted together, in milliseconds. */
interface Pace {
  readonly alone: number;
  readonly windowMs: number;
}

/** Calls that programs repeat by themselves, such as the status. */
export const PASSIVE_PACE: Pace = { alone: 1, windowMs: 3_600_000 };
export const READ_PACE: Pace = { alone: 20, windowMs: 60_000 };
/** Refusals and failures. */
export const REFUSAL_PACE: Pace = { alone: 3, windowMs: 60_000 };

/** Kinds that are told apart; further ones are counted by their code alone. */
const MAX_WINDOWS = 256;

interface Window {
  readonly endsAt: number;
  left: number;
  counted: AuditEntry | undefined;
}

export class CountedCalls {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #windows = new Map<string, Window>();

  constructor(clock: Pick<Clock, "monotonic">) {
    this.#clock = clock;
  }

  /** @returns the entry when it is to be written now, alone */
  take(entry: AuditEntry, { alone, windowMs }: Pace): AuditEntry | undefined {
    const { client = "", method = "", outcome, code = "" } = entry;
    const key = `${client} ${method} ${outcome} ${code}`;
    const known = this.#windows.get(key);
    if (known !== undefined || this.#windows.size < MAX_WINDOWS)
      return this.#count(key, entry, alone, windowMs);
    const { at, scope: _scope, client: _client, method: _method, ids: _ids, ...others } = entry;
    return this.#count(`others ${outcome} ${code}`, { at, ...others }, 0, windowMs);
  }

  /** Milliseconds until something is due; undefined when nothing is counted. */
  get dueInMs(): number | undefined {
    const ends = [...this.#windows.values()].map(({ endsAt }) => endsAt);
    return ends.length === 0 ? undefined : Math.max(0, Math.min(...ends) - this.#clock.monotonic());
  }

  /** What was counted in windows that have ended, or in all of them. */
  takeDue(which: "ended" | "all"): readonly AuditEntry[] {
    const now = this.#clock.monotonic();
    const due: AuditEntry[] = [];
    for (const [key, { endsAt, counted }] of this.#windows) {
      if (which === "ended" && endsAt > now) continue;
      this.#windows.delete(key);
      if (counted !== undefined) due.push(counted);
    }
    return due;
  }

  #count(key: string, entry: AuditEntry, alone: number, windowMs: number): AuditEntry | undefined {
    const window: Window = this.#windows.get(key) ?? {
      endsAt: this.#clock.monotonic() + windowMs,
      left: alone,
      counted: undefined,
    };
    this.#windows.set(key, window);
    if (window.left > 0) {
      window.left -= 1;
      return entry;
    }
    window.counted = together(window.counted, entry);
    return undefined;
  }
}

/** @param sum - of the calls before; undefined for the first one */
function together(sum: AuditEntry | undefined, entry: AuditEntry): AuditEntry {
  const { traceId: _traceId, ids: _ids, count: _count, ...kept } = entry;
  if (sum === undefined) return { ...kept, times: 1, until: entry.at };
  return {
    ...sum,
    until: entry.at,
    times: (sum.times ?? 0) + 1,
    milliseconds: (sum.milliseconds ?? 0) + (entry.milliseconds ?? 0),
    bytesIn: (sum.bytesIn ?? 0) + (entry.bytesIn ?? 0),
    bytesOut: (sum.bytesOut ?? 0) + (entry.bytesOut ?? 0),
  };
}
