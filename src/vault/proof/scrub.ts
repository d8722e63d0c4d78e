/**
 * The scrub: reads the whole vault again once a week, a few records at a time, so that damage is found while there may
 * still be a backup. Where it is, and when the last one ended, stands in the head, written with whatever batch comes next.
 */
import { codeOf } from "../../base/errors.ts";
import { startTimer } from "../../base/timer.ts";
import { COUNTED_RANGE } from "../written/keyspaces.ts";
import type { VaultReader } from "../live/vault-reader.ts";
import type { VaultState } from "../live/vault-state.ts";
import type { VaultWriter } from "../live/vault-writer.ts";

const EVERY_MS = 7 * 24 * 3_600_000;
const RECORDS_PER_SLICE = 100;

export interface ScrubParts {
  readonly state: VaultState;
  readonly writer: VaultWriter;
  readonly reader: VaultReader;
}

export class Scrub {
  readonly #parts: ScrubParts;
  #cursor: Uint8Array | undefined;
  /** Also where the head cannot be written. */
  #scrubbedAt = 0;
  #isStopped = false;
  #stopTimer: (() => void) | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(parts: ScrubParts) {
    this.#parts = parts;
    this.#cursor = parts.state.head.scrubCursor;
  }

  start(): void {
    if (this.#isStopped) return;
    const { timing, logger } = this.#parts.state.deps;
    this.#stopTimer = startTimer(timing.scrubSlice, () => {
      this.#running = this.#slice()
        .catch((error: unknown) => {
          logger.log("scrub-failed", { code: codeOf(error) });
        })
        .finally(() => {
          this.start();
        });
    });
  }

  /** Resolves when the slice under way has ended; none begins afterwards. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stopTimer?.();
    await this.#running;
  }

  /** Reads a few records when a scrub is due or under way. */
  async #slice(): Promise<void> {
    const { state, writer, reader } = this.#parts;
    const now = state.deps.clock.now();
    const scrubbedAt = Math.max(this.#scrubbedAt, state.head.scrubbedAt ?? 0);
    if (this.#cursor === undefined && now - scrubbedAt < EVERY_MS) return;
    this.#cursor = await reader.openPage({ ...COUNTED_RANGE, after: this.#cursor, limit: RECORDS_PER_SLICE });
    if (this.#cursor !== undefined) {
      writer.patchHead({ scrubCursor: this.#cursor });
      return;
    }
    this.#scrubbedAt = now;
    writer.patchHead({ scrubCursor: undefined, scrubbedAt: now });
    await writer.flushHead();
    state.deps.logger.log("scrub-complete", { counts: { records: state.head.live } });
  }
}
