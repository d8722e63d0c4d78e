import { afterEach, describe, expect, test } from "vitest";
import { concatBytes } from "../../src/base/bytes.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { encodeFrame } from "../../src/protocol/frame.ts";
import type { RawClient, ServerSetup, TestServer } from "./support.ts";
import { NO_RATES, eventually, frameHeader, gate, startServer } from "./support.ts";

let server: TestServer;
const start = async (setup?: ServerSetup) => {
  server = await startServer({ rateLimits: NO_RATES, ...setup });
  return server;
};
afterEach(() => server.close());

const LOCK = { "vault.lock": () => ({ state: "open" }) };
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Bytes held by this process that the tests' own clients do not hold. */
function heldBytes(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

describe("frames after the hello", () => {
  test.each([
    ["json", 0, LIMITS.frameBytes],
    ["secret", 1, LIMITS.secretFrameBytes],
    ["stream", 2, LIMITS.frameBytes],
  ])("of kind %s are refused one byte over their cap, by the header alone", async (_kind, type, most) => {
    await start({ handlers: LOCK });
    const atCap = await server.greet();
    atCap.sendBytes(frameHeader(most, type));
    await pause(20);
    expect(atCap.isClosed).toBe(false);
    const over = await server.greet();
    over.sendBytes(frameHeader(most + 1, type));
    const reply = await over.next();
    expect(reply?.json).toMatchObject({ id: null, error: { code: "FRAME_TOO_LARGE" } });
    expect(reply?.json?.["error"].message).toContain(String(most));
    await over.closed;
  });

  test("of the largest size are read, over it only when the cap is raised", async () => {
    await start({ handlers: LOCK, limits: { frameBytes: LIMITS.frameBytes * 2 } });
    const client = await server.greet();
    const padded = `{"id":1,"method":"vault.lock","params":{}${" ".repeat(LIMITS.frameBytes)}}`;
    client.send("json", padded);
    expect(await client.nextCode()).toBe("result");
  });

  test("get exactly one error when they are nested too deep, not UTF-8, or of no known type", async () => {
    await start({ handlers: LOCK });
    const deep = "[".repeat(LIMITS.jsonDepth);
    for (const [bytes, code] of [
      [
        encodeFrame("json", Buffer.from(`{"id":1,"method":"vault.lock","params":${deep}`)),
        "MALFORMED_REQUEST",
      ],
      [encodeFrame("json", Buffer.from("[".repeat(1_000_000))), "MALFORMED_REQUEST"],
      [encodeFrame("json", Uint8Array.of(0xff, 0xfe)), "MALFORMED_REQUEST"],
      [frameHeader(0, 0), "MALFORMED_FRAME"],
      [frameHeader(1, 3), "MALFORMED_FRAME"],
    ] as const) {
      const client = await server.greet();
      client.sendBytes(concatBytes(bytes, bytes));
      expect(await client.nextCode()).toBe(code);
      expect(await client.nextCode()).toBe("closed");
    }
    expect(server.ran).toEqual([]);
  });

  test("that arrive byte by byte are read, if they arrive in time", async () => {
    await start({ handlers: LOCK });
    const client = await server.greet();
    for (const byte of encodeFrame("json", Buffer.from('{"id":1,"method":"vault.lock","params":{}}'))) {
      client.sendBytes(Uint8Array.of(byte));
      await pause(0);
    }
    expect(await client.nextCode()).toBe("result");
  });

  test("that do not end in time end the connection, however busy they look", async () => {
    await start({ handlers: LOCK, limits: { partialFrameMs: 60 } });
    const client = await server.greet();
    client.sendBytes(frameHeader(1_000, 0));
    const drip = setInterval(() => client.sendBytes(Uint8Array.of(0x20)), 5);
    expect(await client.nextCode()).toBe("TIMEOUT");
    clearInterval(drip);
  });

  test("may take their time without that limit: it is what ends the connection", async () => {
    await start({ handlers: LOCK, limits: { partialFrameMs: Infinity } });
    const client = await server.greet();
    const frame = encodeFrame("json", Buffer.from('{"id":1,"method":"vault.lock","params":{}}'));
    client.sendBytes(frame.slice(0, 9));
    await pause(100);
    client.sendBytes(frame.slice(9));
    expect(await client.nextCode()).toBe("result");
  });
});

describe("requests in flight", () => {
  test("may be 16 on a connection; one more ends it", async () => {
    const open = gate();
    await start({
      handlers: { "memory.projects": () => open.opened.then(() => ({ projects: [], tags: [] })) },
    });
    const client = await server.greet();
    for (let id = 1; id <= LIMITS.requestsInFlight; id++)
      client.sendJson({ id, method: "memory.projects", params: {} });
    await eventually(() => server.ran.length === LIMITS.requestsInFlight);
    const other = await server.greet();
    for (let id = 1; id <= LIMITS.requestsInFlight + 1; id++) {
      other.sendJson({ id, method: "memory.projects", params: {} });
    }
    expect((await other.next())?.json).toMatchObject({ id: null, error: { code: "BUSY" } });
    await other.closed;
    open.open();
    expect(new Set(await client.nextCodes(LIMITS.requestsInFlight))).toEqual(new Set(["result"]));
  });

  test("may be more when the cap is raised", async () => {
    const open = gate();
    await start({
      handlers: { "memory.projects": () => open.opened.then(() => ({ projects: [], tags: [] })) },
      limits: { requestsInFlight: Infinity },
    });
    const client = await server.greet();
    for (let id = 1; id <= 40; id++) client.sendJson({ id, method: "memory.projects", params: {} });
    await eventually(() => server.ran.length === 40);
    open.open();
    expect(new Set(await client.nextCodes(40))).toEqual(new Set(["result"]));
  });

  test("keep their place until their handler has ended, though TIMEOUT was answered", async () => {
    const open = gate();
    await start({
      limits: { requestMs: 20, requestsInFlight: 1 },
      handlers: { "memory.projects": () => open.opened },
    });
    const client = await server.greet();
    expect(await client.ask("memory.projects")).toBe("TIMEOUT");
    expect(await client.ask("memory.projects")).toBe("BUSY");
    open.open();
  });

  test("cannot share an id", async () => {
    const open = gate();
    await start({ handlers: { "memory.projects": () => open.opened } });
    const client = await server.greet();
    client.sendJson({ id: 7, method: "memory.projects", params: {} });
    client.sendJson({ id: 7, method: "memory.projects", params: {} });
    expect(await client.nextCode()).toBe("MALFORMED_REQUEST");
    open.open();
  });
});

describe("connections", () => {
  const clients = Object.fromEntries(Array.from({ length: 5 }, (_, index) => [`host-${index}`, {}]));

  test("of one client may be 8; one more is refused and ends", async () => {
    await start({ clients: { cli: {}, host: {} }, handlers: LOCK });
    const open: RawClient[] = [];
    for (let index = 0; index < LIMITS.connectionsPerClient; index++) open.push(await server.greet("host"));
    const over = await server.dial();
    expect(await over.hello(server.token("host"), "host")).toBe("TOO_MANY_CONNECTIONS");
    await over.closed;
    expect(await (await server.greet("cli")).ask("vault.lock")).toBe("result");
    open.pop()?.destroy();
    await eventually(() => server.connections.counts.greeted === LIMITS.connectionsPerClient);
    const again = await server.dial();
    expect(await again.hello(server.token("host"), "host")).toBe("result");
  });

  test("may be 32 in all; one more is refused and ends", async () => {
    await start({ clients, handlers: LOCK });
    for (let index = 0; index < LIMITS.connections; index++) await server.greet(`host-${index % 4}`);
    const over = await server.dial();
    expect(await over.hello(server.token("host-4"), "host-4")).toBe("TOO_MANY_CONNECTIONS");
    await over.closed;
    expect(server.connections.counts.greeted).toBe(LIMITS.connections);
  });

  test("may be more when the caps are raised", async () => {
    await start({ limits: { connections: Infinity, connectionsPerClient: Infinity } });
    for (let index = 0; index < LIMITS.connections + 1; index++) await server.greet();
    expect(server.connections.counts.greeted).toBe(LIMITS.connections + 1);
  });

  test("that are idle end; those with a request in flight do not", async () => {
    const open = gate();
    await start({
      limits: { connectionIdleMs: 300 },
      handlers: { "memory.projects": () => open.opened.then(() => ({ projects: [], tags: [] })) },
    });
    const idle = await server.greet();
    const busy = await server.greet();
    busy.sendJson({ id: 1, method: "memory.projects", params: {} });
    expect(await idle.nextCode()).toBe("TIMEOUT");
    await idle.closed;
    expect(busy.isClosed).toBe(false);
    await pause(320);
    open.open();
    expect(await busy.nextCode()).toBe("result");
    expect(await busy.nextCode()).toBe("TIMEOUT");
  });

  test("that are idle stay without that limit", async () => {
    await start({ limits: { connectionIdleMs: Infinity } });
    const idle = await server.greet();
    await pause(150);
    expect(idle.isClosed).toBe(false);
  });
});

describe("half-open connections", () => {
  const SLOW = 256;

  async function openSlowOnes(): Promise<RawClient[]> {
    const slow: RawClient[] = [];
    for (let index = 0; index < SLOW; index++) {
      const client = await server.dial();
      if (index % 3 === 1) client.sendBytes(frameHeader(200, 0));
      if (index % 3 === 2) client.sendJson({ id: 1, method: "hello", params: {} });
      slow.push(client);
    }
    return slow;
  }

  test("by the hundred leave a good client's requests alone and do not keep another one out", async () => {
    await start({ handlers: LOCK });
    const good = await server.greet();
    const times: number[] = [];
    const flood = new AbortController();
    const measure = async () => {
      while (!flood.signal.aborted) {
        const from = performance.now();
        expect(await good.ask("vault.lock")).toBe("result");
        times.push(performance.now() - from);
      }
    };
    const measured = measure();
    const slow = await openSlowOnes();
    const late = await server.greet();
    for (let round = 0; round < 100; round++) expect(await late.ask("vault.lock")).toBe("result");
    flood.abort();
    await measured;
    expect(server.connections.counts.beforeHello).toBeLessThanOrEqual(LIMITS.connectionsBeforeHello);
    expect(slow.filter(({ isClosed }) => isClosed).length).toBeGreaterThanOrEqual(
      SLOW - 2 * LIMITS.connectionsBeforeHello,
    );
    expect(times.length).toBeGreaterThan(20);
    const p99 = times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0;
    expect(p99).toBeLessThan(20_000);
    for (const client of slow) client.destroy();
  });

  test("would pile up without their cap", async () => {
    await start({ handlers: LOCK, limits: { connectionsBeforeHello: Infinity } });
    const slow: RawClient[] = [];
    for (let index = 0; index < 64; index++) slow.push(await server.dial());
    await eventually(() => server.connections.counts.beforeHello >= 64);
    expect(slow.filter(({ isClosed }) => isClosed)).toEqual([]);
    for (const client of slow) client.destroy();
  });

  test("are told why they end", async () => {
    await start({ limits: { connectionsBeforeHello: 1 } });
    const first = await server.dial();
    const second = await server.dial();
    expect(await first.nextCode()).toBe("TOO_MANY_CONNECTIONS");
    await first.closed;
    expect(await second.hello(server.token("cli"), "cli")).toBe("result");
  });
});

describe("a client that never reads", () => {
  const large = { projects: [], tags: [{ tag: "t".repeat(900_000), count: 1 }] };

  async function flood(client: RawClient, requests: number): Promise<void> {
    client.socket.pause();
    const batch = (id: number) =>
      encodeFrame("json", Buffer.from(JSON.stringify({ id, method: "memory.projects", params: {} })));
    for (let id = 1; id <= requests && !client.socket.destroyed; id++) {
      client.sendBytes(batch(id));
      if (id % 8 === 0) await pause(2);
    }
  }

  test("is no longer read, then destroyed, and holds a bounded amount of memory until then", async () => {
    await start({
      handlers: { "memory.projects": () => large },
      limits: { unreadMs: 1_000, unreadBytes: Infinity },
    });
    const client = await server.greet();
    const before = heldBytes();
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, heldBytes() - before);
    }, 2);
    await flood(client, 400);
    await eventually(() => server.connections.counts.greeted === 0);
    clearInterval(watch);
    expect(server.log.some(({ event }) => event === "client-not-reading")).toBe(true);
    expect(server.ran.length).toBeLessThanOrEqual(2 * LIMITS.requestsInFlight);
    expect(most).toBeLessThan(100 << 20);
    client.destroy();
  });

  test("is destroyed at once when more piles up than may", async () => {
    await start({
      handlers: { "memory.projects": () => large },
      limits: { unreadBytes: 2 << 20, unreadMs: Infinity },
    });
    const client = await server.greet();
    await flood(client, 16);
    await eventually(() => server.connections.counts.greeted === 0);
    expect(server.log.at(-1)).toMatchObject({ event: "client-not-reading", client: "cli" });
    client.destroy();
  });

  test("stays connected without those limits: they are what ends it", async () => {
    await start({
      handlers: { "memory.projects": () => large },
      limits: { unreadBytes: Infinity, unreadMs: Infinity, requestsInFlight: Infinity, lockGraceMs: 50 },
    });
    const client = await server.greet();
    await flood(client, 24);
    await pause(300);
    expect(server.connections.counts.greeted).toBe(1);
    client.destroy();
  });

  test("that reads again in time gets every answer", async () => {
    await start({ handlers: { "memory.projects": () => large } });
    const client = await server.greet();
    await flood(client, LIMITS.requestsInFlight);
    await pause(60);
    client.socket.resume();
    expect(new Set(await client.nextCodes(LIMITS.requestsInFlight))).toEqual(new Set(["result"]));
  });
});
