import { afterEach, describe, expect, test, vi } from "vitest";
import { KeepsakeError } from "../../src/base/errors.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { Secret } from "../../src/base/secret.ts";
import type { ServerSetup, TestServer } from "./support.ts";
import { abortOf, eventually, gate, startServer } from "./support.ts";

let server: TestServer;
const start = async (setup?: ServerSetup) => {
  server = await startServer(setup);
  return server;
};
afterEach(() => server.close());

const PROJECTS = { projects: [], tags: [] };
const lastLog = () => server.log.at(-1);

describe("a thrown error", () => {
  test("of the error table crosses with its code, message, hint and facts", async () => {
    await start({
      handlers: {
        "memory.projects": () => {
          throw new KeepsakeError("BUSY", "at most 4 may wait", { facts: { waiting: 4 }, cause: "canary" });
        },
      },
    });
    const client = await server.greet();
    const reply = await client.request("memory.projects");
    expect(reply?.json?.["error"]).toEqual({
      code: "BUSY",
      message: "at most 4 may wait",
      hint: "retry shortly",
      data: { waiting: 4 },
    });
  });

  test.each<[string, () => never]>([
    [
      "an Error",
      () => {
        throw new Error("canary", { cause: new Error("canary") });
      },
    ],
    [
      "a system error",
      () => {
        throw Object.assign(new Error("canary /canary/path"), { code: "ENOSPC", path: "canary" });
      },
    ],
    [
      "a string",
      () => {
        throw "canary" as unknown as Error;
      },
    ],
    [
      "undefined",
      () => {
        throw undefined as unknown as Error;
      },
    ],
    [
      "an object that throws when looked at",
      () => {
        throw {
          get message() {
            throw new Error("canary");
          },
          get code() {
            throw new Error("canary");
          },
        } as unknown as Error;
      },
    ],
  ])("that is %s becomes INTERNAL with a trace id, which also is in the log", async (_name, handler) => {
    await start({ handlers: { "memory.projects": handler } });
    const client = await server.greet();
    const reply = await client.request("memory.projects");
    const traceId: unknown = reply?.json?.["error"].data.traceId;
    expect(traceId).toMatch(/^[0-9a-f]{12}$/);
    expect(reply?.json?.["error"].code).toBe("INTERNAL");
    expect(lastLog()).toMatchObject({
      event: "request-failed",
      code: "INTERNAL",
      traceId,
      client: "cli",
      method: "memory.projects",
    });
    expect(JSON.stringify([client.frames, server.log])).not.toContain("canary");
  });

  test("of the system keeps its code in the log", async () => {
    await start({
      handlers: {
        "memory.projects": () => {
          throw Object.assign(new Error("x"), { code: "ENOSPC" });
        },
      },
    });
    const client = await server.greet();
    await client.ask("memory.projects");
    expect(lastLog()).toMatchObject({ errno: "ENOSPC" });
  });
});

describe("a result", () => {
  test("with a field that the table does not name does not cross", async () => {
    await start({ handlers: { "memory.projects": () => ({ ...PROJECTS, internal: "canary" }) } });
    const client = await server.greet();
    expect(await client.ask("memory.projects")).toBe("INTERNAL");
    expect(lastLog()).toMatchObject({ code: "INVALID_RESULT" });
    expect(JSON.stringify([client.frames.map(({ json }) => json), server.log])).not.toContain("canary");
  });

  test("may be as large as the cap and no larger", async () => {
    const tag = (length: number) => ({ projects: [], tags: [{ tag: "t".repeat(length), count: 1 }] });
    let length = 0;
    await start({ handlers: { "memory.projects": () => tag(length) } });
    const client = await server.greet();
    const overhead = JSON.stringify({ id: 100, result: tag(0) }).length;
    length = LIMITS.resultBytes - overhead;
    const reply = await client.request("memory.projects");
    expect(reply?.body.length).toBe(LIMITS.resultBytes);
    length += 1;
    expect(await client.ask("memory.projects")).toBe("RESULT_TOO_LARGE");
    expect(await client.ask("vault.lock", { no: 1 })).toBe("INVALID_PARAMS");
  });

  test("over the cap passes when the cap is raised: the cap is what refuses it", async () => {
    const result = { projects: [], tags: [{ tag: "t".repeat(LIMITS.resultBytes), count: 1 }] };
    await start({
      handlers: { "memory.projects": () => result },
      limits: { resultBytes: LIMITS.resultBytes * 2 },
    });
    const client = await server.greet();
    expect(await client.ask("memory.projects")).toBe("result");
  });
});

describe("the deadline", () => {
  test("answers TIMEOUT, aborts the handler, and nothing is written after it", async () => {
    const written: string[] = [];
    const ended = gate();
    await start({
      limits: { requestMs: 30 },
      handlers: {
        "memory.save": async (_params, { signal }) => {
          await abortOf(signal);
          await new Promise((resolve) => setTimeout(resolve, 20));
          try {
            signal.throwIfAborted();
            written.push("late");
          } finally {
            ended.open();
          }
          return { id: "0".repeat(26), reused: false };
        },
        "vault.lock": () => ({ state: "open" }),
      },
    });
    const client = await server.greet();
    expect(await client.ask("memory.save", { text: "a" })).toBe("TIMEOUT");
    await ended.opened;
    expect(written).toEqual([]);
    expect(await client.ask("vault.lock")).toBe("result");
    expect(client.frames.filter(({ json }) => json?.["id"] === 100)).toHaveLength(1);
  });

  test("does not bind long methods", async () => {
    await start({
      limits: { requestMs: 20 },
      handlers: {
        "vault.verify": async () => {
          await new Promise((resolve) => setTimeout(resolve, 60));
          return { records: 0, ok: true, damage: { damaged: [], damagedCount: 0, missingCount: 0 } };
        },
      },
    });
    const client = await server.greet();
    expect(await client.ask("vault.verify")).toBe("result");
  });

  test("is what answers: without it the handler takes its time", async () => {
    await start({
      limits: { requestMs: Infinity },
      handlers: {
        "memory.projects": async () => {
          await new Promise((resolve) => setTimeout(resolve, 60));
          return PROJECTS;
        },
      },
    });
    const client = await server.greet();
    expect(await client.ask("memory.projects")).toBe("result");
  });
});

describe("a handler's signal", () => {
  test("is aborted when the client is gone", async () => {
    const reason = gate<unknown>();
    await start({
      handlers: {
        "vault.verify": async (_params, { signal }) => {
          reason.open(await abortOf(signal));
          signal.throwIfAborted();
        },
      },
    });
    const client = await server.greet();
    client.sendJson({ id: 1, method: "vault.verify", params: {} });
    await eventually(() => server.ran.length === 1);
    client.destroy();
    expect(await reason.opened).toMatchObject({ code: "CANCELLED" });
  });

  test("is aborted by a cancel, and the answer says so", async () => {
    await start({
      handlers: {
        "vault.verify": async (_params, { signal }) => {
          await abortOf(signal);
          throw new DOMException("canary", "AbortError");
        },
      },
    });
    const client = await server.greet();
    client.sendJson({ id: 5, method: "vault.verify", params: {} });
    client.sendJson({ id: 6, cancel: true });
    client.sendJson({ id: 5, cancel: true });
    const reply = await client.next();
    expect(reply?.json).toMatchObject({ id: 5, error: { code: "CANCELLED" } });
  });

  test("comes too late when the work was done: the result is the answer", async () => {
    await start({
      handlers: {
        "vault.lock": async (_params, { signal }) => {
          await abortOf(signal);
          return { state: "sealed" };
        },
      },
    });
    const client = await server.greet();
    client.sendJson({ id: 5, method: "vault.lock", params: {} });
    await eventually(() => server.ran.length === 1);
    client.sendJson({ id: 5, cancel: true });
    expect(await client.nextCode()).toBe("result");
  });
});

describe("progress", () => {
  const verify = { records: 0, ok: true, damage: { damaged: [], damagedCount: 0, missingCount: 0 } };

  test("is sent before the answer, thinned out, with the last report always", async () => {
    await start({
      handlers: {
        "vault.verify": (_params, { progress }) => {
          for (let done = 0; done <= 1_000; done++) progress({ stage: "read", done, total: 1_000 });
          return verify;
        },
      },
    });
    const client = await server.greet();
    await client.request("vault.verify");
    const frames = client.frames.slice(2).map(({ json }) => json);
    while (!client.frames.some(({ json }) => json?.["result"]?.records === 0)) await client.next();
    expect(frames[0]).toEqual({ id: 100, progress: { stage: "read", done: 0, total: 1_000 } });
    const reports = client.frames.filter(({ json }) => json?.["progress"] !== undefined);
    expect(reports.at(-1)?.json?.["progress"].done).toBe(1_000);
    expect(reports.length).toBeLessThan(100);
  });

  test("counts as activity", async () => {
    await start({
      handlers: {
        "vault.verify": (_params, { progress }) => {
          progress({ stage: "read", done: 0, total: 1 });
          return verify;
        },
      },
    });
    const client = await server.greet();
    await client.request("vault.verify");
    await eventually(() => server.activity() >= 3);
    expect(server.activity()).toBe(3);
  });

  test("of a method that is not long, or with content in its stage, is a mistake of the handler", async () => {
    await start({
      handlers: {
        "memory.projects": (_params, { progress }) => {
          progress({ stage: "read", done: 0, total: 1 });
          return PROJECTS;
        },
        "vault.verify": (_params, { progress }) => {
          progress({ stage: "«canary»", done: 0, total: 1 });
          return verify;
        },
      },
    });
    const client = await server.greet();
    expect(await client.ask("memory.projects")).toBe("INTERNAL");
    expect(await client.ask("vault.verify")).toBe("INTERNAL");
    expect(JSON.stringify(client.frames.map(({ json }) => json))).not.toContain("canary");
  });
});

describe("a secret that is given back", () => {
  const created = { vaultId: "v", kdf: { memoryKiB: 1, passes: 1, parallelism: 1, milliseconds: 1 } };

  test("follows its result directly and is wiped", async () => {
    const recoveryKey = new Secret(new Uint8Array(32).fill(9));
    const other = gate();
    await start({
      handlers: {
        "vault.create": (_params, { giveSecret }) => {
          giveSecret(recoveryKey);
          other.open();
          return created;
        },
        "vault.status": async () => {
          await other.opened;
          throw new KeepsakeError("BUSY");
        },
      },
    });
    const client = await server.greet();
    for (let id = 1; id <= 3; id++) client.sendJson({ id, method: "vault.status", params: {} });
    client.sendJson({ id: 4, method: "vault.create", params: {} });
    client.send("secret", "a passphrase");
    await eventually(() => client.frames.length === 2 + 5);
    const at = client.frames.findIndex(({ json }) => json?.["id"] === 4);
    expect(client.frames[at]?.json).toEqual({ id: 4, result: created, secret: true });
    expect(client.frames[at + 1]).toMatchObject({ kind: "secret", body: new Uint8Array(32).fill(9) });
    expect(recoveryKey.isWiped).toBe(true);
  });

  test("arrives though its handler wiped it too", async () => {
    await start({
      handlers: {
        "vault.create": (_params, { giveSecret }) => {
          const secret = new Secret(new Uint8Array(8).fill(3));
          giveSecret(secret);
          secret.wipe();
          return created;
        },
      },
    });
    const client = await server.greet();
    client.sendJson({ id: 4, method: "vault.create", params: {} });
    client.send("secret", "a passphrase");
    expect(await client.nextCode()).toBe("result");
    expect(await client.next()).toMatchObject({ kind: "secret", body: new Uint8Array(8).fill(3) });
  });

  test("that was not announced, or is announced and missing, fails the call and crosses nowhere", async () => {
    const secret = new Secret(new Uint8Array(32).fill(9));
    await start({
      handlers: {
        "vault.create": ({ recovery }, { giveSecret }) => {
          if (recovery === false) giveSecret(secret);
          return created;
        },
      },
    });
    const client = await server.greet();
    for (const recovery of [true, false]) {
      client.sendJson({ id: client.nextId(), method: "vault.create", params: { recovery } });
      client.send("secret", "a passphrase");
      expect(await client.nextCode()).toBe("INTERNAL");
    }
    expect(secret.isWiped).toBe(true);
    expect(client.frames.filter(({ kind }) => kind === "secret")).toEqual([]);
  });

  test("is wiped in every copy, whether it went out or the call failed after all", async () => {
    const wipe = vi.spyOn(Secret.prototype, "wipe");
    try {
      let isDiskFull = false;
      await start({
        handlers: {
          "vault.create": (_params, { giveSecret }) => {
            giveSecret(new Secret(new Uint8Array(32)));
            if (isDiskFull) throw new KeepsakeError("DISK_FULL");
            return created;
          },
        },
      });
      const client = await server.greet();
      for (const code of ["result", "DISK_FULL"]) {
        isDiskFull = code === "DISK_FULL";
        wipe.mockClear();
        client.sendJson({ id: 9, method: "vault.create", params: {} });
        client.send("secret", "a passphrase");
        expect(await client.nextCode()).toBe(code);
        // The passphrase, what the handler gave, and the copy that crosses.
        expect(new Set(wipe.mock.contexts).size).toBe(3);
        if (!isDiskFull) await client.next();
      }
    } finally {
      wipe.mockRestore();
    }
  });
});
