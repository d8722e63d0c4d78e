import { afterEach, describe, expect, test } from "vitest";
import { KeepsakeError } from "../../src/base/errors.ts";
import { LIMITS } from "../../src/base/limits.ts";
import type { Secret } from "../../src/base/secret.ts";
import { encodeFrame } from "../../src/protocol/frame.ts";
import type { RawClient, ServerSetup, TestServer } from "./support.ts";
import { eventually, gate, startServer } from "./support.ts";

let server: TestServer;
const start = async (setup?: ServerSetup) => {
  server = await startServer(setup);
  return server;
};
afterEach(() => server.close());

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const OPEN = {
  state: "open",
  already: false,
  memories: 0,
  drained: 0,
  damage: { damaged: [], damagedCount: 0, missingCount: 0 },
};
const IMPORTED = { stored: 0, duplicates: 0, rejected: 0, circular: 0, rejectedLines: [] };
const LOCK = { "vault.lock": () => ({ state: "open" }) };
const unlock = (client: RawClient) =>
  client.sendJson({ id: client.nextId(), method: "vault.unlock", params: { with: "passphrase" } });
const importing = (client: RawClient) =>
  client.sendJson({ id: client.nextId(), method: "data.import", params: { format: "ours" } });

describe("secret frames", () => {
  test("reach the handler in order, as bytes, and are wiped when it has ended", async () => {
    const seen: { secrets: readonly Secret[]; texts: string[] }[] = [];
    await start({
      handlers: {
        "key.change": (_params, { secrets }) => {
          seen.push({ secrets, texts: secrets.map(({ bytes }) => Buffer.from(bytes).toString()) });
          throw new KeepsakeError("WRONG_PASSPHRASE");
        },
      },
    });
    const client = await server.greet();
    client.sendJson({ id: 1, method: "key.change", params: {} });
    client.send("secret", "old one");
    await pause(10);
    expect(seen).toEqual([]);
    client.send("secret", "new one");
    expect(await client.nextCode()).toBe("WRONG_PASSPHRASE");
    expect(seen[0]?.texts).toEqual(["old one", "new one"]);
    expect(seen[0]?.secrets.every(({ isWiped }) => isWiped)).toBe(true);
  });

  test.each<[string, (secrets: readonly Secret[]) => unknown]>([
    ["succeeds", () => OPEN],
    [
      "throws",
      () => {
        throw new Error("x");
      },
    ],
    ["returns nonsense", () => ({})],
  ])("are wiped when the handler %s", async (_name, handler) => {
    let kept: readonly Secret[] = [];
    await start({
      handlers: {
        "vault.unlock": (_params, { secrets }) => {
          kept = secrets;
          return handler(secrets);
        },
      },
    });
    const client = await server.greet();
    unlock(client);
    client.send("secret", "a passphrase");
    await client.next();
    expect(kept.map(({ isWiped }) => isWiped)).toEqual([true]);
  });

  test("stay whole while a handler still reads them, though its client is gone", async () => {
    const goOn = gate();
    const ended = gate<string>();
    let kept: Secret | undefined;
    await start({
      handlers: {
        "vault.unlock": async (_params, { secrets }) => {
          kept = secrets[0];
          await goOn.opened;
          ended.open(Buffer.from(kept?.bytes ?? []).toString());
          return OPEN;
        },
      },
    });
    const client = await server.greet();
    unlock(client);
    client.send("secret", "a passphrase");
    await eventually(() => server.ran.length === 1);
    client.destroy();
    await eventually(() => server.connections.counts.greeted === 0);
    goOn.open();
    expect(await ended.opened).toBe("a passphrase");
    await eventually(() => kept?.isWiped === true);
  });

  test("are as many as the params ask for; one more ends the connection", async () => {
    await start({ handlers: { "vault.unlock": () => OPEN } });
    const client = await server.greet();
    client.sendJson({ id: 1, method: "vault.unlock", params: { with: "keychain" } });
    expect(await client.nextCode()).toBe("result");
    unlock(client);
    client.send("secret", "a passphrase");
    expect(await client.nextCode()).toBe("result");
    client.send("secret", "one too many");
    expect(await client.nextCode()).toBe("MALFORMED_REQUEST");
    await client.closed;
  });

  test("that do not come in time end the connection, and the handler never runs", async () => {
    await start({ handlers: { "key.change": () => ({}) }, limits: { partialFrameMs: 50 } });
    const client = await server.greet();
    client.sendJson({ id: 1, method: "key.change", params: {} });
    client.send("secret", "old one");
    expect(await client.nextCode()).toBe("TIMEOUT");
    expect(server.ran).toEqual([]);
  });

  test.each(["json", "stream"] as const)("cannot be interrupted by a %s frame", async (kind) => {
    await start({ handlers: { ...LOCK, "vault.unlock": () => OPEN } });
    const client = await server.greet();
    unlock(client);
    client.send(kind, '{"id":9,"method":"vault.lock","params":{}}');
    expect(await client.nextCode()).toBe("MALFORMED_REQUEST");
    await client.closed;
    expect(server.ran).toEqual([]);
  });

  test("behind a refused request are dropped, and the connection goes on", async () => {
    await start({ clients: { host: { scopes: ["read"] } }, handlers: LOCK });
    const client = await server.greet("host");
    unlock(client);
    client.send("secret", "a passphrase");
    expect(await client.nextCode()).toBe("SCOPE_DENIED");
    expect(await client.ask("vault.lock")).toBe("result");
    client.send("secret", "out of place");
    expect(await client.nextCode()).toBe("MALFORMED_REQUEST");
  });

  test("behind a refused request are not dropped for ever", async () => {
    await start({ limits: { streamDroppedBytes: 100 } });
    const client = await server.greet();
    expect(await client.ask("vault.unlock", { with: "nothing" })).toBe("INVALID_PARAMS");
    client.send("secret", new Uint8Array(100));
    client.send("secret", new Uint8Array(1));
    expect(await client.nextCode()).toBe("MALFORMED_REQUEST");
  });
});

describe("a stream", () => {
  test("reaches the handler chunk by chunk and ends with the empty frame", async () => {
    const chunks: string[] = [];
    await start({
      handlers: {
        "data.import": async (_params, { stream }) => {
          for await (const chunk of stream) chunks.push(Buffer.from(chunk).toString());
          return { ...IMPORTED, stored: chunks.length };
        },
      },
    });
    const client = await server.greet();
    importing(client);
    for (const chunk of ["one", "two", "three", ""]) client.send("stream", chunk);
    expect((await client.next())?.json?.["result"].stored).toBe(3);
    expect(chunks).toEqual(["one", "two", "three"]);
    client.send("stream", "four");
    expect(await client.nextCode()).toBe("MALFORMED_REQUEST");
  });

  test("is empty for methods without one", async () => {
    let count = 0;
    await start({
      handlers: {
        "memory.projects": async (_params, { stream }) => {
          for await (const chunk of stream) count += chunk.length + 1;
          return { projects: [], tags: [] };
        },
      },
    });
    const client = await server.greet();
    expect(await client.ask("memory.projects")).toBe("result");
    expect(count).toBe(0);
  });

  test("excludes other requests until its end", async () => {
    await start({
      handlers: {
        ...LOCK,
        "data.import": async (_params, { stream }) => {
          for await (const _ of stream);
          return IMPORTED;
        },
      },
    });
    const client = await server.greet();
    importing(client);
    client.sendJson({ id: 9, method: "vault.lock", params: {} });
    expect(await client.nextCode()).toBe("MALFORMED_REQUEST");
    await client.closed;
    expect(server.ran).not.toContain("vault.lock");
  });

  test("is cut off by a cancel: the handler sees it, the connection goes on", async () => {
    let error: unknown;
    await start({
      handlers: {
        ...LOCK,
        "data.import": async (_params, { stream }) => {
          try {
            for await (const _ of stream);
            return IMPORTED;
          } catch (thrown) {
            error = thrown;
            throw thrown;
          }
        },
      },
    });
    const client = await server.greet();
    client.sendJson({ id: 5, method: "data.import", params: { format: "ours" } });
    client.send("stream", "half a line");
    await eventually(() => server.ran.length === 1);
    client.sendJson({ id: 5, cancel: true });
    expect(await client.nextCode()).toBe("CANCELLED");
    expect(error).toMatchObject({ code: "CANCELLED" });
    expect(await client.ask("vault.lock")).toBe("result");
  });

  test("whose client is gone ends in an error, never as if it were complete", async () => {
    const outcome = gate<string>();
    await start({
      handlers: {
        "data.import": async (_params, { stream }) => {
          try {
            for await (const _ of stream);
            outcome.open("complete");
          } catch (thrown) {
            outcome.open((thrown as KeepsakeError).code);
          }
          return IMPORTED;
        },
      },
    });
    const client = await server.greet();
    importing(client);
    client.send("stream", "half a line");
    await eventually(() => server.ran.length === 1);
    client.destroy();
    expect(await outcome.opened).toBe("CANCELLED");
  });

  test("of a refused or early answered request is dropped, and the connection goes on", async () => {
    await start({
      handlers: {
        ...LOCK,
        "data.import": () => {
          throw new KeepsakeError("DISK_FULL");
        },
      },
    });
    const client = await server.greet();
    importing(client);
    client.send("stream", "some");
    expect(await client.nextCode()).toBe("DISK_FULL");
    client.send("stream", "more");
    client.send("stream", "");
    expect(await client.ask("vault.lock")).toBe("result");
    client.sendJson({ id: 1, method: "data.import", params: {} });
    client.send("stream", "some");
    expect(await client.nextCode()).toBe("INVALID_PARAMS");
    expect(await client.ask("vault.lock")).toBe("result");
  });

  test("that goes on far behind its refusal ends the connection", async () => {
    await start({ limits: { streamDroppedBytes: 5 << 20 } });
    const client = await server.greet();
    client.sendJson({ id: 1, method: "data.import", params: {} });
    expect(await client.nextCode()).toBe("INVALID_PARAMS");
    for (let index = 0; index < 6; index++) client.send("stream", new Uint8Array(LIMITS.frameBytes));
    expect(await client.nextCode()).toBe("MALFORMED_REQUEST");
  });

  test("that stalls while its handler waits is ended like any idle connection", async () => {
    const outcome = gate<string>();
    await start({
      // Long enough for the import to begin on a busy machine.
      limits: { connectionIdleMs: 1_500 },
      handlers: {
        "data.import": async (_params, { stream }) => {
          try {
            for await (const _ of stream);
          } catch (thrown) {
            outcome.open((thrown as KeepsakeError).code);
          }
          return IMPORTED;
        },
      },
    });
    const client = await server.greet();
    importing(client);
    client.send("stream", "some");
    expect(await client.nextCode()).toBe("TIMEOUT");
    expect(await outcome.opened).toBe("CANCELLED");
  });
});

describe("a stream with a slow handler", () => {
  const CHUNKS = 96;
  const CHUNK = encodeFrame("stream", new Uint8Array(LIMITS.frameBytes));

  /** Sends 96 MiB as fast as the socket takes them; returns how many chunks were taken before the handler went on. */
  async function flood(
    limits: ServerSetup["limits"],
    blockedMs = 0,
  ): Promise<{ takenWhileBlocked: number; received: number }> {
    const goOn = gate();
    await start({
      limits: { ...limits },
      handlers: {
        "data.import": async (_params, { stream }) => {
          let received = 0;
          for await (const chunk of stream) {
            received += chunk.length;
            if (received === chunk.length) await goOn.opened;
          }
          return { ...IMPORTED, stored: received };
        },
      },
    });
    const client = await server.greet();
    importing(client);
    let taken = 0;
    const sending = (async () => {
      for (; taken < CHUNKS; taken++) {
        if (!client.socket.write(Buffer.from(CHUNK))) {
          await new Promise<void>((resolve) => client.socket.once("drain", () => resolve()));
        }
      }
      client.send("stream", "");
    })();
    let before = -1;
    while (taken !== before) {
      before = taken;
      await pause(400);
    }
    const takenWhileBlocked = taken;
    await pause(blockedMs);
    goOn.open();
    await sending;
    const received = (await client.next())?.json?.["result"].stored as number;
    return { takenWhileBlocked, received };
  }

  test("is held back at the socket, and arrives whole once the handler goes on", async () => {
    const { takenWhileBlocked, received } = await flood({});
    expect(takenWhileBlocked).toBeLessThan(8);
    expect(received).toBe(CHUNKS * LIMITS.frameBytes);
  });

  test("piles up when nothing holds it back: the watermark is what does", async () => {
    const { takenWhileBlocked } = await flood({ streamWaitingBytes: Infinity });
    expect(takenWhileBlocked).toBeGreaterThan(16);
  });

  test("is not ended by the timer of partial frames while it is held back", async () => {
    const { received } = await flood({ partialFrameMs: 600 }, 800);
    expect(received).toBe(CHUNKS * LIMITS.frameBytes);
  });
});
