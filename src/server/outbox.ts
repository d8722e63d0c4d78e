/**
 * Frames on their way to a client, with an end to patience: a client that leaves a full socket unread for `unreadMs`, or
 * lets `unreadBytes` pile up, is given up. While anything waits the connection takes no new requests.
 */
import type { Socket } from "node:net";
import { startTimer } from "../base/timer.ts";
import type { ServerLimits } from "./server-options.ts";

export interface OutboxEvents {
  /** The socket is full: stop reading requests. */
  readonly onFull: () => void;
  /** Everything was taken: go on. */
  readonly onDrained: () => void;
  /** The client does not read: destroy the connection. */
  readonly onGivenUp: () => void;
}

export class Outbox {
  readonly #socket: Socket;
  readonly #limits: Pick<ServerLimits, "unreadBytes" | "unreadMs">;
  readonly #events: OutboxEvents;
  #cancelPatience: (() => void) | undefined;

  constructor(socket: Socket, limits: Pick<ServerLimits, "unreadBytes" | "unreadMs">, events: OutboxEvents) {
    this.#socket = socket;
    this.#limits = limits;
    this.#events = events;
    socket.on("drain", () => {
      this.close();
      events.onDrained();
    });
  }

  get isFull(): boolean {
    return this.#cancelPatience !== undefined;
  }

  /** Sends a frame; after the connection ended it goes nowhere. */
  send(frame: Uint8Array): void {
    this.#write(frame, () => undefined);
  }

  /** Sends a frame with a secret in it and wipes it once the kernel has it, or never will. */
  sendAndWipe(frame: Uint8Array): void {
    this.#write(frame, () => frame.fill(0));
  }

  close(): void {
    this.#cancelPatience?.();
    this.#cancelPatience = undefined;
  }

  #write(frame: Uint8Array, done: () => void): void {
    if (!this.#socket.writable) return done();
    const isTaken = this.#socket.write(frame, done);
    if (this.#socket.writableLength > this.#limits.unreadBytes) return this.#events.onGivenUp();
    if (isTaken || this.isFull) return;
    this.#cancelPatience = startTimer(this.#limits.unreadMs, this.#events.onGivenUp);
    this.#events.onFull();
  }
}
