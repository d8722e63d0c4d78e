/**
 * Connections the front has accepted and no engine has claimed yet: those that came while the engine was being replaced,
 * those on the way to one, and behind these the ones that wait for their turn. Nothing of them is read; an engine that ends
 * before it claims one leaves it whole for the next.
 *
 * Only a few are on the way at a time. Between two of them the engine reads what the others have said, so that one that
 * says its hello at once is heard, however fast the connections come. When too many wait the newest is told so: what waits
 * longer has its turn first, and a client tries again. One whose client has hung up by its turn is left out: handing it over
 * would take a hundred times as long, and a flood is made of them.
 */
import type { Socket } from "node:net";
import { KeepsakeError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { startTimer } from "../base/timer.ts";
import { encodeMessage, toWireError } from "../protocol/wire.ts";
import { encodeFrame } from "../protocol/frame.ts";

const MAX_ON_THE_WAY = 16;
/** Clients that wait `daemonAnswerMs` for a daemon hear before that that there is one, whose engine is not ready yet. */
const HELD_MS = LIMITS.daemonAnswerMs - 1_000;
const NOTHING = new Uint8Array();

export interface Waiting {
  readonly number: number;
  readonly socket: Socket;
}

interface Place extends Waiting {
  readonly cancelTimeout: () => void;
  isOnTheWay: boolean;
}

export class WaitingConnections {
  readonly #places = new Map<number, Place>();
  #lastNumber = 0;
  #onTheWay = 0;

  get size(): number {
    return this.#places.size;
  }

  /** Takes a connection in; one too many is told so and closed. */
  add(socket: Socket): void {
    // Without a listener an error of the connection would end the front.
    socket.on("error", () => socket.destroy());
    if (this.#places.size >= LIMITS.connectionsUnclaimed) {
      return turnAway(socket, "TOO_MANY_CONNECTIONS", "too many connections wait for the daemon");
    }
    this.#lastNumber += 1;
    const number = this.#lastNumber;
    const cancelTimeout = startTimer(HELD_MS, () => this.#expire(number));
    this.#places.set(number, { number, socket, cancelTimeout, isOnTheWay: false });
  }

  /** Those whose turn it is to be sent to the engine, in the order they came: from now on they are on the way. */
  depart(): readonly Waiting[] {
    const departing: Place[] = [];
    for (const place of this.#places.values()) {
      if (this.#onTheWay >= MAX_ON_THE_WAY) break;
      if (place.isOnTheWay) continue;
      if (hasHungUp(place.socket)) {
        this.settle(place.number);
        continue;
      }
      place.isOnTheWay = true;
      this.#onTheWay += 1;
      departing.push(place);
    }
    return departing;
  }

  /** The engine they were on the way to is gone, or not there yet: they wait again. */
  recall(): void {
    for (const place of this.#places.values()) place.isOnTheWay = false;
    this.#onTheWay = 0;
  }

  /** An engine has it, or nobody came for it: the front's copy is closed. */
  settle(number: number): void {
    const place = this.#places.get(number);
    if (place === undefined) return;
    this.#places.delete(number);
    if (place.isOnTheWay) this.#onTheWay -= 1;
    place.cancelTimeout();
    if (!place.socket.writableEnded) place.socket.destroy();
  }

  #expire(number: number): void {
    const place = this.#places.get(number);
    // Writing to one on the way could get in between what the engine says.
    if (place !== undefined && !place.isOnTheWay) turnAway(place.socket, "TIMEOUT", "no engine came in time");
    this.settle(number);
  }

  closeAll(): void {
    for (const number of this.#places.keys()) this.settle(number);
  }
}

/** Known without reading a byte: not even nothing can be written to a socket whose other end is gone. */
function hasHungUp(socket: Socket): boolean {
  if (!socket.destroyed) socket.write(NOTHING);
  return socket.destroyed || socket.errored !== null;
}

/** As far as the socket takes it at once. */
function turnAway(socket: Socket, code: "TOO_MANY_CONNECTIONS" | "TIMEOUT", message: string): void {
  const error = toWireError(new KeepsakeError(code, message));
  socket.write(encodeFrame("json", encodeMessage({ id: null, error })));
  socket.destroySoon();
}
