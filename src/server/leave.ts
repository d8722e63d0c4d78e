/**
 * The end of a connection: what was sent still goes out, and what arrives is dropped, since closing on unread bytes would
 * reset the connection. That has an end as well: a while, or a frame's worth of bytes from one who goes on sending.
 */
import type { Socket } from "node:net";
import { startTimer } from "../base/timer.ts";
import type { ServerLimits } from "./server-options.ts";

export class Leave {
  readonly #socket: Socket;
  readonly #limits: Pick<ServerLimits, "lingerMs" | "frameBytes">;
  #cancel: (() => void) | undefined;
  #droppedBytes = 0;
  #hasBegun = false;
  /** When everything that was sent is with the system; not when the socket is destroyed before. */
  readonly flushed: Promise<void>;

  constructor(socket: Socket, limits: Pick<ServerLimits, "lingerMs" | "frameBytes">) {
    this.#socket = socket;
    this.#limits = limits;
    this.flushed = new Promise((resolve) => socket.once("finish", resolve));
  }

  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  begin(): void {
    this.#hasBegun = true;
    this.#cancel = startTimer(this.#limits.lingerMs, () => this.#socket.destroy());
    this.#socket.end();
    this.#socket.resume();
  }

  /** What arrives when nothing is listened to any more. */
  drop(chunk: Uint8Array): void {
    chunk.fill(0);
    if (this.#cancel === undefined) return;
    this.#droppedBytes += chunk.length;
    if (this.#droppedBytes > this.#limits.frameBytes) this.#socket.destroy();
  }

  /** The socket is gone. */
  done(): void {
    this.#hasBegun = true;
    this.#cancel?.();
  }
}
