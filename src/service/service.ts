/** What the server hands a handler and what it knows of the service. */
import { KeepsakeError } from "../base/errors.ts";
import type { TraceId } from "../base/logger.ts";
import type { Secret } from "../base/secret.ts";
import type { ClientIdentity } from "../policy/clients.ts";
import type { ErrorCode } from "../base/errors.ts";
import type { HELLO_METHOD } from "../protocol/hello-proofs.ts";
import type { MethodName, Params, Result } from "../protocol/method-table.ts";
import type { Change } from "../vault/vault.ts";

/** What a call puts on record along with what it changes, so that there is not one without the other. */
export interface CallRecord {
  /** For the batch that does it. */
  inBatch(result: object): readonly Change[];
  /** For the inbox, beside what is captured while sealed. */
  inInbox(result: object): readonly Uint8Array[];
  /** The person agreed to it, wherever they were asked. */
  confirmed(): void;
}

/** A call that goes on record. */
export interface AuditedCall extends CallRecord {
  /** In every entry of this call, in the log and in an INTERNAL error. */
  readonly traceId: TraceId;
  /** The call was answered. @param answer - `bytesOut`: of the answer's frame */
  answered(answer: { readonly code: ErrorCode | undefined; readonly bytesOut: number }): void;
}

export interface Refusal {
  /** Absent: nobody who has a token. */
  readonly client?: string | undefined;
  /** Absent: there is no such method. */
  readonly method?: MethodName | typeof HELLO_METHOD | undefined;
  readonly code: ErrorCode;
  readonly traceId: TraceId;
  readonly bytesIn: number;
}

/** Where the server tells what it was asked; see `service/audit`. */
export interface CallAudit {
  /** A request passed every gate. */
  admitted(call: {
    readonly client: ClientIdentity;
    readonly method: MethodName;
    readonly params: unknown;
    readonly bytesIn: number;
  }): AuditedCall;
  /** A gate refused a request, or a hello failed. */
  refused(refusal: Refusal): void;
}

export interface CallContext {
  readonly client: ClientIdentity;
  /** Aborted at the deadline and when the client is gone; nothing is written after that. */
  readonly signal: AbortSignal;
  /** Secret frames of the request, as many as the method's `secrets` names; the server wipes them after the call. */
  readonly secrets: readonly Secret[];
  /** Bodies of the stream frames that follow the request; empty for methods without a stream. */
  readonly stream: AsyncIterable<Uint8Array>;
  readonly progress: (progress: {
    readonly stage: string;
    readonly done: number;
    readonly total: number;
  }) => void;
  readonly record: CallRecord;
  /** Sends a secret frame behind the result and wipes it. At most once a call. */
  readonly giveSecret: (secret: Secret) => void;
}

export type Handlers = {
  readonly [M in MethodName]: (params: Params<M>, context: CallContext) => Promise<Result<M>>;
};

export interface Service {
  readonly handlers: Handlers;
  readonly audit: CallAudit;
  state(): "missing" | "sealed" | "open";
  /** Why a sealed vault cannot be opened as its folder is, if anything is known against it. */
  fault(): KeepsakeError | undefined;
  /** Waits for writes in flight (the caller bounds the time), then closes the vault. */
  close(): Promise<void>;
}

/** The secret frame of a method that announces one. */
export function onlySecret({ secrets }: CallContext): Secret {
  const [secret] = secrets;
  if (secret === undefined) throw new KeepsakeError("MALFORMED_REQUEST", "a secret frame is missing");
  return secret;
}
