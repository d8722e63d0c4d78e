import { afterEach, describe, expect, test } from "vitest";
import { fromBase64, toBase64 } from "../../src/base/bytes.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { Secret } from "../../src/base/secret.ts";
import { newNonce, proveClient } from "../../src/protocol/hello-proofs.ts";
import { METHOD_NAMES } from "../../src/protocol/method-table.ts";
import type { ServerSetup, TestServer } from "./support.ts";
import { eventually, frameHeader, startServer } from "./support.ts";

let server: TestServer;
const start = async (setup?: ServerSetup) => {
  server = await startServer(setup);
  return server;
};
afterEach(() => server.close());

const EVERY_HANDLER = Object.fromEntries(METHOD_NAMES.map((name) => [name, () => ({})]));

describe("before the hello", () => {
  test("every method, known or not, is refused, the connection ends and no handler runs", async () => {
    await start({ handlers: EVERY_HANDLER });
    for (const method of [...METHOD_NAMES, "hello.proof", "__proto__", "", "vault.STATUS"]) {
      const client = await server.dial();
      expect([method, await client.ask(method)]).toEqual([method, "HELLO_REQUIRED"]);
      await client.closed;
    }
    expect(server.ran).toEqual([]);
    expect(server.answers.every(({ method }) => method === "hello")).toBe(true);
  });

  test.each(["secret", "stream"] as const)("a %s frame ends the connection", async (kind) => {
    await start();
    const client = await server.dial();
    client.send(kind, "");
    expect(await client.nextCode()).toBe("HELLO_REQUIRED");
    await client.closed;
  });

  test("a request in the same write as the hello is refused and never runs", async () => {
    await start({ handlers: EVERY_HANDLER });
    const client = await server.dial();
    client.sendJson({ id: 1, method: "hello", params: { versions: [1], client: "cli", nonce: newNonce() } });
    client.sendJson({ id: 2, method: "vault.status", params: {} });
    expect(await client.nextCode()).toBe("HELLO_REQUIRED");
    await client.closed;
    expect(server.ran).toEqual([]);
  });

  test("a second hello does not wait for the answer to the first: the connection ends", async () => {
    await start();
    const client = await server.dial();
    for (const id of [1, 2]) {
      client.sendJson({ id, method: "hello", params: { versions: [1], client: "cli", nonce: newNonce() } });
    }
    expect(await client.nextCode()).toBe("HELLO_REQUIRED");
    expect(await client.nextCode()).toBe("closed");
  });

  test("a frame may hold at most 4 KiB, which is checked from its header", async () => {
    await start();
    const client = await server.dial();
    client.sendBytes(frameHeader(LIMITS.helloFrameBytes + 1, 0));
    expect(await client.nextCode()).toBe("FRAME_TOO_LARGE");
    await client.closed;
  });

  test("a connection that stays silent is ended", async () => {
    await start({ limits: { helloMs: 40 } });
    const client = await server.dial();
    expect(await client.nextCode()).toBe("TIMEOUT");
    await client.closed;
  });

  test("a connection that stops in the middle of the hello is ended, however busy it looks", async () => {
    await start({ limits: { helloMs: 80 } });
    const client = await server.dial();
    await client.openHello("cli");
    client.sendBytes(frameHeader(100, 0));
    const drip = setInterval(() => client.sendBytes(Uint8Array.of(0x20)), 5);
    expect(await client.nextCode()).toBe("TIMEOUT");
    clearInterval(drip);
    await client.closed;
  });

  test("without that limit the silent connection stays: the limit is what ends it", async () => {
    await start({ limits: { helloMs: Infinity } });
    const client = await server.dial();
    await new Promise((resolve) => setTimeout(resolve, 120));
    expect(client.isClosed).toBe(false);
    expect(await client.hello(server.token("cli"), "cli")).toBe("result");
  });
});

describe("the hello", () => {
  test("lets a client in that holds its token", async () => {
    await start({ handlers: { "vault.lock": () => ({ state: "sealed" }) } });
    const client = await server.dial();
    expect(await client.hello(server.token("cli"), "cli")).toBe("result");
    expect((await client.request("vault.lock"))?.json?.["result"]).toEqual({ state: "sealed" });
  });

  test("is over with its last answer: its time limit binds no longer", async () => {
    await start({ limits: { helloMs: 1_000 }, handlers: { "vault.lock": () => ({ state: "sealed" }) } });
    const client = await server.greet();
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    expect(await client.ask("vault.lock")).toBe("result");
  });

  test("refuses another token", async () => {
    await start();
    const client = await server.dial();
    const wrong = new Secret(new Uint8Array(32).fill(1));
    expect(await client.hello(wrong, "cli")).toBe("HELLO_FAILED");
    await client.closed;
  });

  test("refuses a proof with one bit changed", async () => {
    await start();
    const client = await server.dial();
    const { transcript, proof } = await client.openHello("cli");
    const bytes = fromBase64(await proveClient(server.token("cli"), transcript, proof));
    bytes[31]! ^= 1;
    client.sendJson({ id: 2, method: "hello.proof", params: { proof: toBase64(bytes) } });
    expect(await client.nextCode()).toBe("HELLO_FAILED");
    await client.closed;
  });

  test("refuses the replay of a whole recorded hello", async () => {
    await start();
    const recorded = await server.dial();
    const { transcript, proof } = await recorded.openHello("cli");
    const clientProof = await proveClient(server.token("cli"), transcript, proof);
    recorded.sendJson({ id: 2, method: "hello.proof", params: { proof: clientProof } });
    expect(await recorded.nextCode()).toBe("result");

    const replay = await server.dial();
    replay.sendJson({
      id: 1,
      method: "hello",
      params: { versions: [1], client: "cli", nonce: transcript.clientNonce },
    });
    const reply = await replay.next();
    expect(reply?.json?.["result"].nonce).not.toBe(transcript.daemonNonce);
    replay.sendJson({ id: 2, method: "hello.proof", params: { proof: clientProof } });
    expect(await replay.nextCode()).toBe("HELLO_FAILED");
  });

  test("refuses the daemon's own proof sent back", async () => {
    await start();
    const client = await server.dial();
    const { proof } = await client.openHello("cli");
    client.sendJson({ id: 2, method: "hello.proof", params: { proof } });
    expect(await client.nextCode()).toBe("HELLO_FAILED");
  });

  test("answers a name that no client has like any other, with a fresh proof each time", async () => {
    await start();
    const proofs = new Set<string>();
    for (const name of ["nobody", "nobody", "cli", "cli"]) {
      const client = await server.dial();
      const { code, proof, transcript } = await client.openHello(name);
      expect([code, proof.length, transcript.daemonNonce.length]).toEqual(["result", 44, 44]);
      proofs.add(proof);
      client.sendJson({
        id: 2,
        method: "hello.proof",
        params: { proof: await proveClient(new Secret(new Uint8Array(32)), transcript, proof) },
      });
      const refusal = await client.next();
      expect(refusal?.json).toEqual({
        id: 2,
        error: expect.objectContaining({
          code: "HELLO_FAILED",
          message: "the client could not prove that it holds its token",
        }) as unknown,
      });
    }
    expect(proofs.size).toBe(4);
  });

  test("answers a client whose token file is unusable like an unknown one, and says so in the log", async () => {
    const { KeepsakeError } = await import("../../src/base/errors.ts");
    await start({
      registry: {
        find: () => Promise.reject(new KeepsakeError("UNSAFE_PATH", "/some/path")),
        onRevoked: () => undefined,
      },
    });
    const client = await server.dial();
    expect(await client.hello(server.token("cli"), "cli")).toBe("HELLO_FAILED");
    expect(server.log).toContainEqual(
      expect.objectContaining({ event: "client-unusable", code: "UNSAFE_PATH", client: "cli" }),
    );
    expect(JSON.stringify(client.frames)).not.toContain("/some/path");
  });

  test("refuses versions it does not speak and says which it does", async () => {
    await start();
    const client = await server.dial();
    client.sendJson({
      id: 1,
      method: "hello",
      params: { versions: [999], client: "cli", nonce: newNonce() },
    });
    const reply = await client.next();
    expect(reply?.json?.["error"]).toMatchObject({
      code: "UNSUPPORTED_VERSION",
      data: { newest: 1, oldest: 1 },
    });
    await client.closed;
  });

  test.each([
    ["without a nonce", { versions: [1], client: "cli" }],
    ["with a token", { versions: [1], client: "cli", nonce: newNonce(), token: newNonce() }],
    ["with a path as client", { versions: [1], client: "../cli", nonce: newNonce() }],
    [
      "with a prototype",
      JSON.parse(`{"versions":[1],"client":"cli","nonce":"${newNonce()}","__proto__":{}}`),
    ],
  ])("%s is refused", async (_name, params) => {
    await start();
    const client = await server.dial();
    expect(await client.ask("hello", params)).toBe("INVALID_PARAMS");
    await client.closed;
  });

  test("cannot be said twice", async () => {
    await start();
    const client = await server.greet();
    expect(await client.ask("hello", { versions: [1], client: "cli", nonce: newNonce() })).toBe(
      "UNKNOWN_METHOD",
    );
  });

  test("never carries the token, in no encoding", async () => {
    await start();
    const token = server.token("cli");
    const client = await server.dial();
    const sent: Buffer[] = [];
    const write = client.socket.write.bind(client.socket);
    client.socket.write = (bytes: Uint8Array | string) => {
      sent.push(Buffer.from(bytes));
      return write(bytes);
    };
    expect(await client.hello(token, "cli")).toBe("result");
    const wire = Buffer.concat([...sent, ...client.frames.map(({ body }) => Buffer.from(body))]);
    const raw = Buffer.from(token.bytes);
    for (const form of [raw, raw.toString("base64"), raw.toString("base64url"), raw.toString("hex")]) {
      expect(wire.indexOf(form)).toBe(-1);
    }
    expect(wire.indexOf("hello.proof")).toBeGreaterThan(0);
  });
});

describe("a revoked client", () => {
  test("loses its open connections, and those still saying hello, at once", async () => {
    await start({ clients: { cli: {}, host: {} } });
    const open = await server.greet("host");
    const opening = await server.dial();
    await opening.openHello("host");
    const other = await server.greet("cli");
    server.revoke("host");
    expect(await open.nextCode()).toBe("HELLO_FAILED");
    expect(await opening.nextCode()).toBe("HELLO_FAILED");
    await Promise.all([open.closed, opening.closed]);
    expect(other.isClosed).toBe(false);
    const again = await server.dial();
    expect(await again.hello(server.token("host"), "host")).toBe("HELLO_FAILED");
    await eventually(() => server.connections.counts.greeted === 1);
  });
});
