/**
 * The brake on guessing: one attempt at a time, a short queue, and after a failure a wait of 0.1 s that doubles up to 10 s.
 *
 * An attempt is counted on disk before it runs and taken back when it did not fail, so that ending the process in the middle
 * of a guess does not save the guesser the wait. The count is in `unlock.failures` (0600) in the vault's folder:
 *
 *   {"at": time of the last failure, "failures": count, "version": 1}
 *
 * A file that does not hold that counts as many failures. On a disk that refuses the write an attempt is still allowed, with
 * the count in memory: the owner must be able to open the vault on a full disk. An attempt that succeeded has opened the
 * vault: whatever becomes of the file then is logged, and no reason to say otherwise.
 */
import { join } from "node:path";
import * as z from "zod";
import { fromUtf8, utf8 } from "../base/bytes.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import type { Clock } from "../base/clock.ts";
import { codeOf, hasCode, KeepsakeError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import type { Logger } from "../base/logger.ts";
import { Turns } from "../base/turns/turns.ts";
import type { PrivateFiles } from "../platform/private-file-access.ts";
import { privateFiles } from "../platform/private-files.ts";

const FIRST_WAIT_MS = 100;
const MAX_WAIT_MS = 10_000;
const MAX_FILE_BYTES = 4 << 10;
/** As many as it takes for the longest wait. */
const MANY_FAILURES = 8;

const failureFile = z.strictObject({
  version: z.literal(1),
  failures: z.int().nonnegative(),
  at: z.int().nonnegative(),
});

interface Failures {
  readonly count: number;
  /** Time of the last one, milliseconds since the epoch. */
  readonly at: number;
}

const NO_FAILURES: Failures = { count: 0, at: 0 };

export class UnlockGuard {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #files: PrivateFiles;
  readonly #logger: Logger;
  #failures: Failures;
  /** On the monotonic clock. */
  #allowedAt: number;
  readonly #attempts = new Turns();

  private constructor(path: string, clock: Clock, logger: Logger, files: PrivateFiles, failures: Failures) {
    this.#path = path;
    this.#clock = clock;
    this.#logger = logger;
    this.#files = files;
    this.#failures = failures;
    const waited = Math.max(0, clock.now() - failures.at);
    this.#allowedAt = clock.monotonic() + Math.max(0, waitAfter(failures.count) - waited);
  }

  /**
   * @param folder - the vault's folder
   * @throws UNSAFE_PATH when something else than a private file is in the place of the count
   */
  static async load(
    folder: string,
    clock: Clock,
    logger: Logger,
    files: PrivateFiles = privateFiles,
  ): Promise<UnlockGuard> {
    const path = join(folder, "unlock.failures");
    return new UnlockGuard(path, clock, logger, files, await readFailures(path, clock, files));
  }

  /** Milliseconds until an attempt is allowed; 0 when it is allowed now. */
  retryAfterMs(): number {
    return Math.max(0, Math.ceil(this.#allowedAt - this.#clock.monotonic()));
  }

  /**
   * Runs one attempt when its turn comes. It failed when it throws WRONG_PASSPHRASE; anything else leaves the count as it
   * was, and success clears it.
   *
   * @throws RATE_LIMITED with `retryAfterMs`, without running it
   * @throws BUSY when as many attempts wait as may wait
   */
  async run<T>(attempt: () => Promise<T>): Promise<T> {
    this.#checkWait();
    if (this.#attempts.present > LIMITS.unlockQueue) throw new KeepsakeError("BUSY");
    return this.#attempts.run(() => this.#runNow(attempt));
  }

  async #runNow<T>(attempt: () => Promise<T>): Promise<T> {
    this.#checkWait();
    const before = this.#failures;
    await this.#keep({ count: before.count + 1, at: this.#clock.now() });
    let result: T;
    try {
      result = await attempt();
    } catch (error) {
      if (hasCode(error, "WRONG_PASSPHRASE")) {
        this.#failures = { count: before.count + 1, at: this.#clock.now() };
        this.#allowedAt = this.#clock.monotonic() + waitAfter(this.#failures.count);
        await this.#keep(this.#failures);
      } else {
        await this.#keep(before);
      }
      throw error;
    }
    await this.#keep(NO_FAILURES).catch((error: unknown) => {
      this.#logger.log("unlock-failures-not-cleared", { code: codeOf(error) });
    });
    return result;
  }

  #checkWait(): void {
    const retryAfterMs = this.retryAfterMs();
    if (retryAfterMs === 0) return;
    const seconds = Math.ceil(retryAfterMs / 1_000);
    throw new KeepsakeError("RATE_LIMITED", `there were too many wrong passphrases; wait ${seconds} s`, {
      facts: { retryAfterMs },
    });
  }

  async #keep(failures: Failures): Promise<void> {
    this.#failures = failures;
    const { count, at } = failures;
    const bytes = utf8(canonicalJson({ version: 1, failures: count, at }));
    try {
      await this.#files.replace(this.#path, bytes);
    } catch (error) {
      if (!hasCode(error, "DISK_FULL", "WRITE_FAILED")) throw error;
    }
  }
}

async function readFailures(path: string, clock: Clock, files: PrivateFiles): Promise<Failures> {
  const bytes = await files.read(path, MAX_FILE_BYTES);
  if (bytes === undefined) return NO_FAILURES;
  try {
    const { failures, at } = failureFile.parse(JSON.parse(fromUtf8(bytes)));
    return { count: failures, at };
  } catch {
    return { count: MANY_FAILURES, at: clock.now() };
  }
}

function waitAfter(failures: number): number {
  if (failures === 0) return 0;
  return Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures - 1, MANY_FAILURES));
}
