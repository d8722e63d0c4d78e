import { EventEmitter } from "node:events";
import type { ChildProcess } from "node:child_process";
import { Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LIMITS } from "../../src/base/limits.ts";
import type { LogFields } from "../../src/base/logger.ts";
import { EngineKeeper } from "../../src/daemon/engine-keeper.ts";
import type { ToEngine, ToFront } from "../../src/daemon/messages.ts";
import { createRestartBackoff } from "../../src/daemon/restart-backoff.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** An engine process as the front sees one, moved by hand. */
class FakeEngine extends EventEmitter {
  readonly pid = 4_711;
  connected = true;
  readonly told: ToEngine[] = [];
  readonly sockets: unknown[] = [];
  readonly kills: unknown[] = [];
  isStuck = false;
  pings = 0;

  send(message: ToEngine, socket: unknown): boolean {
    if (message.type === "ping") return this.answerPing();
    this.told.push(message);
    if (socket !== undefined) this.sockets.push(socket);
    return true;
  }

  kill(signal: unknown): boolean {
    this.kills.push(signal);
    if (signal === "SIGKILL") this.end(null, "SIGKILL");
    return true;
  }

  answerPing(): true {
    this.pings += 1;
    if (!this.isStuck) queueMicrotask(() => this.says({ type: "pong" }));
    return true;
  }

  says(message: ToFront): void {
    this.emit("message", message);
  }

  end(code: number | null, signal: NodeJS.Signals | null = null): void {
    this.connected = false;
    this.emit("exit", code, signal);
  }
}

let clock: FakeClock;
let engines: FakeEngine[];
let logged: [string, LogFields | undefined][];
let keeper: EngineKeeper;

beforeEach(() => {
  vi.useFakeTimers();
  clock = new FakeClock();
  engines = [];
  logged = [];
  keeper = new EngineKeeper({
    startEngine: () => {
      const engine = new FakeEngine();
      engines.push(engine);
      return engine as unknown as ChildProcess;
    },
    backoff: createRestartBackoff(),
    clock,
    logger: { log: (event, fields) => logged.push([event, fields]) },
  });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A connection whose client is there; what is written to it is kept. */
const newSocket = (): Socket & { readonly written: string[] } => {
  const written: string[] = [];
  const socket = new Socket();
  return Object.assign(socket, {
    written,
    write: (bytes: Uint8Array) => {
      if (bytes.length > 0) written.push(Buffer.from(bytes).toString());
      return true;
    },
    destroySoon: () => void socket.destroy(),
  }) as Socket & { readonly written: string[] };
};
const engine = (index: number): FakeEngine => {
  const found = engines[index];
  if (found === undefined) throw new Error(`engine ${index} was not started`);
  return found;
};
const connectionsOf = (index: number) =>
  engine(index).told.flatMap((message) => (message.type === "connection" ? [message.number] : []));
const pass = async (ms: number) => {
  clock.advance(ms);
  await vi.advanceTimersByTimeAsync(ms);
};
const ready = (index: number) => engine(index).says({ type: "ready" });

describe("EngineKeeper", () => {
  it("tells the engine to serve and gives it connections once it is ready, not before", () => {
    keeper.start();
    expect(engine(0).told).toEqual([{ type: "serve" }]);
    keeper.pass(newSocket());
    expect(connectionsOf(0)).toEqual([]);
    ready(0);
    keeper.pass(newSocket());
    expect(connectionsOf(0)).toEqual([1, 2]);
  });

  it("tells the first engine of a daemon that it is, and none that follows it", () => {
    keeper.start(true);
    expect(engine(0).told).toEqual([{ type: "first" }, { type: "serve" }]);
    ready(0);
    engine(0).says({ type: "ending" });
    engine(0).end(0);
    expect(engine(1).told).toEqual([{ type: "serve" }]);
  });

  it("lets go of its copy of a connection when the engine has claimed it, and only then", () => {
    keeper.start();
    ready(0);
    const sockets = [newSocket(), newSocket()] as const;
    for (const socket of sockets) keeper.pass(socket);
    engine(0).says({ type: "claimed", number: 2 });
    expect(sockets.map(({ destroyed }) => destroyed)).toEqual([false, true]);
  });

  it("starts the next engine at once after a lock, and gives it what the old one did not claim, in order", () => {
    keeper.start();
    ready(0);
    const sockets = [newSocket(), newSocket(), newSocket()];
    for (const socket of sockets) keeper.pass(socket);
    engine(0).says({ type: "claimed", number: 1 });
    engine(0).says({ type: "ending" });
    keeper.pass(newSocket());
    expect(connectionsOf(0)).toEqual([1, 2, 3]);
    engine(0).end(0);
    expect(engine(1).told).toEqual([{ type: "serve" }]);
    ready(1);
    expect(connectionsOf(1)).toEqual([2, 3, 4]);
    expect(engine(1).sockets[0]).toBe(sockets[1]);
  });

  it("starts the successor while the old engine is ending, but has it wait until that is gone", () => {
    keeper.start();
    ready(0);
    engine(0).says({ type: "ending" });
    expect(engines).toHaveLength(2);
    expect(engine(1).told).toEqual([]);
    engine(0).end(0);
    expect(engine(1).told).toEqual([{ type: "serve" }]);
    expect(engines).toHaveLength(2);
  });

  it("serves by the process that was prepared", () => {
    keeper.prepare();
    expect(engine(0).told).toEqual([]);
    keeper.start();
    expect(engine(0).told).toEqual([{ type: "serve" }]);
    expect(engines).toHaveLength(1);
  });

  it("starts one successor when the vault opens, and it takes over from a crash as well", async () => {
    keeper.start();
    ready(0);
    engine(0).says({ type: "opening" });
    await pass(3_000);
    engine(0).says({ type: "opening" });
    await pass(3_000);
    expect(engines).toHaveLength(2);
    expect(engine(1).told).toEqual([]);
    engine(0).end(null, "SIGKILL");
    expect(engine(1).told).toEqual([{ type: "serve" }]);
    expect(engines).toHaveLength(2);
  });

  it("leaves the processors to whoever opens the vault, until the last one has", async () => {
    keeper.start();
    ready(0);
    engine(0).says({ type: "opening" });
    await pass(1_000);
    engine(0).says({ type: "opening" });
    await pass(1_999);
    expect(engines).toHaveLength(1);
    await pass(1);
    expect(engines).toHaveLength(2);
  });

  it("does not wait with the successor for a vault that is locked again at once, and starts no other", async () => {
    keeper.start();
    ready(0);
    engine(0).says({ type: "opening" });
    engine(0).says({ type: "ending" });
    expect(engines).toHaveLength(2);
    engine(0).end(0);
    ready(1);
    await pass(3_000);
    expect(engines).toHaveLength(2);
  });

  it("starts no successor for an engine that is gone", async () => {
    keeper.start();
    ready(0);
    engine(0).says({ type: "opening" });
    engine(0).end(null, "SIGKILL");
    ready(1);
    await pass(3_000);
    expect(engines).toHaveLength(2);
  });

  it("does not lose its way when the successor ends first", () => {
    keeper.start();
    ready(0);
    engine(0).says({ type: "ending" });
    engine(1).end(1);
    engine(0).end(0);
    expect(engines).toHaveLength(3);
    expect(engine(2).told).toEqual([{ type: "serve" }]);
  });

  it("kills an engine that says it is ending and does not", async () => {
    keeper.start();
    ready(0);
    engine(0).says({ type: "ending" });
    await pass(LIMITS.lockGraceMs + 1_999);
    expect(engine(0).kills).toEqual([]);
    await pass(1);
    expect(engine(0).kills).toEqual(["SIGKILL"]);
    expect(engine(1).told).toEqual([{ type: "serve" }]);
  });

  it("kills an engine that never becomes ready, and leaves one that is alone", async () => {
    keeper.start();
    await pass(30_000);
    expect(engine(0).kills).toEqual(["SIGKILL"]);
    ready(1);
    await pass(3_600_000);
    expect(engine(1).kills).toEqual([]);
  });

  it("kills an engine that stopped answering, so that its keys are gone, and starts the next one", async () => {
    keeper.start();
    ready(0);
    await pass(60_000);
    engine(0).isStuck = true;
    await pass(30_000);
    expect(engine(0).kills).toEqual([]);
    await pass(5_000);
    expect(engine(0).kills).toEqual(["SIGKILL"]);
    expect(engine(1).told).toEqual([{ type: "serve" }]);
    expect(logged.map(([event]) => event)).toEqual(["engine-ready", "engine-silent", "engine-ended"]);
    const { pings } = engine(0);
    await pass(60_000);
    expect(engine(0).pings).toBe(pings);
  });

  it("kills an engine that answered nothing since it was ready", async () => {
    keeper.start();
    engine(0).isStuck = true;
    ready(0);
    await pass(29_999);
    expect(engine(0).kills).toEqual([]);
    await pass(1);
    expect(engine(0).kills).toEqual(["SIGKILL"]);
  });

  it("leaves an engine that was stuck for a while and answers again, however often", async () => {
    keeper.start();
    ready(0);
    for (let time = 0; time < 5; time++) {
      engine(0).isStuck = true;
      await pass(25_000);
      engine(0).isStuck = false;
      await pass(5_000);
    }
    expect(engine(0).kills).toEqual([]);
  });

  it("takes anything the engine says for a sign of life", async () => {
    keeper.start();
    ready(0);
    engine(0).isStuck = true;
    for (let time = 0; time < 10; time++) {
      await pass(20_000);
      engine(0).says({ type: "opening" });
    }
    expect(engine(0).kills).toEqual([]);
  });

  it("gives the engine its rounds again after the machine slept", async () => {
    keeper.start();
    ready(0);
    engine(0).isStuck = true;
    await pass(20_000);
    // Asleep: the user's clock goes on, no timer does.
    clock.advance(3_600_000);
    await pass(5_000);
    engine(0).isStuck = false;
    await pass(3_600_000);
    expect(engine(0).kills).toEqual([]);
  });

  it("asks an engine that is ending nothing more", async () => {
    keeper.start();
    ready(0);
    engine(0).says({ type: "ending" });
    const { pings } = engine(0);
    await pass(4_000);
    engine(0).end(0);
    await pass(20_000);
    expect(engine(0).pings).toBe(pings);
  });

  it("replaces a crashed engine with growing pauses and keeps connections over them", async () => {
    keeper.start();
    ready(0);
    engine(0).end(null, "SIGSEGV");
    expect(engines).toHaveLength(2);
    engine(1).end(70);
    expect(engines).toHaveLength(2);
    keeper.pass(newSocket());
    await pass(99);
    expect(engines).toHaveLength(2);
    await pass(1);
    ready(2);
    expect(connectionsOf(2)).toEqual([1]);
  });

  it("does not spin over 100 crashes", async () => {
    keeper.start();
    for (let second = 0; second < 60; second++) {
      const last = engines.at(-1);
      if (last?.connected === true) last.end(70);
      await pass(1_000);
    }
    expect(engines.length).toBeLessThan(20);
  });

  it("logs how an engine ended, by codes and numbers", async () => {
    keeper.start();
    ready(0);
    await pass(1_500);
    engine(0).end(null, "SIGKILL");
    expect(logged).toEqual([
      ["engine-ready", { counts: { livedMs: 0 } }],
      ["engine-ended", { signal: "SIGKILL", counts: { livedMs: 1_500, announced: 0 } }],
    ]);
  });

  it("goes on when a process cannot even be started", async () => {
    keeper.start();
    const broken = engine(0);
    Object.defineProperty(broken, "pid", { value: undefined });
    broken.emit("error", new Error("EAGAIN"));
    await pass(10_000);
    expect(engines.length).toBeGreaterThan(1);
  });

  it("survives errors of a running process, such as a signal it could not be sent", () => {
    keeper.start();
    ready(0);
    for (let count = 0; count < 2; count++) engine(0).emit("error", new Error("EPERM"));
    keeper.pass(newSocket());
    expect([engines.length, connectionsOf(0)]).toEqual([1, [1]]);
  });

  it("tells a connection nobody came for within 5 s, and those over the cap at once, why it ends", async () => {
    keeper.start();
    const sockets = Array.from({ length: LIMITS.connectionsUnclaimed + 1 }, () => newSocket());
    for (const socket of sockets) keeper.pass(socket);
    await pass(0);
    expect(sockets.filter(({ destroyed }) => destroyed)).toEqual([sockets.at(-1)]);
    expect(sockets.at(-1)?.written).toEqual([expect.stringContaining("TOO_MANY_CONNECTIONS")]);
    const heldMs = LIMITS.daemonAnswerMs - 1_000;
    await pass(heldMs - 1);
    expect(sockets.filter(({ destroyed }) => destroyed)).toHaveLength(1);
    await pass(1);
    expect(sockets.filter(({ destroyed }) => destroyed)).toHaveLength(sockets.length);
    expect(sockets[0]?.written).toEqual([expect.stringContaining("TIMEOUT")]);
    ready(0);
    expect(connectionsOf(0)).toEqual([]);
  });

  it("has 16 connections on the way at a time, and sends the next when one was claimed", () => {
    keeper.start();
    ready(0);
    for (let count = 0; count < 40; count++) keeper.pass(newSocket());
    expect(connectionsOf(0)).toHaveLength(16);
    engine(0).says({ type: "claimed", number: 3 });
    engine(0).says({ type: "claimed", number: 1 });
    engine(0).says({ type: "claimed", number: 1 });
    expect(connectionsOf(0).slice(16)).toEqual([17, 18]);
  });

  it("sends those on the way to an engine that ended to the next one, in their turn", () => {
    keeper.start();
    ready(0);
    for (let count = 0; count < 20; count++) keeper.pass(newSocket());
    engine(0).says({ type: "claimed", number: 1 });
    engine(0).end(null, "SIGSEGV");
    ready(1);
    expect(connectionsOf(1)).toEqual(Array.from({ length: 16 }, (_, index) => index + 2));
  });

  it("leaves those out whose client has hung up, also if it was only seen when their turn came", () => {
    keeper.start();
    const sockets = [newSocket(), newSocket(), newSocket(), newSocket()] as const;
    for (const socket of sockets) keeper.pass(socket);
    Object.defineProperty(sockets[1], "errored", { value: new Error("EPIPE") });
    sockets[2].destroy();
    ready(0);
    expect(connectionsOf(0)).toEqual([1, 4]);
    expect(sockets.map(({ destroyed }) => destroyed)).toEqual([false, true, true, false]);
  });

  it("does not write to a connection that is on its way when its time is over", async () => {
    keeper.start();
    ready(0);
    const socket = newSocket();
    keeper.pass(socket);
    await pass(LIMITS.helloMs);
    expect([socket.destroyed, socket.written]).toEqual([true, []]);
  });

  it("survives an error of a waiting connection", () => {
    keeper.start();
    const socket = newSocket();
    keeper.pass(socket);
    expect(() => socket.emit("error", new Error("ECONNRESET"))).not.toThrow();
  });

  it.each([null, 1, "ready", { type: "claimed" }, { type: "serve" }])("ignores the message %j", (message) => {
    keeper.start();
    keeper.pass(newSocket());
    expect(() => engine(0).emit("message", message)).not.toThrow();
    expect(connectionsOf(0)).toEqual([]);
  });

  describe("stop", () => {
    it("asks the engine to end, waits for it and starts no other", async () => {
      keeper.start();
      ready(0);
      const stopped = keeper.stop();
      expect(engine(0).told.at(-1)).toEqual({ type: "end" });
      engine(0).says({ type: "ending" });
      engine(0).end(0);
      await expect(stopped).resolves.toBeUndefined();
      await pass(60_000);
      expect(engines).toHaveLength(1);
    });

    it("kills an engine that does not end", async () => {
      keeper.start();
      ready(0);
      const stopped = keeper.stop();
      await pass(LIMITS.lockGraceMs + 2_000);
      await expect(stopped).resolves.toBeUndefined();
      expect(engine(0).kills).toEqual(["SIGKILL"]);
    });

    it("ends a successor, closes waiting connections and cancels a restart that is due", async () => {
      keeper.start();
      ready(0);
      engine(0).says({ type: "ending" });
      const waiting = newSocket();
      keeper.pass(waiting);
      const stopped = keeper.stop();
      engine(0).end(0);
      await stopped;
      expect(engine(1).kills).toEqual(["SIGKILL"]);
      expect(waiting.destroyed).toBe(true);
    });

    it("ends a process that was prepared and never served, and prepares no other", async () => {
      keeper.prepare();
      await keeper.stop();
      keeper.prepare();
      expect(engine(0).kills).toEqual(["SIGKILL"]);
      expect(engines).toHaveLength(1);
    });

    it("starts no successor for a vault that was being opened", async () => {
      keeper.start();
      ready(0);
      engine(0).says({ type: "opening" });
      const stopped = keeper.stop();
      engine(0).end(0);
      await stopped;
      await pass(10_000);
      expect(engines).toHaveLength(1);
    });

    it("is done at once when no engine runs, and cancels the next start", async () => {
      keeper.start();
      engine(0).end(70);
      engine(1).end(70);
      await expect(keeper.stop()).resolves.toBeUndefined();
      await pass(60_000);
      expect(engines).toHaveLength(2);
    });
  });
});
