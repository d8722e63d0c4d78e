/** The requests a connection has running: at most a few, each with its own id, and their answers. */
import { KeepsakeError } from "../base/errors.ts";
import { newTraceId } from "../base/logger.ts";
import type { Secret } from "../base/secret.ts";
import type { ClientIdentity } from "../policy/clients.ts";
import type { DaemonMessage, Progress, Request } from "../protocol/envelope.ts";
import { encodeMessage, toWireError } from "../protocol/wire.ts";
import { encodeFrame } from "../protocol/frame.ts";
import { isMethodName } from "../protocol/method-table.ts";
import type { AuditedCall, Refusal } from "../service/service.ts";
import type { AdmittedCall } from "./dispatch.ts";
import { admitRequest } from "./dispatch.ts";
import { clientError } from "./client-failure.ts";
import type { Outbox } from "./outbox.ts";
import type { Answer, RunningCall } from "./running-call.ts";
import { runCall } from "./running-call.ts";
import type { CheckedOptions } from "./server-options.ts";

export class InFlight {
  readonly #options: CheckedOptions;
  readonly #outbox: Outbox;
  readonly #onAnswered: (id: number) => void;
  readonly #running = new Map<number, RunningCall>();

  /** @param onAnswered - called when a call was answered */
  constructor(options: CheckedOptions, outbox: Outbox, onAnswered: (id: number) => void) {
    this.#options = options;
    this.#outbox = outbox;
    this.#onAnswered = onAnswered;
  }

  get size(): number {
    return this.#running.size;
  }

  /**
   * Passes a request through the gates.
   *
   * @returns undefined when a gate refused and the refusal was sent
   * @throws BUSY, MALFORMED_REQUEST, HELLO_REQUIRED, RATE_LIMITED: the connection must end
   */
  admit(request: Request, identity: ClientIdentity | undefined, bytesIn: number): AdmittedCall | undefined {
    this.#checkRoom(request.id);
    if (identity === undefined) throw new KeepsakeError("HELLO_REQUIRED");
    try {
      return { ...admitRequest(request, identity, this.#options), bytesIn };
    } catch (thrown) {
      const method = isMethodName(request.method) ? request.method : undefined;
      const traceId = newTraceId();
      const error = clientError(thrown, this.#options.logger, { client: identity.id, method, traceId });
      this.#refuse(request.id, identity, error, { method, traceId, bytesIn });
      return undefined;
    }
  }

  /** Answers a request that was not read. @throws BUSY, MALFORMED_REQUEST, RATE_LIMITED: the connection must end */
  refuseUnread(id: number, client: ClientIdentity, error: KeepsakeError, bytesIn: number): void {
    this.#checkRoom(id);
    this.#refuse(id, client, error, { method: undefined, traceId: newTraceId(), bytesIn });
  }

  start(call: AdmittedCall, secrets: readonly Secret[], stream: AsyncIterable<Uint8Array>): void {
    const { id } = call;
    if (!call.isPassive) this.#options.onActivity();
    const sendProgress = (progress: Progress) => {
      if (!this.#outbox.isFull) this.#send({ id, progress });
    };
    const { identity: client, method, params, bytesIn } = call;
    const record = this.#options.audit.admitted({ client, method, params, bytesIn });
    const running = runCall(call, { record, secrets, stream, sendProgress }, this.#options);
    this.#running.set(id, running);
    void this.#follow(running, record);
  }

  /** @throws RATE_LIMITED: the connection must end */
  cancel(id: number, identity: ClientIdentity | undefined): void {
    this.#running.get(id)?.abort(new KeepsakeError("CANCELLED"));
    if (identity !== undefined) this.#options.rateLimits.takeRequest(identity);
  }

  /** Tells all handlers to stop, or only those of long methods, which would not end by themselves soon. */
  abort(reason: KeepsakeError, which: "all" | "long" = "all"): void {
    for (const running of this.#running.values()) {
      if (which === "all" || running.call.isLong) running.abort(reason);
    }
  }

  /** Tells all handlers to stop and answers for those that have not. */
  giveUp(reason: KeepsakeError): void {
    for (const running of this.#running.values()) running.giveUp(reason);
  }

  /** When every handler has ended and every answer is on its way. */
  async allEnded(): Promise<void> {
    await Promise.all([...this.#running.values()].flatMap(({ answer, ended }) => [answer, ended]));
  }

  async #follow({ call, answer, ended }: RunningCall, record: AuditedCall): Promise<void> {
    const given = await answer;
    const isError = "error" in given;
    record.answered({
      code: isError ? given.error.code : undefined,
      bytesOut: isError ? 0 : given.frameBody.length,
    });
    this.#answer(call, given);
    await ended;
    this.#running.delete(call.id);
    if (!call.isPassive) this.#options.onActivity();
  }

  #answer(call: AdmittedCall, answer: Answer): void {
    this.#onAnswered(call.id);
    if ("error" in answer) return this.#sendError(call.id, answer.error);
    this.#outbox.send(encodeFrame("json", answer.frameBody));
    if (answer.secret === undefined) return;
    this.#outbox.sendAndWipe(encodeFrame("secret", answer.secret.bytes));
    answer.secret.wipe();
  }

  #refuse(
    id: number,
    client: ClientIdentity,
    error: KeepsakeError,
    request: Pick<Refusal, "method" | "traceId" | "bytesIn">,
  ): void {
    this.#options.audit.refused({ client: client.id, ...request, code: error.code });
    this.#sendError(id, error);
    this.#options.rateLimits.countRefusal(client);
    this.#options.rateLimits.checkRefusals(client);
  }

  #checkRoom(id: number): void {
    const most = this.#options.limits.requestsInFlight;
    if (this.#running.size >= most) {
      throw new KeepsakeError("BUSY", `at most ${most} requests may be in flight on a connection`);
    }
    if (this.#running.has(id)) {
      throw new KeepsakeError("MALFORMED_REQUEST", "the id belongs to a request in flight");
    }
  }

  #sendError(id: number, error: KeepsakeError): void {
    this.#send({ id, error: toWireError(error) });
  }

  #send(message: DaemonMessage): void {
    this.#outbox.send(encodeFrame("json", encodeMessage(message)));
  }
}
