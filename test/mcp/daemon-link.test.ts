import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { KeepsakeError } from "../../src/base/errors.ts";
import type { KeepsakeClient } from "../../src/client/keepsake-client.ts";
import { createDaemonLink } from "../../src/mcp/daemon-link.ts";
import { FakeClient } from "./support/fake-client.ts";
import { idOf } from "./support/memories.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const recent = { "memory.recent": () => ({ memories: [], more: false }) };
const saved = { "memory.save": () => ({ id: idOf(1), reused: false }) };

function linkTo(...clients: readonly (KeepsakeClient | Error)[]) {
  const opened: KeepsakeClient[] = [];
  let next = 0;
  const link = createDaemonLink({
    client: "mcp",
    clock: systemClock,
    open: () => {
      const client = clients[Math.min(next++, clients.length - 1)];
      if (!(client instanceof Error) && client !== undefined) {
        opened.push(client);
        return Promise.resolve(client);
      }
      return Promise.reject(client ?? new Error("none"));
    },
  });
  return { link, opened, opens: () => next };
}

/** Drops the connection while the call is under way. */
class DroppingClient extends FakeClient {
  override async call(): Promise<never> {
    this.isConnected = false;
    throw new KeepsakeError("DAEMON_UNREACHABLE");
  }
}

async function settled<T>(promise: Promise<T>): Promise<T | KeepsakeError> {
  const outcome = promise.catch((error: unknown) => error as KeepsakeError);
  await vi.advanceTimersByTimeAsync(200);
  return outcome;
}

describe("the connection", () => {
  it("is opened at the first call, not before, and used again", async () => {
    const { link, opens } = linkTo(new FakeClient(recent));
    expect(opens()).toBe(0);
    await link.call("memory.recent", {});
    await link.call("memory.recent", {});
    expect(opens()).toBe(1);
  });

  it("is opened once for calls at the same time", async () => {
    const { link, opens } = linkTo(new FakeClient(recent));
    await Promise.all([link.call("memory.recent", {}), link.call("memory.recent", {})]);
    expect(opens()).toBe(1);
  });

  it("is opened anew when it was lost between calls", async () => {
    const first = new FakeClient(recent);
    const { link, opens } = linkTo(first, new FakeClient(recent));
    await link.call("memory.recent", {});
    first.isConnected = false;
    await link.call("memory.recent", {});
    expect(opens()).toBe(2);
  });

  it("that cannot be opened is a failure of the call, and the next call tries again", async () => {
    const { link, opens } = linkTo(new KeepsakeError("HELLO_FAILED"), new FakeClient(recent));
    await expect(link.call("memory.recent", {})).rejects.toMatchObject({ code: "HELLO_FAILED" });
    expect(await link.call("memory.recent", {})).toEqual({ memories: [], more: false });
    expect(opens()).toBe(2);
  });

  it("is given back after 15 s without a call", async () => {
    const client = new FakeClient(recent);
    const { link } = linkTo(client);
    await link.call("memory.recent", {});
    await vi.advanceTimersByTimeAsync(14_000);
    expect(client.isConnected).toBe(true);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(client.isConnected).toBe(false);
  });

  it("is closed by close, and a later call opens another", async () => {
    const first = new FakeClient(recent);
    const { link, opens } = linkTo(first, new FakeClient(recent));
    await link.call("memory.recent", {});
    link.close();
    expect(first.isConnected).toBe(false);
    await link.call("memory.recent", {});
    expect(opens()).toBe(2);
  });

  it("is closed as soon as it opens when close came in between", async () => {
    const late = new FakeClient(recent);
    let open = (_client: KeepsakeClient) => {};
    const link = createDaemonLink({
      client: "mcp",
      clock: systemClock,
      open: () => new Promise((resolve) => (open = resolve)),
    });
    const call = link.call("memory.recent", {}).catch(() => undefined);
    await vi.advanceTimersByTimeAsync(1);
    link.close();
    open(late);
    await call;
    expect(late.isConnected).toBe(false);
  });
});

describe("a connection that breaks during a call", () => {
  it("is opened again and a read is made once more", async () => {
    const second = new FakeClient(recent);
    const { link } = linkTo(new DroppingClient({}), second);
    expect(await settled(link.call("memory.recent", {}))).toEqual({ memories: [], more: false });
    expect(second.asked.length).toBe(1);
  });

  it("lets a write with an idempotency key be made once more, under the same key", async () => {
    const second = new FakeClient(saved);
    const { link } = linkTo(new DroppingClient({}), second);
    await settled(link.call("memory.save", { text: "a", idempotencyKey: "the-same-key" }));
    expect(second.asked[0]?.params["idempotencyKey"]).toBe("the-same-key");
  });

  it("does not repeat a write without a key", async () => {
    const second = new FakeClient(saved);
    const { link, opens } = linkTo(new DroppingClient({}), second);
    expect(await settled(link.call("memory.save", { text: "a" }))).toMatchObject({
      code: "DAEMON_UNREACHABLE",
    });
    expect(opens()).toBe(1);
  });

  it("is not tried a third time", async () => {
    const { link, opens } = linkTo(new DroppingClient({}));
    expect(await settled(link.call("memory.recent", {}))).toMatchObject({ code: "DAEMON_UNREACHABLE" });
    expect(opens()).toBe(2);
  });

  it("does not repeat a call that the daemon refused", async () => {
    const client = new FakeClient({
      "memory.recent": () => {
        throw new KeepsakeError("VAULT_SEALED");
      },
    });
    const { link } = linkTo(client);
    expect(await settled(link.call("memory.recent", {}))).toMatchObject({ code: "VAULT_SEALED" });
    expect(client.asked.length).toBe(1);
    expect(client.isConnected).toBe(true);
  });
});

describe("a daemon that hangs", () => {
  it("costs less than 5 s when it accepts and never answers", async () => {
    const { link } = linkTo(new FakeClient({ "memory.recent": () => new Promise(() => {}) }));
    const outcome = link.call("memory.recent", {}).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await outcome).toMatchObject({ code: "TIMEOUT" });
  });

  it("costs less than 5 s when the connection never stands", async () => {
    const link = createDaemonLink({ client: "mcp", clock: systemClock, open: () => new Promise(() => {}) });
    const outcome = link.call("memory.recent", {}).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await outcome).toMatchObject({ code: "TIMEOUT" });
  });
});

describe("a call that the host cancels", () => {
  it("ends at once and leaves the connection as it is", async () => {
    const client = new FakeClient({ "memory.recent": () => new Promise(() => {}) });
    const { link } = linkTo(client);
    const cancel = new AbortController();
    const outcome = link.call("memory.recent", {}, cancel.signal).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(10);
    cancel.abort();
    expect(await outcome).toMatchObject({ code: "CANCELLED" });
    expect(client.isConnected).toBe(true);
  });
});
