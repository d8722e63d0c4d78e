/**
 * One connection from its first byte to its last:
 *
 *     bytes → frame → hello, then for each request: envelope → gates → handler → answer
 *
 * Over a cap, out of order or unreadable: one typed error with `id: null`, then the end. Timers: the whole hello, each partial frame, an
 * idle connection, an unread socket. Reading stops while the client does not read, a handler has not caught up, or bytes came too fast.
 */
import type { Socket } from "node:net";
import { KeepsakeError } from "../base/errors.ts";
import type { LogEvent } from "../base/logger.ts";
import { loggedClientId } from "../base/logger.ts";
import type { ClientIdentity } from "../policy/clients.ts";
import type { Request } from "../protocol/envelope.ts";
import { parseClientMessage } from "../protocol/envelope.ts";
import { encodeMessage, toWireError } from "../protocol/wire.ts";
import type { Frame } from "../protocol/frame.ts";
import { FrameDecoder, encodeFrame } from "../protocol/frame.ts";
import { HELLO_METHOD } from "../protocol/hello-proofs.ts";
import { clientError, traceIdOf } from "./client-failure.ts";
import { Greeting } from "./greeting.ts";
import { InFlight } from "./in-flight.ts";
import { Intake } from "./intake.ts";
import { Leave } from "./leave.ts";
import { Outbox } from "./outbox.ts";
import type { CheckedOptions } from "./server-options.ts";
import { payToll } from "./toll.ts";
import { Timers } from "../base/timer.ts";

/** What the set of connections wants to know of one. */
export interface ConnectionEvents {
  /** The client has proven who it is. @throws TOO_MANY_CONNECTIONS */
  readonly onGreeted: (connection: ServedConnection, identity: ClientIdentity) => void;
  readonly onClosed: (connection: ServedConnection) => void;
}

export class ServedConnection {
  readonly #socket: Socket;
  readonly #options: CheckedOptions;
  readonly #events: ConnectionEvents;
  readonly #timers: Timers<"hello" | "partial" | "idle" | "paced">;
  readonly #decoder: FrameDecoder;
  readonly #outbox: Outbox;
  readonly #greeting: Greeting;
  readonly #calls: InFlight;
  readonly #intake: Intake;
  readonly #leave: Leave;
  /** When the socket is gone. Never rejects. */
  readonly closed: Promise<void>;
  #identity: ClientIdentity | undefined;
  #isGreeting = false;
  #isDraining = false;

  /** Takes over an accepted socket that nobody has read from. */
  constructor(socket: Socket, options: CheckedOptions, events: ConnectionEvents) {
    const { limits } = options;
    this.#socket = socket;
    this.#options = options;
    this.#events = events;
    this.#timers = new Timers();
    this.#leave = new Leave(socket, limits);
    this.#decoder = new FrameDecoder({ json: limits.helloFrameBytes, secret: 0, stream: 0 });
    this.#outbox = new Outbox(socket, limits, {
      onFull: () => this.#updateReading(),
      onDrained: () => this.#updateReading(),
      onGivenUp: () => {
        this.#log("client-not-reading");
        socket.destroy();
      },
    });
    this.#greeting = new Greeting(options);
    this.#calls = new InFlight(options, this.#outbox, (id) => {
      this.#intake.endStream(id);
      this.#updateReading();
    });
    this.#intake = new Intake(limits, {
      admit: (request, bytes) => this.#calls.admit(request, this.#identity, bytes),
      start: (...inputs) => this.#calls.start(...inputs),
      cancel: (id) => this.#calls.cancel(id, this.#identity),
      onStreamRoom: () => this.#updateReading(),
    });
    this.closed = new Promise((resolve) => {
      socket.once("close", () => {
        this.#onClose();
        resolve();
      });
    });
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: Buffer) => this.#onData(chunk));
    this.#timers.start("hello", limits.helloMs, () => {
      this.refuse(new KeepsakeError("TIMEOUT", `the hello may take at most ${limits.helloMs} ms`));
    });
    socket.resume();
  }

  /** The client's name as the hello gave it, proven or not. */
  get claimedClient(): string | undefined {
    return this.#greeting.claimedClient;
  }

  /** Whether not a word of a hello has come. */
  get isSilent(): boolean {
    return !this.#isGreeting && this.claimedClient === undefined;
  }

  /** One typed error, then the end. `id`: of the request it answers, `null` for the connection as a whole. */
  refuse(error: KeepsakeError, id: number | null = null): void {
    if (this.#leave.hasBegun) return;
    this.#log("connection-refused", error.code);
    const method = this.#identity === undefined ? HELLO_METHOD : undefined;
    // Anybody can claim any name: it is on record only if there is a client of that name.
    const client = this.#identity?.id ?? this.#greeting.knownClient;
    this.#options.audit.refused({ client, method, code: error.code, traceId: traceIdOf(error), bytesIn: 0 });
    this.#outbox.send(encodeFrame("json", encodeMessage({ id, error: toWireError(error) })));
    this.#end();
  }

  /** One typed error as far as the socket takes it at once: no time to linger. */
  evict(error: KeepsakeError): void {
    this.refuse(error);
    this.#socket.destroySoon();
  }

  /** Takes no more requests, tells long ones to stop, lets the others end; resolves when all answers have gone out. */
  async drain(reason: KeepsakeError): Promise<void> {
    this.#isDraining = true;
    this.#updateReading();
    this.#calls.abort(reason, "long");
    await this.#calls.allEnded();
    this.#end();
    await Promise.race([this.closed, this.#leave.flushed]);
  }

  /** Tells every handler to stop, and answers for those that do not. */
  giveUp(reason: KeepsakeError): void {
    this.#calls.giveUp(reason);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #onData(chunk: Buffer): void {
    if (this.#leave.hasBegun || this.#isDraining) return this.#leave.drop(chunk);
    try {
      for (const frame of this.#decoder.push(chunk)) {
        this.#timers.stop("partial");
        this.#onFrame(frame);
        if (this.#leave.hasBegun || this.#isDraining) return;
      }
      this.#updateReading();
    } catch (thrown) {
      if (this.#identity !== undefined) this.#options.rateLimits.countRefusal(this.#identity);
      this.refuse(clientError(thrown, this.#options.logger, { client: this.claimedClient }));
    }
  }

  #onFrame(frame: Frame): void {
    if (this.#identity === undefined) return this.#greet(frame);
    this.#watchIdle();
    const client = this.#identity;
    const isPaid = payToll(frame, client, this.#options, {
      onRefused: (id, error) => {
        this.#intake.skipRequest();
        this.#calls.refuseUnread(id, client, error, frame.body.length);
      },
      onWait: (ms) => this.#timers.start("paced", ms, () => this.#updateReading()),
    });
    if (isPaid) this.#intake.take(frame);
  }

  #greet({ kind, body }: Frame): void {
    const message = kind === "json" ? parseClientMessage(body) : undefined;
    if (message === undefined || "cancel" in message) throw new KeepsakeError("HELLO_REQUIRED");
    if (this.#isGreeting) throw new KeepsakeError("HELLO_REQUIRED", "the hello goes step by step");
    void this.#answerGreeting(message);
  }

  async #answerGreeting(request: Request): Promise<void> {
    try {
      this.#isGreeting = true;
      const { message, identity } = await this.#greeting.answer(request);
      this.#isGreeting = false;
      if (this.#leave.hasBegun) return;
      if (identity !== undefined) this.#welcome(identity);
      this.#outbox.send(encodeFrame("json", encodeMessage(message)));
    } catch (thrown) {
      this.refuse(clientError(thrown, this.#options.logger, { client: this.claimedClient }), request.id);
    }
  }

  #welcome(identity: ClientIdentity): void {
    this.#events.onGreeted(this, identity);
    this.#identity = identity;
    const { frameBytes: most, secretFrameBytes } = this.#options.limits;
    this.#decoder.caps = { json: most, secret: secretFrameBytes, stream: most };
    this.#timers.stop("hello");
    this.#watchIdle();
  }

  /** Reads on or not, and gives what is only partly there its time, which stands still while nothing is read. */
  #updateReading(): void {
    if (this.#leave.hasBegun) return;
    const { partialFrameMs } = this.#options.limits;
    const isFull = this.#outbox.isFull || this.#intake.isFull || this.#timers.isRunning("paced");
    const mustWait = this.#isDraining || isFull;
    if (mustWait) this.#socket.pause();
    else if (this.#socket.isPaused()) this.#socket.resume();
    if (mustWait || !(this.#decoder.isPartial || this.#intake.isIncomplete)) this.#timers.stop("partial");
    else if (!this.#timers.isRunning("partial")) {
      this.#timers.start("partial", partialFrameMs, () => {
        this.refuse(new KeepsakeError("TIMEOUT", `a frame may take at most ${partialFrameMs} ms to arrive`));
      });
    }
  }

  #watchIdle(): void {
    this.#timers.start("idle", this.#options.limits.connectionIdleMs, () => {
      if (this.#calls.size > 0 && !this.#intake.isStarved) return this.#watchIdle();
      this.refuse(new KeepsakeError("TIMEOUT", "the connection was idle"));
    });
  }

  #end(): void {
    if (this.#leave.hasBegun) return;
    this.#leave.begin();
    this.#stop();
  }

  #log(event: LogEvent, code?: KeepsakeError["code"]): void {
    const client = this.claimedClient === undefined ? undefined : loggedClientId(this.claimedClient);
    this.#options.logger.log(event, { ...(code && { code }), ...(client !== undefined && { client }) });
  }

  #onClose(): void {
    this.#leave.done();
    this.#stop();
    this.#events.onClosed(this);
  }

  #stop(): void {
    const reason = new KeepsakeError("CANCELLED", "the connection ended");
    this.#timers.stopAll();
    this.#outbox.close();
    this.#decoder.wipe();
    this.#greeting.wipe();
    this.#intake.close(reason);
    this.#calls.abort(reason);
  }
}
