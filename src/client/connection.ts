/**
 * The typed client over one connection that has said its hello.
 *
 * Calls may overlap, as many as the daemon lets be in flight; further ones wait. A request goes out together with its
 * secret and stream frames, so while a stream is on its way other requests of the same connection wait behind it.
 * Whatever the daemon sends is checked: a frame out of place ends the connection, a result of another shape fails its
 * call.
 */
import { KeepsakeError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import type { Secret } from "../base/secret.ts";
import type { DaemonMessage } from "../protocol/envelope.ts";
import { parseDaemonMessage } from "../protocol/daemon-message.ts";
import type { Frame } from "../protocol/frame.ts";
import { encodeFrame } from "../protocol/frame.ts";
import { METHOD_FACTS } from "../protocol/client-view.ts";
import type { MethodName, ParamsInput, Result } from "../protocol/method-table.ts";
import { encodeMessage, fromWireError } from "../protocol/wire.ts";
import { expectedResult } from "./expected-result.ts";
import type { FramedSocket } from "./framed-socket.ts";
import type { CallOptions, KeepsakeClient } from "./keepsake-client.ts";
import { PendingCall } from "./pending-call.ts";
import { Turnstile } from "../base/turns/turnstile.ts";

/** Request ids of the hello end here. */
const LAST_HELLO_ID = 2;

export class DaemonConnection implements KeepsakeClient {
  readonly #socket: FramedSocket;
  readonly #places = new Turnstile(LIMITS.requestsInFlight);
  readonly #lane = new Turnstile(1);
  /** Calls whose request was sent and not answered, with what gives their place back. */
  readonly #pending = new Map<number, { readonly call: PendingCall; readonly leave: () => void }>();
  readonly #calls = new Set<PendingCall>();
  #awaitingSecret: number | undefined;
  #lastId = LAST_HELLO_ID;

  /** Takes over a socket on which both sides have proven themselves. */
  constructor(socket: FramedSocket) {
    this.#socket = socket;
    socket.allow({ json: LIMITS.frameBytes, secret: LIMITS.secretFrameBytes, stream: 0 });
    socket.listen({ onFrame: (frame) => this.#onFrame(frame), onClosed: (error) => this.#onClosed(error) });
  }

  get isConnected(): boolean {
    return this.#socket.isOpen;
  }

  async call<M extends MethodName>(
    method: M,
    params: ParamsInput<M>,
    options: CallOptions = {},
  ): Promise<Result<M>> {
    const secrets = options.secrets ?? [];
    try {
      await checkSecrets(method, params, secrets);
      const readResult = await expectedResult(method);
      if (!this.isConnected) throw new KeepsakeError("DAEMON_UNREACHABLE");
      const id = ++this.#lastId;
      const body = encodeMessage({ id, method, params });
      if (body.length > LIMITS.frameBytes) {
        throw new KeepsakeError("FRAME_TOO_LARGE", `a request may hold at most ${LIMITS.frameBytes} bytes`);
      }
      const call = new PendingCall(method, options, readResult, () => this.#cancel(id));
      this.#calls.add(call);
      void this.#transmit(id, call, body, secrets, options.stream);
      return (await call.answer.finally(() => this.#calls.delete(call))) as Result<M>;
    } finally {
      for (const secret of secrets) secret.wipe();
    }
  }

  close(): void {
    this.#socket.close();
    this.#failAll(new KeepsakeError("DAEMON_UNREACHABLE", "the connection was closed"));
  }

  /** Sends everything of one call when it is its turn. Never rejects. */
  async #transmit(
    id: number,
    call: PendingCall,
    body: Uint8Array,
    secrets: readonly Secret[],
    stream: AsyncIterable<Uint8Array> | undefined,
  ): Promise<void> {
    const leave = await this.#places.enter();
    const leaveLane = await this.#lane.enter();
    try {
      if (call.isSettled || !this.isConnected) return leave();
      this.#pending.set(id, { call, leave });
      const sent = [this.#socket.send(encodeFrame("json", body))];
      for (const { bytes } of secrets) sent.push(this.#socket.sendAndWipe(encodeFrame("secret", bytes)));
      await Promise.all(sent);
      if (stream !== undefined) await this.#sendStream(id, call, stream);
    } catch (error) {
      call.fail(error);
      this.#cancel(id);
    } finally {
      leaveLane();
    }
  }

  /** Pulls chunks as fast as the daemon takes them, until they end or the call does. @throws what the source throws */
  async #sendStream(id: number, call: PendingCall, stream: AsyncIterable<Uint8Array>): Promise<void> {
    const iterator = stream[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await call.unlessSettled(iterator.next());
        if (next === undefined || !this.#pending.has(id)) return;
        if (next.done === true) break;
        for (let offset = 0; offset < next.value.length; offset += LIMITS.frameBytes) {
          const chunk = next.value.subarray(offset, offset + LIMITS.frameBytes);
          await call.unlessSettled(this.#socket.send(encodeFrame("stream", chunk)));
          call.keepAlive();
        }
      }
      await this.#socket.send(encodeFrame("stream", new Uint8Array(0)));
    } finally {
      // A source that is still busy may take its time to end.
      void iterator.return?.().catch(() => undefined);
    }
  }

  /** Tells the daemon that nobody waits for a request any more. */
  #cancel(id: number): void {
    if (this.#pending.has(id))
      void this.#socket.send(encodeFrame("json", encodeMessage({ id, cancel: true })));
  }

  #onFrame({ kind, body }: Frame): void {
    if (kind === "json") this.#onMessage(parseDaemonMessage(body));
    else if (this.#awaitingSecret !== undefined) this.#onSecret(this.#awaitingSecret, body);
    else throw new KeepsakeError("INVALID_RESULT");
  }

  #onMessage(message: DaemonMessage): void {
    if (this.#awaitingSecret !== undefined) throw new KeepsakeError("INVALID_RESULT");
    if ("error" in message) return this.#onError(message.id, fromWireError(message.error));
    const call = this.#callOf(message.id);
    if ("progress" in message) call.takeProgress(message.progress);
    else if (call.takeResult(message.result, message.secret === true)) this.#forget(message.id);
    else this.#awaitingSecret = message.id;
  }

  #onError(id: number | null, error: KeepsakeError): void {
    if (id === null) throw error;
    this.#callOf(id).fail(error);
    this.#forget(id);
  }

  /** @throws INVALID_RESULT when the daemon answers what nobody asked */
  #callOf(id: number): PendingCall {
    const pending = this.#pending.get(id);
    if (pending === undefined) throw new KeepsakeError("INVALID_RESULT");
    return pending.call;
  }

  #onSecret(id: number, bytes: Uint8Array): void {
    this.#awaitingSecret = undefined;
    this.#callOf(id).takeSecret(bytes);
    this.#forget(id);
  }

  #forget(id: number): void {
    this.#pending.get(id)?.leave();
    this.#pending.delete(id);
  }

  #onClosed(cause: unknown): void {
    const isKnown = cause instanceof KeepsakeError;
    this.#failAll(isKnown ? cause : new KeepsakeError("DAEMON_UNREACHABLE", undefined, { cause }));
  }

  #failAll(error: KeepsakeError): void {
    for (const call of this.#calls) call.fail(error);
    for (const id of this.#pending.keys()) this.#forget(id);
  }
}

/** @throws INVALID_PARAMS when the params name another number of secrets than are given */
async function checkSecrets<M extends MethodName>(
  method: M,
  params: ParamsInput<M>,
  secrets: readonly Secret[],
): Promise<void> {
  const wanted = METHOD_FACTS[method].takesSecrets ? await countSecrets(method, params) : 0;
  if (wanted !== secrets.length) {
    throw new KeepsakeError("INVALID_PARAMS", `${method} takes ${wanted} secrets here`);
  }
  if (secrets.some(({ length }) => length > LIMITS.secretFrameBytes)) {
    throw new KeepsakeError("FRAME_TOO_LARGE", `a secret may have at most ${LIMITS.secretFrameBytes} bytes`);
  }
}

/** The schemas are loaded for it, which is little beside what such a method takes. */
async function countSecrets<M extends MethodName>(method: M, params: ParamsInput<M>): Promise<number> {
  const { namedSecrets } = await import("../protocol/validate.ts");
  return namedSecrets(method, params).length;
}
