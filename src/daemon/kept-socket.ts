/**
 * A socket that stays where it is looked for. The run folder may be cleaned up, moved or removed under a daemon that runs; nobody
 * could reach that one any more, nor lock its vault. So every few seconds the front looks whether the path still leads to
 * its socket, and binds it anew where it does not. Where it cannot (something that is not a stale socket of this user lies there,
 * or another program answers) three times in a row, or where the lock's file is no longer the one it holds, the socket is lost: the
 * front locks and ends.
 */
import type { LogEvent } from "../base/logger.ts";
import { startTimer } from "../base/timer.ts";
import type { ListeningEvents, ListeningSocket } from "./listening-socket.ts";
import { listenPrivately } from "./listening-socket.ts";

/** As often as the front asks its engine for a sign of life. */
const ROUND_MS = 5_000;
const MAX_FAILED_ROUNDS = 3;

export interface KeptSocketEvents extends ListeningEvents {
  /** Whether the lock that keeps other daemons away is still where they look for it. */
  readonly isLockInPlace: () => Promise<boolean>;
  readonly onRenewed: () => void;
}

export class KeptSocket {
  readonly #path: string;
  readonly #events: KeptSocketEvents;
  readonly #roundMs: number;
  #socket: ListeningSocket;
  #failedRounds = 0;
  #round: Promise<void> = Promise.resolve();
  #cancelRound: () => void = () => undefined;
  #isClosed = false;
  #lose: (event: LogEvent) => void = () => undefined;
  /** Resolves with the event that says why, when the socket is lost. */
  readonly lost: Promise<LogEvent>;

  private constructor(path: string, events: KeptSocketEvents, socket: ListeningSocket, roundMs: number) {
    this.#path = path;
    this.#events = events;
    this.#socket = socket;
    this.#roundMs = roundMs;
    this.lost = new Promise((resolve) => {
      this.#lose = resolve;
    });
    this.#wait();
  }

  /** @throws PATH_TOO_LONG, UNSAFE_PATH */
  static async listen(path: string, events: KeptSocketEvents, roundMs = ROUND_MS): Promise<KeptSocket> {
    return new KeptSocket(path, events, await listenPrivately(path, events), roundMs);
  }

  /** Accepts nothing more and removes the socket, if the path still holds this one. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelRound();
    await this.#round;
    await this.#socket.close();
  }

  #wait(): void {
    this.#cancelRound = startTimer(this.#roundMs, () => {
      this.#round = this.#takeRound();
    });
  }

  async #takeRound(): Promise<void> {
    const lost = await this.#look();
    if (lost !== undefined) this.#lose(lost);
    else if (!this.#isClosed) this.#wait();
  }

  /** Never rejects. @returns why the socket is lost, if it is */
  async #look(): Promise<LogEvent | undefined> {
    if (!(await this.#events.isLockInPlace())) return "lock-lost";
    if (await this.#socket.isInPlace()) {
      this.#failedRounds = 0;
      return undefined;
    }
    try {
      const renewed = await listenPrivately(this.#path, this.#events);
      const old = this.#socket;
      this.#socket = renewed;
      await old.close();
      this.#failedRounds = 0;
      this.#events.onRenewed();
      return undefined;
    } catch {
      this.#failedRounds += 1;
      return this.#failedRounds < MAX_FAILED_ROUNDS ? undefined : "socket-lost";
    }
  }
}
