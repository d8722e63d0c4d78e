/**
 * The client's side of the hello (`protocol/handshake.ts`). Until the daemon has proven itself nothing but the client's
 * name and a nonce is sent, and no word of the peer is repeated to the user.
 */
import { KeepsakeError, isErrorCode } from "../base/errors.ts";
import type { ErrorCode } from "../base/errors.ts";
import type { Secret } from "../base/secret.ts";
import { startTimer } from "../base/timer.ts";
import type { DaemonMessage } from "../protocol/envelope.ts";
import { encodeMessage, fromWireError, parseDaemonMessage } from "../protocol/envelope.ts";
import { encodeFrame } from "../protocol/frame.ts";
import type { Transcript } from "../protocol/hello-proofs.ts";
import { helloProofResult, helloResult } from "../protocol/handshake.ts";
import {
  HELLO_METHOD,
  HELLO_PROOF_METHOD,
  PROTOCOL_VERSIONS,
  isDaemonProof,
  newNonce,
  proveClient,
} from "../protocol/hello-proofs.ts";
import type { FramedSocket } from "./framed-socket.ts";

export interface Credentials {
  readonly client: string;
  /** 32 bytes; the caller wipes it. */
  readonly token: Secret;
}

/** What a peer may refuse a hello with before it has proven anything; only the code is believed. */
const EARLY_REFUSALS = new Set<ErrorCode>(["TOO_MANY_CONNECTIONS", "UNSUPPORTED_VERSION", "TIMEOUT"]);

/**
 * Proves both sides to each other.
 *
 * @throws DAEMON_UNTRUSTED, DAEMON_UNREACHABLE when the peer goes away or takes more than `helloMs`, HELLO_FAILED,
 * TOO_MANY_CONNECTIONS, UNSUPPORTED_VERSION; the socket is no longer of use then
 */
export async function sayHello(
  socket: FramedSocket,
  { client, token }: Credentials,
  helloMs: number,
): Promise<void> {
  let cancelTimer = () => {};
  const late = new Promise<never>((_resolve, reject) => {
    cancelTimer = startTimer(helloMs, () => {
      reject(
        new KeepsakeError("DAEMON_UNREACHABLE", `the daemon did not answer the hello within ${helloMs} ms`),
      );
    });
  });
  try {
    await Promise.race([exchangeProofs(socket, client, token), late]);
  } finally {
    cancelTimer();
  }
}

async function exchangeProofs(socket: FramedSocket, client: string, token: Secret): Promise<void> {
  const clientNonce = newNonce();
  const opening = await ask(socket, 1, HELLO_METHOD, {
    versions: PROTOCOL_VERSIONS,
    client,
    nonce: clientNonce,
  });
  if ("error" in opening) throw earlyRefusalError(opening.error.code);
  const reply = helloResult.safeParse("result" in opening ? opening.result : undefined);
  if (!reply.success || !PROTOCOL_VERSIONS.includes(reply.data.version)) throw untrustedError();
  const { version, nonce, proof } = reply.data;
  const transcript: Transcript = {
    versions: PROTOCOL_VERSIONS,
    version,
    client,
    clientNonce,
    daemonNonce: nonce,
  };
  if (!(await isDaemonProof(token, transcript, proof))) throw untrustedError();

  const closing = await ask(socket, 2, HELLO_PROOF_METHOD, {
    proof: await proveClient(token, transcript, proof),
  });
  if ("error" in closing) throw fromWireError(closing.error);
  if (!helloProofResult.safeParse("result" in closing ? closing.result : undefined).success)
    throw untrustedError();
}

/** Sends one request and waits for the one frame that may come: its answer. */
async function ask(
  socket: FramedSocket,
  id: number,
  method: string,
  params: unknown,
): Promise<DaemonMessage> {
  const answer = new Promise<DaemonMessage>((resolve, reject) => {
    socket.listen({
      onFrame: ({ kind, body }) => {
        if (kind !== "json") throw untrustedError();
        const message = parseDaemonMessage(body);
        if (message.id !== id && message.id !== null) throw untrustedError();
        resolve(message);
      },
      onClosed: (cause) => {
        const hasSentNonsense = cause instanceof KeepsakeError;
        reject(
          hasSentNonsense ? untrustedError() : new KeepsakeError("DAEMON_UNREACHABLE", undefined, { cause }),
        );
      },
    });
  });
  await socket.send(encodeFrame("json", encodeMessage({ id, method, params })));
  return answer;
}

function earlyRefusalError(code: string): KeepsakeError {
  return isErrorCode(code) && EARLY_REFUSALS.has(code) ? new KeepsakeError(code) : untrustedError();
}

function untrustedError(): KeepsakeError {
  return new KeepsakeError("DAEMON_UNTRUSTED");
}
