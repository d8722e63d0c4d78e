/** The engine's side of the channel to its front. */
import { Socket } from "node:net";
import type { ToFront } from "./messages.ts";
import { isToEngine } from "./messages.ts";

export interface FrontEvents {
  /** A connection, paused and unread. Not called before `ready` nor after `ending`. */
  readonly onConnection: (socket: Socket) => void;
  /** No engine of this daemon was before this one. Called before it is to serve. */
  readonly onFirst: () => void;
  /** The front asks for the end, or is gone: nobody would hear of this process again. */
  readonly onEnd: (reason: "front-asked" | "front-gone") => void;
}

export class FrontChannel {
  readonly #events: FrontEvents;
  readonly #served: Promise<void>;
  #isEnding = false;

  /** Listens on the channel this process was started with. */
  constructor(events: FrontEvents) {
    this.#events = events;
    this.#served = new Promise((resolve) => {
      process.on("message", (message: unknown, handle: unknown) => {
        if (!isToEngine(message)) return;
        if (message.type === "first") events.onFirst();
        if (message.type === "serve") resolve();
        if (message.type === "ping") this.#tell({ type: "pong" });
        if (message.type === "end") events.onEnd("front-asked");
        if (message.type === "connection") this.#take(message.number, handle);
      });
    });
    process.on("disconnect", () => events.onEnd("front-gone"));
  }

  /** When the engine before this one has ended: until then it may still write. */
  get served(): Promise<void> {
    return this.#served;
  }

  ready(): void {
    this.#tell({ type: "ready" });
  }

  opening(): void {
    this.#tell({ type: "opening" });
  }

  /** No connection is claimed from here on: what is on its way stays with the front, for the next engine. */
  ending(): void {
    this.#isEnding = true;
    this.#tell({ type: "ending" });
  }

  #take(number: number, handle: unknown): void {
    const socket = handle instanceof Socket ? handle : undefined;
    if (this.#isEnding) {
      // Closes this process's copy alone.
      socket?.destroy();
      return;
    }
    this.#tell({ type: "claimed", number });
    // The client may be gone by now: then there is no socket.
    if (socket !== undefined) this.#events.onConnection(socket);
  }

  #tell(message: ToFront): void {
    if (process.connected) process.send?.(message, undefined, {}, () => undefined);
  }
}
