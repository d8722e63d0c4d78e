/**
 * The order in which frames may come after the hello. Secret and stream frames carry no id: they belong to the request
 * right before them, so this is a small state machine.
 *
 *     idle ── request with secrets ──> secrets ── the last one ──┬──> idle (the call runs)
 *       │                                                        └──> stream (the call runs) ── empty frame ──> idle
 *       ├── request with a stream ───────────────────────────────────^
 *       └── refused request ──> skipping: its secret and stream frames are wiped and dropped until the next request
 *
 * A stream whose call was answered early is skipped likewise. Anything else out of order ends the connection.
 */
import { KeepsakeError } from "../base/errors.ts";
import { Secret } from "../base/secret.ts";
import type { ClientMessage, Request } from "../protocol/envelope.ts";
import { parseClientMessage } from "../protocol/envelope.ts";
import type { Frame } from "../protocol/frame.ts";
import type { AdmittedCall } from "./dispatch.ts";
import { IncomingStream } from "./incoming-stream.ts";
import type { ServerLimits } from "./server-options.ts";

export interface IntakeEvents {
  /** Passes the gates; `undefined` when the request was refused and answered. @throws when the connection must end */
  readonly admit: (request: Request, bytes: number) => AdmittedCall | undefined;
  /** Everything before the stream is there: run it. */
  readonly start: (call: AdmittedCall, secrets: readonly Secret[], stream: IncomingStream) => void;
  readonly cancel: (id: number) => void;
  /** The handler has caught up with its stream. */
  readonly onStreamRoom: () => void;
}

type State =
  | { readonly at: "idle" }
  | { readonly at: "secrets"; readonly call: AdmittedCall; readonly secrets: Secret[] }
  | { readonly at: "stream"; readonly call: AdmittedCall; readonly stream: IncomingStream }
  | { readonly at: "skipping"; droppedBytes: number };

export class Intake {
  readonly #limits: Pick<ServerLimits, "streamWaitingBytes" | "streamDroppedBytes">;
  readonly #events: IntakeEvents;
  #state: State = { at: "idle" };

  constructor(limits: Pick<ServerLimits, "streamWaitingBytes" | "streamDroppedBytes">, events: IntakeEvents) {
    this.#limits = limits;
    this.#events = events;
  }

  /** Whether a request waits for its secret frames. */
  get isIncomplete(): boolean {
    return this.#state.at === "secrets";
  }

  /** Whether a stream holds as much as may wait. */
  get isFull(): boolean {
    return this.#state.at === "stream" && this.#state.stream.isFull;
  }

  /** Whether a handler waits for the client to go on with its stream. */
  get isStarved(): boolean {
    return this.#state.at === "stream" && this.#state.stream.isStarved;
  }

  /** @throws MALFORMED_REQUEST, MALFORMED_FRAME: the connection must end */
  take(frame: Frame): void {
    if (frame.kind === "json") this.#takeMessage(parseClientMessage(frame.body), frame.body.length);
    else if (frame.kind === "secret") this.#takeSecret(new Secret(frame.body));
    else this.#takeChunk(frame.body);
  }

  /** A request was refused unread. @throws MALFORMED_REQUEST when none may come now: the connection must end */
  skipRequest(): void {
    this.#checkOrder();
    this.#skip();
  }

  /** The call `id` was answered: what is left of its stream is dropped. */
  endStream(id: number): void {
    if (this.#state.at === "stream" && this.#state.call.id === id) this.#skip();
  }

  /** The connection ended. */
  close(reason: KeepsakeError): void {
    if (this.#state.at === "secrets") for (const secret of this.#state.secrets) secret.wipe();
    if (this.#state.at === "stream") this.#state.stream.fail(reason);
    this.#state = { at: "idle" };
  }

  #takeMessage(message: ClientMessage, bytes: number): void {
    if ("cancel" in message) return this.#takeCancel(message.id);
    this.#checkOrder();
    const call = this.#events.admit(message, bytes);
    if (call === undefined) return this.#skip();
    if (call.secretCount > 0) this.#state = { at: "secrets", call, secrets: [] };
    else this.#start(call, []);
  }

  #checkOrder(): void {
    if (this.#state.at === "secrets") throw outOfOrderError("a secret frame must follow the request");
    if (this.#state.at === "stream") throw outOfOrderError("an empty stream frame must end the stream first");
  }

  #takeCancel(id: number): void {
    if (this.#state.at !== "stream") this.#checkOrder();
    if (this.#state.at === "stream" && this.#state.call.id === id) {
      this.#state.stream.fail(new KeepsakeError("CANCELLED"));
      this.#state = { at: "idle" };
    }
    this.#events.cancel(id);
  }

  #takeSecret(secret: Secret): void {
    if (this.#state.at === "secrets") {
      const { call, secrets } = this.#state;
      secrets.push(secret);
      if (secrets.length === call.secretCount) this.#start(call, secrets);
      return;
    }
    const { length } = secret;
    secret.wipe();
    this.#drop(length);
  }

  #takeChunk(chunk: Uint8Array): void {
    if (this.#state.at !== "stream") return this.#drop(chunk.length);
    if (chunk.length > 0) return this.#state.stream.push(chunk);
    this.#state.stream.finish();
    this.#state = { at: "idle" };
  }

  #start(call: AdmittedCall, secrets: readonly Secret[]): void {
    const stream = new IncomingStream(this.#limits.streamWaitingBytes, this.#events.onStreamRoom);
    if (call.hasStream) this.#state = { at: "stream", call, stream };
    else {
      this.#state = { at: "idle" };
      stream.finish();
    }
    this.#events.start(call, secrets, stream);
  }

  #skip(): void {
    this.#state = { at: "skipping", droppedBytes: 0 };
  }

  #drop(bytes: number): void {
    if (this.#state.at !== "skipping") throw outOfOrderError("no request waits for a secret or stream frame");
    this.#state.droppedBytes += bytes;
    if (this.#state.droppedBytes > this.#limits.streamDroppedBytes) {
      throw outOfOrderError("the stream goes on behind the refusal of its request");
    }
  }
}

function outOfOrderError(message: string): KeepsakeError {
  return new KeepsakeError("MALFORMED_REQUEST", message);
}
