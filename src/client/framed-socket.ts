/** A socket that carries frames: what arrives is cut up and handed on, what is sent waits until the socket takes more. */
import type { Socket } from "node:net";
import type { Frame, FrameCaps } from "../protocol/frame.ts";
import { FrameDecoder } from "../protocol/frame.ts";

export interface FrameListener {
  /** What it throws ends the connection with that error. */
  readonly onFrame: (frame: Frame) => void;
  /** Called once. `error`: what broke the connection, if it did not end by itself. */
  readonly onClosed: (error: unknown) => void;
}

export class FramedSocket {
  readonly #socket: Socket;
  readonly #decoder: FrameDecoder;
  #listener: FrameListener | undefined;
  #error: unknown;
  #isClosed = false;

  /** Takes over a connected socket. Nothing is read before `listen`. */
  constructor(socket: Socket, caps: FrameCaps) {
    this.#socket = socket;
    this.#decoder = new FrameDecoder(caps);
    // It may have ended while nobody listened; then there is no other "close".
    this.#isClosed = socket.closed;
    socket.on("error", (error) => {
      this.#error ??= error;
    });
    socket.once("close", () => {
      this.#isClosed = true;
      this.#decoder.wipe();
      this.#listener?.onClosed(this.#error);
    });
  }

  get isOpen(): boolean {
    return this.#socket.writable && !this.#socket.destroyed;
  }

  /** Hands frames to `listener` from now on, in the place of the one before. */
  listen(listener: FrameListener): void {
    const isFirst = this.#listener === undefined;
    this.#listener = listener;
    if (this.#isClosed) queueMicrotask(() => listener.onClosed(this.#error));
    else if (isFirst) this.#socket.on("data", (chunk: Buffer) => this.#onData(chunk));
  }

  /** For the frames to come, such as when the hello is done. */
  allow(caps: FrameCaps): void {
    this.#decoder.caps = caps;
  }

  /** Resolves when the socket takes more, or has ended. */
  async send(frame: Uint8Array): Promise<void> {
    await this.#write(frame, () => undefined);
  }

  /** Like `send`, and wipes the frame once the kernel has it, or never will. */
  async sendAndWipe(frame: Uint8Array): Promise<void> {
    await this.#write(frame, () => frame.fill(0));
  }

  /** Sends what waits, then ends; a peer that does not read keeps no process alive. */
  close(): void {
    this.#socket.unref();
    this.#socket.destroySoon();
  }

  destroy(error?: unknown): void {
    this.#error ??= error;
    this.#socket.destroy();
  }

  async #write(frame: Uint8Array, done: () => void): Promise<void> {
    if (!this.isOpen) return done();
    if (this.#socket.write(frame, done)) return;
    await new Promise<void>((resolve) => {
      const settle = () => {
        this.#socket.off("drain", settle).off("close", settle);
        resolve();
      };
      this.#socket.once("drain", settle).once("close", settle);
    });
  }

  #onData(chunk: Buffer): void {
    try {
      for (const frame of this.#decoder.push(chunk)) this.#listener?.onFrame(frame);
    } catch (error) {
      this.destroy(error);
    }
  }
}
