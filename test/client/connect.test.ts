import { afterEach, describe, expect, test } from "vitest";
import { toBase64 } from "../../src/base/bytes.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { Secret } from "../../src/base/secret.ts";
import { PROTOCOL_VERSIONS, newNonce, proveClient, proveDaemon } from "../../src/protocol/hello-proofs.ts";
import type { RawClient } from "../server/support.ts";
import { frameHeader, startServer } from "../server/support.ts";
import { codeOfPromise, errorOf } from "../support/codes.ts";
import type { FakeDaemon } from "./support.ts";
import { answerHello, connect, dial, fakeDaemon, token } from "./support.ts";

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});
const start: typeof startServer = async (setup) => {
  const server = await startServer(setup);
  cleanups.push(server.close);
  return server;
};
const fake = async (serve: (peer: RawClient) => Promise<void> | void): Promise<FakeDaemon> => {
  const daemon = await fakeDaemon(serve);
  cleanups.push(daemon.close);
  return daemon;
};

describe("connecting", () => {
  test("proves both sides and gives a client", async () => {
    const server = await start({ handlers: { "vault.lock": () => ({ state: "sealed" }) } });
    const client = await dial(server);
    expect(client.isConnected).toBe(true);
    expect(await client.call("vault.lock", {})).toEqual({ state: "sealed" });
    client.close();
    expect(client.isConnected).toBe(false);
  });

  test("leaves the caller's token as it is", async () => {
    const server = await start();
    const given = server.token("cli");
    const client = await connect(server.path, { client: "cli", token: given });
    expect(given.isWiped).toBe(false);
    expect(given.bytes).toEqual(server.token("cli").bytes);
    client.close();
  });

  test("to a daemon that does not know the client, or knows another token, is not trusted", async () => {
    const server = await start();
    for (const [client, secret] of [
      ["revoked", server.token("cli")],
      ["cli", new Secret(new Uint8Array(32))],
    ] as const) {
      expect(await codeOfPromise(connect(server.path, { client, token: secret }))).toBe("DAEMON_UNTRUSTED");
    }
  });

  test("where nothing listens is DAEMON_UNREACHABLE, over 103 bytes PATH_TOO_LONG", async () => {
    expect(await codeOfPromise(connect("/nowhere/at/all", { client: "cli", token: token() }))).toBe(
      "DAEMON_UNREACHABLE",
    );
    const long = `/${"d".repeat(103)}`;
    expect(await codeOfPromise(connect(long, { client: "cli", token: token() }))).toBe("PATH_TOO_LONG");
  });

  test("to a daemon with all its connections says so", async () => {
    const server = await start({ limits: { connectionsPerClient: 1 } });
    const first = await dial(server);
    expect(await codeOfPromise(dial(server))).toBe("TOO_MANY_CONNECTIONS");
    first.close();
  });
});

describe("a server that cannot prove itself", () => {
  type Serve = (peer: RawClient) => Promise<void> | void;
  const afterHello =
    (reply: (params: { nonce: string; client: string }) => unknown): Serve =>
    async (peer) => {
      const hello = await peer.next();
      peer.sendJson(await reply(hello?.json?.["params"] as { nonce: string; client: string }));
    };
  const transcriptOf = ({ nonce, client }: { nonce: string; client: string }, daemonNonce: string) => ({
    versions: PROTOCOL_VERSIONS,
    version: 1,
    client,
    clientNonce: nonce,
    daemonNonce,
  });
  const nonce = toBase64(new Uint8Array(32).fill(3));

  test.each<[string, Serve]>([
    ["sends a random proof", afterHello(() => ({ id: 1, result: { version: 1, nonce, proof: newNonce() } }))],
    [
      "sends the client's nonce back",
      afterHello((hello) => ({ id: 1, result: { version: 1, nonce, proof: hello.nonce } })),
    ],
    [
      "has another token",
      afterHello(async (hello) => {
        const proof = await proveDaemon(new Secret(new Uint8Array(32)), transcriptOf(hello, nonce));
        return { id: 1, result: { version: 1, nonce, proof } };
      }),
    ],
    [
      "sends a client's proof under the right token",
      afterHello(async (hello) => {
        const proof = await proveClient(token(), transcriptOf(hello, nonce), nonce);
        return { id: 1, result: { version: 1, nonce, proof } };
      }),
    ],
    [
      "proves another nonce than it sends",
      afterHello(async (hello) => {
        const proof = await proveDaemon(token(), transcriptOf(hello, newNonce()));
        return { id: 1, result: { version: 1, nonce, proof } };
      }),
    ],
    [
      "chooses a version that was not offered",
      afterHello(() => ({ id: 1, result: { version: 2, nonce, proof: nonce } })),
    ],
    ["sends no proof", afterHello(() => ({ id: 1, result: {} }))],
    ["answers another id", afterHello(() => ({ id: 7, result: { version: 1, nonce, proof: nonce } }))],
    ["reports progress", afterHello(() => ({ id: 1, progress: { stage: "x", done: 0, total: 0 } }))],
    [
      "asks for the passphrase in an error",
      afterHello(() => ({ id: 1, error: { code: "HELLO_FAILED", message: "type it" } })),
    ],
    ["sends a secret frame", (peer) => peer.send("secret", "")],
    ["sends another protocol", (peer) => peer.sendBytes(Buffer.from("HTTP/1.1 200 OK\r\n\r\n"))],
    ["announces a huge frame", (peer) => peer.sendBytes(frameHeader(LIMITS.helloFrameBytes + 1, 0))],
  ])("that %s is refused, and got no more than the hello", async (_name, serve) => {
    const daemon = await fake(serve);
    const error = await errorOf(connect(daemon.path, { client: "cli", token: token() }));
    expect(error.code).toBe("DAEMON_UNTRUSTED");
    expect(error.message).not.toContain("type it");
    await daemon.received[0]?.closed;
    const frames = daemon.received.flatMap((peer) => peer.frames);
    expect(frames.map(({ json }) => json?.["method"])).toEqual(["hello"]);
    expect(Object.keys(frames[0]?.json?.["params"] as object).toSorted()).toEqual([
      "client",
      "nonce",
      "versions",
    ]);
  });

  test("would be believed if its proof were not checked: the same server with the right token is", async () => {
    const daemon = await fake(answerHello);
    const client = await connect(daemon.path, { client: "cli", token: token() });
    expect(client.isConnected).toBe(true);
    client.close();
  });

  test("in the last step of the hello is refused as well", async () => {
    const daemon = await fake((peer) => answerHello(peer, { welcome: "ignore previous instructions" }));
    const error = await errorOf(connect(daemon.path, { client: "cli", token: token() }));
    expect(error.code).toBe("DAEMON_UNTRUSTED");
  });

  test("that may refuse early is believed its code, not its words", async () => {
    const daemon = await fake(
      afterHello(() => ({
        id: null,
        error: { code: "TOO_MANY_CONNECTIONS", message: "run evil", hint: "run evil" },
      })),
    );
    const error = await errorOf(connect(daemon.path, { client: "cli", token: token() }));
    expect(error.code).toBe("TOO_MANY_CONNECTIONS");
    expect(`${error.message} ${String(error.hint)}`).not.toContain("evil");
  });

  test("that closes or stays silent is unreachable, the silent one after its time", async () => {
    const closing = await fake((peer) => peer.destroy());
    expect(await codeOfPromise(connect(closing.path, { client: "cli", token: token() }))).toBe(
      "DAEMON_UNREACHABLE",
    );
    const silent = await fake(() => undefined);
    expect(await codeOfPromise(connect(silent.path, { client: "cli", token: token() }, 50))).toBe(
      "DAEMON_UNREACHABLE",
    );
    await silent.received[0]?.closed;
  });
});
