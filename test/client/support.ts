/** A peer on a socket that tests script frame by frame: honest in the hello if it is given the token, hostile otherwise. */
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Secret } from "../../src/base/secret.ts";
import { greet, openSocket } from "../../src/client/open-client.ts";
import type { KeepsakeClient } from "../../src/client/keepsake-client.ts";
import type { Credentials } from "../../src/client/hello-exchange.ts";
import { helloParams } from "../../src/protocol/handshake.ts";
import { newNonce, proveDaemon } from "../../src/protocol/hello-proofs.ts";
import type { TestServer } from "../server/support.ts";
import { RawClient, closeServer } from "../server/support.ts";

export const TOKEN = new Uint8Array(32).fill(5);
export const token = () => new Secret(Uint8Array.from(TOKEN));

export interface FakeDaemon {
  readonly path: string;
  readonly sockets: Socket[];
  /** Every frame clients sent, in order. */
  readonly received: RawClient[];
  readonly close: () => Promise<void>;
}

/** Listens in a folder of its own; `serve` gets each connection. */
export async function fakeDaemon(serve: (peer: RawClient) => Promise<void> | void): Promise<FakeDaemon> {
  const folder = await mkdtemp(join(tmpdir(), "keepsake-fake-"));
  const path = join(folder, "s");
  const sockets: Socket[] = [];
  const received: RawClient[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    const peer = new RawClient(socket);
    received.push(peer);
    void serve(peer);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    path,
    sockets,
    received,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await closeServer(server);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The daemon's side of the hello with the right token. */
export async function answerHello(peer: RawClient, welcome: object = {}): Promise<void> {
  const hello: unknown = (await peer.next())?.json?.["params"];
  if (hello === undefined) return;
  const { versions, client, nonce } = helloParams.parse(hello);
  const daemonNonce = newNonce();
  const proof = await proveDaemon(token(), { versions, version: 1, client, clientNonce: nonce, daemonNonce });
  peer.sendJson({ id: 1, result: { version: 1, nonce: daemonNonce, proof } });
  await peer.next();
  peer.sendJson({ id: 2, result: welcome });
}

/** Connects to whatever listens. */
export async function connect(
  path: string,
  credentials: Credentials,
  helloMs?: number,
): Promise<KeepsakeClient> {
  return greet(await openSocket(path), credentials, helloMs);
}

export function dial(server: TestServer, id = "cli"): Promise<KeepsakeClient> {
  return connect(server.path, { client: id, token: server.token(id) });
}
