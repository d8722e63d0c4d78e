/**
 * The two requests of the hello (`protocol/handshake.ts`), however a client sends and reads messages. Until the daemon has proven
 * itself nothing but the client's name and a nonce is sent, and of what the peer says only a few codes are believed. No schema is
 * loaded: hooks have no time for that.
 */
import { KeepsakeError, isErrorCode } from "../base/errors.ts";
import type { ErrorCode } from "../base/errors.ts";
import type { Secret } from "../base/secret.ts";
import type { Transcript } from "../protocol/hello-proofs.ts";
import {
  BYTES_32,
  HELLO_METHOD,
  HELLO_PROOF_METHOD,
  PROTOCOL_VERSIONS,
  isDaemonProof,
  newNonce,
  proveClient,
} from "../protocol/hello-proofs.ts";

export interface Credentials {
  readonly client: string;
  /** 32 bytes; the caller wipes it. */
  readonly token: Secret;
}

/** Anything else is no answer to a hello. */
type HelloAnswer<E> = { readonly result: unknown } | { readonly error: E } | { readonly id: unknown };

/** What a peer may refuse a hello with before it has proven anything; only the code is believed. */
const EARLY_REFUSALS = new Set<ErrorCode>(["TOO_MANY_CONNECTIONS", "UNSUPPORTED_VERSION", "TIMEOUT"]);

/**
 * @param ask - one request to its answer
 * @param refusalError - the error that a daemon which has proven itself refuses the client with
 * @throws DAEMON_UNTRUSTED, TOO_MANY_CONNECTIONS, UNSUPPORTED_VERSION, TIMEOUT, what `ask` throws and `refusalError` gives
 */
export async function exchangeProofs<E extends { readonly code: string }>(
  ask: (method: string, params: object) => Promise<HelloAnswer<E>>,
  { client, token }: Credentials,
  refusalError: (error: E) => KeepsakeError,
): Promise<void> {
  const versions = PROTOCOL_VERSIONS;
  const clientNonce = newNonce();
  const opening = await ask(HELLO_METHOD, { versions, client, nonce: clientNonce });
  if ("error" in opening) throw earlyRefusalError(opening.error.code);
  const { version, nonce, proof } = fieldsAlone(resultOf(opening), ["version", "nonce", "proof"]);
  if (!isSpoken(version) || !is32Bytes(nonce) || !is32Bytes(proof)) throw untrustedError();
  const transcript: Transcript = { versions, version, client, clientNonce, daemonNonce: nonce };
  if (!(await isDaemonProof(token, transcript, proof))) throw untrustedError();
  const closing = await ask(HELLO_PROOF_METHOD, { proof: await proveClient(token, transcript, proof) });
  if ("error" in closing) throw refusalError(closing.error);
  fieldsAlone(resultOf(closing), []);
}

export function untrustedError(): KeepsakeError {
  return new KeepsakeError("DAEMON_UNTRUSTED");
}

function earlyRefusalError(code: string): KeepsakeError {
  return isErrorCode(code) && EARLY_REFUSALS.has(code) ? new KeepsakeError(code) : untrustedError();
}

function resultOf(answer: object): unknown {
  return "result" in answer ? answer.result : undefined;
}

/** @throws DAEMON_UNTRUSTED for anything but an object of those fields and no other */
function fieldsAlone(result: unknown, names: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof result !== "object" || result === null || Array.isArray(result)) throw untrustedError();
  if (Object.keys(result).some((name) => !names.includes(name))) throw untrustedError();
  return result as Readonly<Record<string, unknown>>;
}

function isSpoken(version: unknown): version is number {
  return typeof version === "number" && PROTOCOL_VERSIONS.includes(version);
}

function is32Bytes(value: unknown): value is string {
  return typeof value === "string" && BYTES_32.test(value);
}
