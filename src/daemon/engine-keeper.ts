/**
 * The front's side of the engine: one process at a time serves, and whenever it ends the next one takes its place.
 *
 *   start ─> serve ─> ready ─> (opening) ─> (ending) ─> exit ─> next: serve …
 *
 * When somebody opens the vault a successor is started, so that it has loaded its code when a lock comes; loading is most
 * of what a replacement takes. It is started two seconds later: until then a small machine has its hands full with
 * deriving the key and loading the index. It opens nothing and gets no connection before the engine it follows is gone.
 *
 * From `ready` to `ending` the engine is asked for signs of life, and killed without them: nobody else could lock it.
 */
import type { ChildProcess } from "node:child_process";
import type { Socket } from "node:net";
import type { Clock } from "../base/clock.ts";
import { LIMITS } from "../base/limits.ts";
import type { LogEvent, Logger } from "../base/logger.ts";
import { startTimer } from "../base/timer.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { ToEngine } from "./messages.ts";
import { isToFront } from "./messages.ts";
import type { RestartBackoff } from "./restart-backoff.ts";
import { WaitingConnections } from "./waiting-connections.ts";

/** From `serve` to `ready`, and from `ending` to the exit beyond the time a lock gives to writes. */
const START_MS = 30_000;
const EXIT_MS = 2_000;
/** Most vaults are open by then, their index loaded. */
const OPENING_MS = 2_000;

export interface EngineKeeperDeps {
  /** Starts an engine process with a channel; it waits for `serve`. */
  readonly startEngine: () => ChildProcess;
  readonly backoff: RestartBackoff;
  readonly clock: Pick<Clock, "monotonic">;
  readonly logger: Logger;
}

interface Engine {
  readonly process: ChildProcess;
  servesSince: number | undefined;
  isReady: boolean;
  isEnding: boolean;
  cancelDeadline: () => void;
  heartbeat: Heartbeat | undefined;
}

export class EngineKeeper {
  readonly #deps: EngineKeeperDeps;
  readonly #connections = new WaitingConnections();
  #current: Engine | undefined;
  #successor: Engine | undefined;
  #isStopping = false;
  #cancelRestart: () => void = () => undefined;
  #cancelPreparing: () => void = () => undefined;
  #whenStopped: (() => void) | undefined;

  constructor(deps: EngineKeeperDeps) {
    this.#deps = deps;
  }

  /** Starts a process that loads its code and waits for its turn. */
  prepare(): void {
    if (!this.#isStopping) this.#successor ??= this.#startEngine();
  }

  /** @param isFirst - of this daemon: not after a lock or a crash */
  start(isFirst = false): void {
    const engine = this.#successor ?? this.#startEngine();
    if (isFirst) this.#tell(engine, { type: "first" });
    this.#serve(engine);
  }

  /** Hands a connection to the engine that serves, or keeps it for the one that will. */
  pass(socket: Socket): void {
    this.#connections.add(socket);
    this.#sendWaiting();
  }

  /** Lets the engine finish as a lock does, then resolves; no other one is started. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#cancelRestart();
    this.#cancelPreparing();
    this.#connections.closeAll();
    this.#successor?.process.kill("SIGKILL");
    const engine = this.#current;
    if (engine === undefined) return;
    const stopped = new Promise<void>((resolve) => {
      this.#whenStopped = resolve;
    });
    this.#tell(engine, { type: "end" });
    this.#killAfter(engine, LIMITS.lockGraceMs + EXIT_MS);
    await stopped;
  }

  #startEngine(): Engine {
    const engine: Engine = {
      process: this.#deps.startEngine(),
      servesSince: undefined,
      isReady: false,
      isEnding: false,
      cancelDeadline: () => undefined,
      heartbeat: undefined,
    };
    engine.process.on("message", (message: unknown) => this.#hear(engine, message));
    engine.process.once("exit", (code, signal) => this.#ended(engine, code, signal));
    // A process that could not be started has no exit. One that could not be killed has said so here and goes on.
    engine.process.on("error", () => {
      if (engine.process.pid === undefined) this.#ended(engine, null, null);
    });
    return engine;
  }

  #serve(engine: Engine): void {
    this.#successor = undefined;
    this.#current = engine;
    engine.servesSince = this.#deps.clock.monotonic();
    this.#killAfter(engine, START_MS);
    this.#tell(engine, { type: "serve" });
  }

  #hear(engine: Engine, message: unknown): void {
    if (!isToFront(message)) return;
    engine.heartbeat?.heard();
    if (message.type === "claimed") {
      this.#connections.settle(message.number);
      this.#sendWaiting();
    }
    if (message.type === "ready") this.#ready(engine);
    if (message.type === "opening") this.#opening();
    if (message.type === "ending") this.#ending(engine);
  }

  #ready(engine: Engine): void {
    engine.cancelDeadline();
    engine.isReady = true;
    engine.heartbeat = new Heartbeat({
      ask: () => this.#tell(engine, { type: "ping" }),
      onSilent: () => this.#kill(engine, "engine-silent"),
    });
    this.#deps.logger.log("engine-ready", { counts: this.#age(engine) });
    this.#connections.recall();
    this.#sendWaiting();
  }

  #opening(): void {
    this.#cancelPreparing();
    this.#cancelPreparing = startTimer(OPENING_MS, () => this.prepare());
  }

  #ending(engine: Engine): void {
    engine.isEnding = true;
    engine.heartbeat?.stop();
    this.#killAfter(engine, LIMITS.lockGraceMs + EXIT_MS);
    this.prepare();
  }

  #ended(engine: Engine, code: number | null, signal: NodeJS.Signals | null): void {
    engine.cancelDeadline();
    engine.heartbeat?.stop();
    if (engine === this.#successor) this.#successor = undefined;
    if (engine !== this.#current) return;
    this.#cancelPreparing();
    this.#current = undefined;
    const age = this.#age(engine);
    this.#deps.logger.log("engine-ended", {
      ...(signal !== null && { signal }),
      counts: { ...age, ...(code !== null && { exitCode: code }), announced: engine.isEnding ? 1 : 0 },
    });
    if (this.#isStopping) {
      this.#whenStopped?.();
      return;
    }
    const delayMs = this.#deps.backoff.delayAfter({ announced: engine.isEnding, ...age });
    if (delayMs === 0) this.start();
    else this.#cancelRestart = startTimer(delayMs, () => this.start());
  }

  #age(engine: Engine): { readonly livedMs: number } {
    const now = this.#deps.clock.monotonic();
    return { livedMs: Math.round(now - (engine.servesSince ?? now)) };
  }

  /** The front's copy stays open until the engine says that it has the connection. */
  #sendWaiting(): void {
    const engine = this.#current;
    if (engine === undefined || !engine.isReady || engine.isEnding) return;
    for (const { number, socket } of this.#connections.depart()) {
      this.#tell(engine, { type: "connection", number }, socket);
    }
  }

  /** A channel that is closed belongs to an engine whose exit is about to be heard of. */
  #tell(engine: Engine, message: ToEngine, socket?: Socket): void {
    if (!engine.process.connected) return;
    engine.process.send(message, socket, { keepOpen: true }, () => undefined);
  }

  #killAfter(engine: Engine, ms: number): void {
    engine.cancelDeadline();
    engine.cancelDeadline = startTimer(ms, () => this.#kill(engine, "engine-killed"));
  }

  #kill(engine: Engine, event: LogEvent): void {
    this.#deps.logger.log(event);
    engine.process.kill("SIGKILL");
  }
}
