/**
 * One call while its handler runs: deadline, abort, progress, the secrets it was given and the one it may give back,
 * then the result's schema and size.
 *
 * At the deadline the answer is TIMEOUT at once, and so is whatever `giveUp` is told; the handler sees its signal aborted
 * and must write nothing more. Until it has really ended the call keeps its place among the requests in flight. Secrets
 * are wiped when the handler ended, not earlier: a derivation that still reads them would count as a wrong passphrase.
 */
import { KeepsakeError } from "../base/errors.ts";
import { Secret } from "../base/secret.ts";
import { startTimer } from "../base/timer.ts";
import type { Progress } from "../protocol/envelope.ts";
import { progress as progressSchema } from "../protocol/envelope.ts";
import { encodeMessage } from "../protocol/wire.ts";
import { parseResult } from "../protocol/validate.ts";
import type { AuditedCall, CallContext } from "../service/service.ts";
import type { AdmittedCall } from "./dispatch.ts";
import { clientError } from "./client-failure.ts";
import type { CheckedOptions } from "./server-options.ts";

export interface CallInputs {
  readonly record: AuditedCall;
  readonly secrets: readonly Secret[];
  readonly stream: AsyncIterable<Uint8Array>;
  readonly sendProgress: (progress: Progress) => void;
}

export type Answer =
  { readonly frameBody: Uint8Array; readonly secret: Secret | undefined } | { readonly error: KeepsakeError };

export interface RunningCall {
  readonly call: AdmittedCall;
  /** Never rejects; whoever takes it wipes its secret. */
  readonly answer: Promise<Answer>;
  /** When the handler ended, which after a TIMEOUT or `giveUp` is later than the answer. Never rejects. */
  readonly ended: Promise<void>;
  /** Tells the handler to stop; what it then throws is the answer. */
  readonly abort: (reason: KeepsakeError) => void;
  /** Tells the handler to stop and answers with the reason at once, unless it has answered. */
  readonly giveUp: (reason: KeepsakeError) => void;
}

export function runCall(call: AdmittedCall, inputs: CallInputs, options: CheckedOptions): RunningCall {
  const controller = new AbortController();
  const work = invokeHandler(call, inputs, controller.signal, options);
  const deadlineMs = call.isLong ? Infinity : options.limits.requestMs;
  let isLate = false;
  let giveUp: (error: KeepsakeError) => void = () => undefined;
  const answer = new Promise<Answer>((resolve) => {
    giveUp = (error) => {
      isLate = true;
      controller.abort(error);
      resolve({ error });
    };
    const cancelDeadline = startTimer(deadlineMs, () => {
      giveUp(new KeepsakeError("TIMEOUT", `${call.method} may take at most ${deadlineMs} ms`));
    });
    const finish = async () => {
      const finished = await work;
      cancelDeadline();
      if (isLate && "secret" in finished) finished.secret?.wipe();
      resolve(finished);
    };
    void finish();
  });
  return {
    call,
    answer,
    ended: work.then(() => undefined),
    abort: (reason) => controller.abort(reason),
    giveUp,
  };
}

async function invokeHandler(
  call: AdmittedCall,
  inputs: CallInputs,
  signal: AbortSignal,
  options: CheckedOptions,
): Promise<Answer> {
  let given: Secret | undefined;
  const context: CallContext = {
    client: call.identity,
    signal,
    secrets: inputs.secrets,
    stream: inputs.stream,
    record: inputs.record,
    progress: throttleProgress(call, inputs, options),
    giveSecret: (secret) => {
      const copy = Uint8Array.from(secret.bytes);
      secret.wipe();
      if (!call.givesSecret || given !== undefined) {
        copy.fill(0);
        throw new TypeError("the method table announces no such secret");
      }
      given = new Secret(copy);
    },
  };
  try {
    // The caller must know of this call before the handler can act on the connection.
    await Promise.resolve();
    signal.throwIfAborted();
    const handler = options.service.handlers[call.method] as (
      params: unknown,
      context: CallContext,
    ) => Promise<unknown>;
    const result = await handler(call.params, context);
    if (call.givesSecret && given === undefined) throw new TypeError("the announced secret was not given");
    return { frameBody: encodeResult(call, result, options.limits.resultBytes), secret: given };
  } catch (thrown) {
    given?.wipe();
    const error: unknown = isAbortError(thrown) ? signal.reason : thrown;
    const where = { client: call.identity.id, method: call.method, traceId: inputs.record.traceId };
    return { error: clientError(error, options.logger, where) };
  } finally {
    for (const secret of inputs.secrets) secret.wipe();
  }
}

/** What platform calls throw when their signal was aborted; the reason is the signal's. */
function isAbortError(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === "AbortError";
}

/** @throws INVALID_RESULT, RESULT_TOO_LARGE */
function encodeResult(call: AdmittedCall, result: unknown, most: number): Uint8Array {
  const checked = parseResult(call.method, result);
  const body = encodeMessage({
    id: call.id,
    result: checked,
    ...(call.givesSecret && { secret: true as const }),
  });
  if (body.length > most) {
    throw new KeepsakeError("RESULT_TOO_LARGE", `the result is over ${most} bytes`);
  }
  return body;
}

/** The first report, the last one (`done` reaches `total`) and at most one each `progressMs` in between are sent. */
function throttleProgress(call: AdmittedCall, inputs: CallInputs, options: CheckedOptions) {
  let sentAt = -Infinity;
  return (progress: Progress): void => {
    if (!call.isLong) throw new TypeError("only long methods report progress");
    const checked = progressSchema.parse(progress);
    if (!call.isPassive) options.onActivity();
    const now = options.clock.monotonic();
    if (checked.done !== checked.total && now - sentAt < options.limits.progressMs) return;
    sentAt = now;
    inputs.sendProgress(checked);
  };
}
