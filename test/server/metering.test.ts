/** What a client pays for: every frame by its bytes, every request, and refusals, whoever it is but `cli`. */
import { afterEach, describe, expect, test } from "vitest";
import { LIMITS } from "../../src/base/limits.ts";
import type { RateLimits } from "../../src/policy/rate-limits.ts";
import { REFUSAL_RATE, REQUEST_RATE, createRateLimits } from "../../src/policy/rate-limits.ts";
import { encodeFrame } from "../../src/protocol/frame.ts";
import { FakeClock } from "../support/fake-clock.ts";
import type { RawClient, ServerSetup, TestServer } from "./support.ts";
import { NO_RATES, eventually, startServer } from "./support.ts";

let server: TestServer;
const LOCK = { "vault.lock": () => ({ state: "open" }) };
const clients = { cli: {}, host: { scopes: ["read", "write", "forget"] as const }, other: {} };
const start = async (setup?: ServerSetup) => {
  server = await startServer({
    clients,
    handlers: LOCK,
    rateLimits: unpaced(new FakeClock()),
    ...setup,
  });
  return server;
};
afterEach(() => server.close());

/** On a clock that stands still a pace would never end. */
function unpaced(clock: FakeClock): RateLimits {
  const limits = createRateLimits(clock);
  return {
    ...limits,
    takeBytes: (client, bytes) => Math.min(0, limits.takeBytes(client, bytes)),
    chargeBytes: () => 0,
  };
}

const MIB = 1 << 20;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const frameOf = (text: string) => encodeFrame("json", Buffer.from(text));
/** A request of a size, whose id comes first. */
const large = (id: number, method = "vault.lock") => {
  const head = `{"id":${id},"method":"${method}","params":{}`;
  return frameOf(`${head}${" ".repeat(MIB - head.length - 1)}}`);
};

/** Sends until the connection ends. @returns every code, the last one being of the connection */
async function codesUntilClosed(client: RawClient, bytes: (id: number) => Uint8Array): Promise<string[]> {
  const codes: string[] = [];
  for (let id = 1; ; id++) {
    client.sendBytes(bytes(id));
    const code = await client.nextCode();
    if (code === "closed") return codes;
    codes.push(code);
  }
}

describe("frames", () => {
  test("of 1 MiB are taken 60 times at once, then refused unread with the time to wait", async () => {
    await start();
    const client = await server.greet("host");
    let taken = 0;
    for (; taken < 200; taken++) {
      client.sendBytes(large(taken + 1));
      if ((await client.nextCode()) !== "result") break;
    }
    expect(taken).toBeGreaterThanOrEqual(60);
    expect(taken).toBeLessThanOrEqual(64);
    const unreadable = `{"id":777,"method":"${"[".repeat(5_000)}`;
    client.sendBytes(frameOf(`${unreadable}${" ".repeat(MIB - unreadable.length)}`));
    const refusal = await client.next();
    expect(refusal?.json).toMatchObject({ id: 777, error: { code: "RATE_LIMITED" } });
    expect(refusal?.json?.["error"].data.retryAfterMs).toBeGreaterThan(0);
    expect(server.answers.at(-1)).toEqual({ client: "host", method: undefined, code: "RATE_LIMITED" });
    expect(await client.ask("vault.lock")).toBe("result");
  });

  test("that show no id end the connection when they are not paid for", async () => {
    await start({ rateLimits: { ...NO_RATES, takeBytes: unpaced(new FakeClock()).takeBytes } });
    const client = await server.greet("host");
    const codes = await codesUntilClosed(client, () =>
      frameOf(`{"method":"vault.lock","params":{},"id":1${" ".repeat(MIB - 60)}}`),
    );
    expect(codes.at(-1)).toBe("RATE_LIMITED");
    expect(client.frames.at(-1)?.json?.["id"]).toBeNull();
  });

  test("of a stream are not refused: the connection is read more slowly", async () => {
    const charged: number[] = [];
    const rateLimits: RateLimits = {
      ...NO_RATES,
      chargeBytes: (_client, bytes) => {
        charged.push(bytes);
        return bytes > 1_000 ? 80 : 0;
      },
    };
    await start({
      rateLimits,
      handlers: {
        "data.import": async (_params, { stream }) => {
          for await (const _ of stream);
          return { stored: 0, duplicates: 0, rejected: 0, circular: 0, rejectedLines: [] };
        },
      },
    });
    const client = await server.greet("other");
    client.sendJson({ id: 1, method: "data.import", params: { format: "ours" } });
    const from = performance.now();
    for (let chunk = 0; chunk < 3; chunk++) {
      client.send("stream", new Uint8Array(200_000));
      await eventually(() => charged.filter((bytes) => bytes === 200_000).length > chunk);
    }
    client.send("stream", "");
    expect(await client.nextCode()).toBe("result");
    expect(performance.now() - from).toBeGreaterThanOrEqual(235);
  });

  test("that were refused unread may not come where no request may", async () => {
    const limits = unpaced(new FakeClock());
    await start({
      rateLimits: { ...NO_RATES, takeBytes: limits.takeBytes },
      handlers: { "key.change": () => ({}) },
    });
    limits.takeBytes({ id: "other" }, 64 * MIB);
    const client = await server.greet("other");
    client.sendJson({ id: 1, method: "key.change", params: {} });
    client.sendBytes(large(2));
    expect(await client.nextCode()).toBe("MALFORMED_REQUEST");
    expect(await client.nextCode()).toBe("closed");
  });

  test("cost the cli nothing", async () => {
    await start();
    const client = await server.greet("cli");
    for (let id = 1; id <= 70; id++) {
      client.sendBytes(large(id));
      expect(await client.nextCode()).toBe("result");
    }
  });
});

describe("requests", () => {
  test.each([
    ["of no method", "nothing.here", "UNKNOWN_METHOD"],
    ["of a scope the client does not have", "vault.purge", "SCOPE_DENIED"],
    ["that any client may make", "vault.lock", "result"],
  ])("%s are counted before anything else", async (_what, method, code) => {
    await start({ rateLimits: { ...unpaced(new FakeClock()), countRefusal: () => undefined } });
    const client = await server.greet("host");
    for (let request = 0; request < REQUEST_RATE.burst; request++)
      expect(await client.ask(method)).toBe(code);
    const reply = await client.request(method);
    expect(reply?.json).toMatchObject({ error: { code: "RATE_LIMITED", data: { retryAfterMs: 100 } } });
    expect(await (await server.greet("other")).ask("vault.lock")).toBe("result");
  });

  test("and cancels share one rate; a cancel too many ends the connection, and is heard all the same", async () => {
    const reasons: unknown[] = [];
    await start({
      handlers: {
        "memory.projects": (_params, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => {
              reasons.push(signal.reason);
              reject(signal.reason as Error);
            });
          }),
      },
    });
    const client = await server.greet("host");
    client.sendJson({ id: 1, method: "memory.projects", params: {} });
    for (let cancel = 0; cancel < REQUEST_RATE.burst - 1; cancel++) client.sendJson({ id: 5, cancel: true });
    await eventually(() => server.ran.length === 1);
    client.sendJson({ id: 1, cancel: true });
    expect(new Set([await client.nextCode(), await client.nextCode()])).toContain("RATE_LIMITED");
    await client.closed;
    expect(reasons).toMatchObject([{ code: "CANCELLED" }]);
  });
});

describe("refusals", () => {
  test("that do not stop end the connection, with a typed error behind the last one", async () => {
    await start();
    const client = await server.greet("host");
    const codes = await codesUntilClosed(client, (id) => frameOf(`{"id":${id},"method":"x","params":{}}`));
    expect(codes.filter((code) => code === "UNKNOWN_METHOD")).toHaveLength(REFUSAL_RATE.burst);
    expect(codes.at(-1)).toBe("RATE_LIMITED");
    const last = client.frames.at(-1)?.json;
    expect(last).toMatchObject({ id: null, error: { code: "RATE_LIMITED" } });
    expect(last?.["error"].data.retryAfterMs).toBeGreaterThan(0);
  });

  test("of a whole write at once are answered no longer than that", async () => {
    await start();
    const client = await server.greet("host");
    const request = frameOf('{"id":1,"method":"x","params":{}}');
    client.sendBytes(Buffer.concat(Array.from({ length: 5_000 }, () => request)));
    client.socket.end();
    await client.closed;
    expect(client.frames.length).toBeLessThan(REFUSAL_RATE.burst + 5);
  });

  test("keep the client from coming back at once, and no other one", async () => {
    const clock = new FakeClock();
    await start({ rateLimits: unpaced(clock) });
    await codesUntilClosed(await server.greet("host"), () => frameOf('{"id":1,"method":"x","params":{}}'));
    const back = await server.dial();
    expect(await back.hello(server.token("host"), "host")).toBe("RATE_LIMITED");
    await back.closed;
    expect(await (await server.greet("other")).ask("vault.lock")).toBe("result");
    clock.advance(REFUSAL_RATE.burst * 1_000);
    expect(await (await server.greet("host")).ask("vault.lock")).toBe("result");
  });

  test("of the connection itself count as well: whoever sends nonsense and comes back is kept out", async () => {
    await start();
    for (let round = 0; round < REFUSAL_RATE.burst; round++) {
      const client = await server.greet("host");
      client.sendBytes(frameOf("[]"));
      expect(await client.nextCode()).toBe("MALFORMED_REQUEST");
      client.destroy();
    }
    const back = await server.dial();
    expect(await back.hello(server.token("host"), "host")).toBe("RATE_LIMITED");
  });

  test("of a hello count for no client: whoever has no token cannot keep one out", async () => {
    await start();
    for (let round = 0; round < REFUSAL_RATE.burst + 10; round++) {
      const client = await server.dial();
      expect(await client.hello(server.token("other"), "host")).toBe("HELLO_FAILED");
      client.destroy();
    }
    expect(await (await server.greet("host")).ask("vault.lock")).toBe("result");
  });

  test("never end a connection of the cli", async () => {
    await start();
    const client = await server.greet("cli");
    for (let round = 0; round < 2 * REFUSAL_RATE.burst; round++)
      expect(await client.ask("x")).toBe("UNKNOWN_METHOD");
    await pause(0);
    expect(await client.ask("vault.lock")).toBe("result");
  });
});

describe("places", () => {
  test("of the cli are its own: as many hosts as there may be do not keep it out, nor the other way round", async () => {
    const hosts = Object.fromEntries([1, 2, 3, 4, 5].map((index) => [`host-${index}`, {}]));
    await start({ clients: { cli: {}, ...hosts } });
    for (let index = 0; index < LIMITS.connectionsPerClient; index++) await server.greet("cli");
    for (let index = 0; index < LIMITS.connections; index++) await server.greet(`host-${(index % 4) + 1}`);
    const over = await server.dial();
    expect(await over.hello(server.token("host-5"), "host-5")).toBe("TOO_MANY_CONNECTIONS");
    expect(server.connections.counts.greeted).toBe(LIMITS.connections + LIMITS.connectionsPerClient);
    const ninth = await server.dial();
    expect(await ninth.hello(server.token("cli"), "cli")).toBe("TOO_MANY_CONNECTIONS");
  });

  test("are left by silent newcomers before one that has begun its hello", async () => {
    await start({ limits: { connectionsBeforeHello: 4 } });
    const polite = await server.dial();
    const { transcript, proof } = await polite.openHello("cli");
    const silent: RawClient[] = [];
    for (let index = 0; index < 20; index++) silent.push(await server.dial());
    await eventually(() => silent.filter(({ isClosed }) => isClosed).length >= 17);
    expect(polite.isClosed).toBe(false);
    const { proveClient } = await import("../../src/protocol/hello-proofs.ts");
    const clientProof = await proveClient(server.token("cli"), transcript, proof);
    polite.sendJson({ id: 2, method: "hello.proof", params: { proof: clientProof } });
    expect(await polite.nextCode()).toBe("result");
    for (const client of silent) client.destroy();
  });
});
