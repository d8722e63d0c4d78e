/** From a socket's path to a client on which both sides have proven themselves. */
import type { Socket } from "node:net";
import { connect } from "node:net";
import { KeepsakeError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { checkSocketPath } from "../platform/socket-path.ts";
import { DaemonConnection } from "./connection.ts";
import { FramedSocket } from "./framed-socket.ts";
import type { KeepsakeClient } from "./keepsake-client.ts";
import type { Credentials } from "./say-hello.ts";
import { sayHello } from "./say-hello.ts";

/**
 * Says the hello on a connected socket and takes it over.
 *
 * @param credentials - the caller wipes the token
 * @throws DAEMON_UNTRUSTED (nothing was sent then) and what else `sayHello` throws; the socket is destroyed then
 */
export async function greet(
  connected: Socket,
  credentials: Credentials,
  helloMs: number = LIMITS.helloMs,
): Promise<KeepsakeClient> {
  const socket = new FramedSocket(connected, { json: LIMITS.helloFrameBytes, secret: 0, stream: 0 });
  try {
    await sayHello(socket, credentials, helloMs);
    return new DaemonConnection(socket);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** @throws DAEMON_UNREACHABLE with the system's error as its cause, PATH_TOO_LONG */
export async function openSocket(path: string): Promise<Socket> {
  checkSocketPath(path);
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    const onError = (cause: Error) => reject(new KeepsakeError("DAEMON_UNREACHABLE", undefined, { cause }));
    // It stays: until somebody says hello on the socket nobody else would hear of an error, which would end the process.
    socket.on("error", onError);
    socket.once("connect", () => resolve(socket));
  });
}
