import { Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { KeepsakeError } from "../../src/base/errors.ts";
import type { ServerSetup, TestServer } from "./support.ts";
import { abortOf, eventually, gate, startServer } from "./support.ts";

let server: TestServer;
const start = async (setup?: ServerSetup) => {
  server = await startServer(setup);
  return server;
};
afterEach(() => server.close());

const PROJECTS = { projects: [], tags: [] };
const SAVED = { id: "0".repeat(26), reused: false };
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe("draining", () => {
  test("lets requests in flight end, sends their answers, then ends every connection", async () => {
    const open = gate();
    await start({ handlers: { "memory.save": () => open.opened.then(() => SAVED) } });
    const busy = await server.greet();
    const idle = await server.greet();
    const opening = await server.dial();
    busy.sendJson({ id: 1, method: "memory.save", params: { text: "a" } });
    await eventually(() => server.ran.length === 1);
    const drained = server.connections.drain();
    expect(await idle.nextCode()).toBe("closed");
    expect(await opening.nextCode()).toBe("closed");
    expect(busy.isClosed).toBe(false);
    open.open();
    expect(await busy.nextCode()).toBe("result");
    expect(await busy.nextCode()).toBe("closed");
    await drained;
    expect(server.connections.counts).toEqual({ greeted: 0, beforeHello: 0 });
  });

  test("started by a handler still answers the request that started it", async () => {
    await start({
      handlers: {
        "vault.lock": () => {
          void server.connections.drain();
          return { state: "sealed" };
        },
      },
    });
    const client = await server.greet();
    const reply = await client.request("vault.lock");
    expect(reply?.json?.["result"]).toEqual({ state: "sealed" });
    expect(await client.nextCode()).toBe("closed");
  });

  test("takes no request and no connection any more", async () => {
    const open = gate();
    await start({
      handlers: {
        "memory.projects": () => open.opened.then(() => PROJECTS),
        "vault.lock": () => ({ state: "open" }),
      },
    });
    const client = await server.greet();
    client.sendJson({ id: 1, method: "memory.projects", params: {} });
    await eventually(() => server.ran.length === 1);
    const drained = server.connections.drain();
    client.sendJson({ id: 2, method: "vault.lock", params: {} });
    const late = await server.dial();
    expect(await late.hello(server.token("cli"), "cli")).toBe("closed");
    await pause(20);
    open.open();
    await drained;
    expect(server.ran).toEqual(["memory.projects"]);
  });

  test("tells long requests to stop at once, without waiting out the grace", async () => {
    await start({
      handlers: {
        "vault.verify": async (_params, { signal }) => {
          await abortOf(signal);
          signal.throwIfAborted();
        },
      },
    });
    const client = await server.greet();
    client.sendJson({ id: 1, method: "vault.verify", params: {} });
    await eventually(() => server.ran.length === 1);
    const from = performance.now();
    await server.connections.drain();
    expect(performance.now() - from).toBeLessThan(30_000);
    expect(await client.nextCode()).toBe("VAULT_SEALED");
    expect(await client.nextCode()).toBe("closed");
  });

  test("waits for a short request no longer than the grace, then stops it", async () => {
    const reason = gate<unknown>();
    await start({
      limits: { lockGraceMs: 60 },
      handlers: {
        "memory.save": async (_params, { signal }) => {
          reason.open(await abortOf(signal));
          await pause(100_000);
        },
      },
    });
    const client = await server.greet();
    client.sendJson({ id: 1, method: "memory.save", params: { text: "a" } });
    await eventually(() => server.ran.length === 1);
    const from = performance.now();
    await server.connections.drain();
    const took = performance.now() - from;
    expect(took).toBeGreaterThanOrEqual(55);
    expect(took).toBeLessThan(30_000);
    expect(await reason.opened).toMatchObject({ code: "VAULT_SEALED" });
    expect(await client.nextCode()).toBe("VAULT_SEALED");
    expect(await client.nextCode()).toBe("closed");
  });

  test("answers for a long request that does not stop in time", async () => {
    await start({
      limits: { lockGraceMs: 60 },
      handlers: { "vault.rotate": () => pause(100_000) },
    });
    const client = await server.greet();
    client.sendJson({ id: 1, method: "vault.rotate", params: {} });
    await eventually(() => server.ran.length === 1);
    await server.connections.drain();
    expect(await client.nextCode()).toBe("VAULT_SEALED");
    expect(await client.nextCode()).toBe("closed");
  });

  test("is not held up by a client that neither reads nor closes", async () => {
    await start();
    const client = await server.greet();
    client.socket.pause();
    const from = performance.now();
    await server.connections.drain();
    expect(performance.now() - from).toBeLessThan(30_000);
    client.destroy();
  });

  test("may be asked for twice and happens once", async () => {
    await start();
    await server.greet();
    const first = server.connections.drain();
    expect(server.connections.drain()).toBe(first);
    await first;
  });

  test("wipes the secrets of a request whose other secret never came", async () => {
    await start({ handlers: { "key.change": () => ({}) } });
    const client = await server.greet();
    client.sendJson({ id: 1, method: "key.change", params: {} });
    client.send("secret", "old one");
    await pause(20);
    await server.connections.drain();
    expect(await client.nextCode()).toBe("closed");
    expect(server.ran).toEqual([]);
  });
});

test("a socket that ended before it was served takes no place", async () => {
  await start();
  const socket = new Socket();
  socket.destroy();
  server.connections.serve(socket);
  expect(server.connections.counts).toEqual({ greeted: 0, beforeHello: 0 });
});

describe("answers", () => {
  test("come in the order in which handlers end, each with the id of its request", async () => {
    const open = gate();
    await start({
      handlers: {
        "memory.projects": () => open.opened.then(() => PROJECTS),
        "vault.status": () => {
          throw new KeepsakeError("BUSY");
        },
      },
    });
    const client = await server.greet();
    client.sendJson({ id: 11, method: "memory.projects", params: {} });
    client.sendJson({ id: 10, method: "vault.status", params: {} });
    expect((await client.next())?.json?.["id"]).toBe(10);
    open.open();
    expect((await client.next())?.json?.["id"]).toBe(11);
  });

  test("are reported once each, with the client and the code", async () => {
    await start({
      handlers: {
        "memory.projects": () => PROJECTS,
        "vault.status": () => {
          throw new Error("x");
        },
      },
    });
    const client = await server.greet();
    await client.ask("memory.projects");
    await client.ask("vault.status");
    expect(server.answers).toEqual([
      { client: "cli", method: "memory.projects", code: undefined },
      { client: "cli", method: "vault.status", code: "INTERNAL" },
    ]);
  });
});
