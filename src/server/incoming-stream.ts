/**
 * Stream frames on their way to one handler. Bounded: when more than a cap wait, the connection is told to stop reading
 * until the handler has caught up.
 */
import type { KeepsakeError } from "../base/errors.ts";

export class IncomingStream implements AsyncIterableIterator<Uint8Array> {
  readonly #maxWaitingBytes: number;
  readonly #onRoom: () => void;
  readonly #chunks: Uint8Array[] = [];
  #waitingBytes = 0;
  #end: { readonly error?: KeepsakeError } | undefined;
  #wake: (() => void) | undefined;

  /** @param onRoom - called when the handler has taken what was too much */
  constructor(maxWaitingBytes: number, onRoom: () => void) {
    this.#maxWaitingBytes = maxWaitingBytes;
    this.#onRoom = onRoom;
  }

  get isFull(): boolean {
    return this.#waitingBytes >= this.#maxWaitingBytes;
  }

  /** Whether the handler waits for the next chunk. */
  get isStarved(): boolean {
    return this.#wake !== undefined;
  }

  push(chunk: Uint8Array): void {
    if (this.#end !== undefined) return;
    this.#chunks.push(chunk);
    this.#waitingBytes += chunk.length;
    this.#wake?.();
  }

  /** The handler gets what waits, then the end. */
  finish(): void {
    this.#end ??= {};
    this.#wake?.();
  }

  /** The handler gets `error` at once; what waits is dropped. */
  fail(error: KeepsakeError): void {
    this.#drop();
    this.#end = { error };
    this.#wake?.();
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#chunks.length === 0 && this.#end === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
    const chunk = this.#chunks.shift();
    if (chunk === undefined) {
      if (this.#end?.error !== undefined) throw this.#end.error;
      return { done: true, value: undefined };
    }
    const wasFull = this.isFull;
    this.#waitingBytes -= chunk.length;
    if (wasFull && !this.isFull) this.#onRoom();
    return { done: false, value: chunk };
  }

  /** The handler wants no more. */
  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#drop();
    this.#end ??= {};
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #drop(): void {
    const wasFull = this.isFull;
    this.#chunks.length = 0;
    this.#waitingBytes = 0;
    if (wasFull) this.#onRoom();
  }
}
