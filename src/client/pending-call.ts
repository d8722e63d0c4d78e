/**
 * One call as its caller waits for it: settled once, by the daemon's answer, the caller's signal, a deadline that each
 * sign of life moves, or the end of the connection. A call that was given up stays known until the daemon has answered,
 * so that its late answer is told from a stray one.
 */
import { KeepsakeError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { Secret } from "../base/secret.ts";
import { startTimer } from "../base/timer.ts";
import type { Progress } from "../protocol/envelope.ts";
import { METHOD_FACTS } from "../protocol/client-view.ts";
import type { MethodName } from "../protocol/method-table.ts";
import type { CallOptions } from "./keepsake-client.ts";

/** The daemon answers TIMEOUT at its own deadline; only one that hangs needs this much more. */
const SLACK_MS = 5_000;

export class PendingCall {
  /** What the caller waits for. */
  readonly answer: Promise<unknown>;
  readonly #options: CallOptions;
  readonly #timeoutMs: number;
  readonly #readResult: (value: unknown) => unknown;
  readonly #onGivenUp: () => void;
  #resolve!: (result: unknown) => void;
  #reject!: (error: unknown) => void;
  #cancelTimer: (() => void) | undefined;
  #isSettled = false;
  #whenSettled: (() => void) | undefined;
  #result: unknown;

  /**
   * @param readResult - throws where the daemon's result is not what it has to be
   * @param onGivenUp - called when the caller no longer waits, though the daemon may still work
   */
  constructor(
    method: MethodName,
    options: CallOptions,
    readResult: (value: unknown) => unknown,
    onGivenUp: () => void,
  ) {
    const { long } = METHOD_FACTS[method];
    this.#readResult = readResult;
    this.#options = options;
    this.#timeoutMs = options.timeoutMs ?? (long ? LIMITS.connectionIdleMs : LIMITS.requestMs + SLACK_MS);
    this.#onGivenUp = onGivenUp;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    options.signal?.addEventListener("abort", this.#onAbort, { once: true });
    if (options.signal?.aborted === true) this.#onAbort();
    else this.keepAlive();
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** A sign of life: the deadline starts anew. */
  keepAlive(): void {
    if (this.#isSettled) return;
    this.#cancelTimer?.();
    this.#cancelTimer = startTimer(this.#timeoutMs, () => {
      this.#giveUp(new KeepsakeError("TIMEOUT", `the daemon gave no answer within ${this.#timeoutMs} ms`));
    });
  }

  takeProgress(progress: Progress): void {
    if (this.#isSettled) return;
    this.keepAlive();
    try {
      this.#options.onProgress?.(progress);
    } catch (error) {
      this.#giveUp(error);
    }
  }

  /** The daemon's result. @returns whether the call is complete; false when its secret frame must come first */
  takeResult(result: unknown, isSecretNext: boolean): boolean {
    this.#result = result;
    if (!isSecretNext) this.#finish();
    return !isSecretNext;
  }

  /** The secret frame behind the result. Takes `bytes` over. */
  takeSecret(bytes: Uint8Array): void {
    const secret = new Secret(bytes);
    try {
      if (this.#isSettled || this.#options.onSecret === undefined) secret.wipe();
      else this.#options.onSecret(secret);
      this.#finish();
    } catch (error) {
      secret.wipe();
      this.fail(error);
    }
  }

  fail(error: unknown): void {
    this.#settle(() => this.#reject(error));
  }

  /** Resolves with what `work` resolves with, or `undefined` as soon as the call is settled. One at a time. */
  async unlessSettled<T>(work: Promise<T>): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      this.#whenSettled = () => resolve(undefined);
      if (this.#isSettled) this.#whenSettled();
      work.then(resolve, reject);
    });
  }

  #finish(): void {
    try {
      const result = this.#readResult(this.#result);
      this.#settle(() => this.#resolve(result));
    } catch (error) {
      this.fail(error);
    }
  }

  readonly #onAbort = (): void => {
    this.#giveUp(new KeepsakeError("CANCELLED"));
  };

  #giveUp(error: unknown): void {
    if (this.#isSettled) return;
    this.fail(error);
    this.#onGivenUp();
  }

  #settle(tell: () => void): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#cancelTimer?.();
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    tell();
    this.#whenSettled?.();
  }
}
