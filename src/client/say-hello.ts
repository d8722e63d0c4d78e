/** The hello of a client that keeps its connection: within a time, on a socket that carries nothing else meanwhile. */
import { KeepsakeError } from "../base/errors.ts";
import { startTimer } from "../base/timer.ts";
import type { DaemonMessage } from "../protocol/envelope.ts";
import { parseDaemonMessage } from "../protocol/daemon-message.ts";
import { encodeMessage, fromWireError } from "../protocol/wire.ts";
import { encodeFrame } from "../protocol/frame.ts";
import type { FramedSocket } from "./framed-socket.ts";
import { exchangeProofs, untrustedError } from "./hello-exchange.ts";
import type { Credentials } from "./hello-exchange.ts";

/**
 * Proves both sides to each other.
 *
 * @throws DAEMON_UNTRUSTED, DAEMON_UNREACHABLE when the peer goes away or takes more than `helloMs`, HELLO_FAILED,
 * TOO_MANY_CONNECTIONS, UNSUPPORTED_VERSION; the socket is no longer of use then
 */
export async function sayHello(
  socket: FramedSocket,
  credentials: Credentials,
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
    let id = 0;
    const exchange = exchangeProofs(
      (method, params) => ask(socket, (id += 1), method, params),
      credentials,
      fromWireError,
    );
    await Promise.race([exchange, late]);
  } finally {
    cancelTimer();
  }
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
