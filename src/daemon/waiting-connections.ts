/**
 * Connections the front has accepted and no engine has claimed yet: those that came while the engine was being replaced,
 * and those on the way to one. Nothing of them is read; an engine that ends before it claims one leaves it whole for the
 * next.
 */
import type { Socket } from "node:net";
import { LIMITS } from "../base/limits.ts";
import { startTimer } from "../base/timer.ts";

interface Waiting {
  readonly socket: Socket;
  readonly cancelTimeout: () => void;
}

export class WaitingConnections {
  readonly #waiting = new Map<number, Waiting>();
  #lastNumber = 0;

  get size(): number {
    return this.#waiting.size;
  }

  /** @returns its number; `undefined` when too many wait: the connection is closed */
  add(socket: Socket): number | undefined {
    // Without a listener an error of the connection would end the front.
    socket.on("error", () => socket.destroy());
    if (this.#waiting.size >= LIMITS.connections) {
      socket.destroy();
      return undefined;
    }
    this.#lastNumber += 1;
    const number = this.#lastNumber;
    const cancelTimeout = startTimer(LIMITS.helloMs, () => this.settle(number));
    this.#waiting.set(number, { socket, cancelTimeout });
    return number;
  }

  /** An engine has it, or nobody came for it: the front's copy is closed. */
  settle(number: number): void {
    const waiting = this.#waiting.get(number);
    if (waiting === undefined) return;
    this.#waiting.delete(number);
    waiting.cancelTimeout();
    waiting.socket.destroy();
  }

  /** In the order they came. */
  entries(): readonly { readonly number: number; readonly socket: Socket }[] {
    return [...this.#waiting].map(([number, { socket }]) => ({ number, socket }));
  }

  closeAll(): void {
    for (const { number } of this.entries()) this.settle(number);
  }
}
