/** What the server hands a handler and what it knows of the service. */
import { KeepsakeError } from "../base/errors.ts";
import type { Secret } from "../base/secret.ts";
import type { ClientIdentity } from "../policy/clients.ts";
import type { ConfirmationState } from "../policy/confirmations.ts";
import type { MethodName, Params, Result } from "../protocol/method-table.ts";

export interface CallContext {
  readonly client: ClientIdentity;
  /** Told what became of the call's confirmation, if it needs or brings one: for the audit. */
  readonly noteConfirmation?: (state: ConfirmationState) => void;
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
  /** Sends a secret frame behind the result and wipes it. At most once a call. */
  readonly giveSecret: (secret: Secret) => void;
}

export type Handlers = {
  readonly [M in MethodName]: (params: Params<M>, context: CallContext) => Promise<Result<M>>;
};

export interface Service {
  readonly handlers: Handlers;
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
