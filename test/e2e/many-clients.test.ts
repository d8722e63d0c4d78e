import { afterEach, describe, expect, it } from "vitest";
import type { KeepsakeClient } from "../../src/client/keepsake-client.ts";
import { ThrowAwayHome, expectSuccess, killQuietly } from "../support/throw-away-home.ts";
import { McpHost } from "./support/mcp-host.ts";
import { saved as stored } from "../support/saved.ts";

const CLIENTS = 8;
const SAVES = 500;

let home: ThrowAwayHome;
afterEach(() => home.remove());

/** Which of `ids` the vault does not have, asked twenty at a time. */
async function missing(client: KeepsakeClient, ids: readonly string[]): Promise<readonly string[]> {
  const lost: string[] = [];
  for (let start = 0; start < ids.length; start += 20) {
    lost.push(...(await client.call("memory.get", { ids: ids.slice(start, start + 20) })).missing);
  }
  return lost;
}

function byName([a = ""]: readonly (string | number)[], [b = ""]: readonly (string | number)[]): number {
  return String(a).localeCompare(String(b));
}

async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 30_000; !(await isTrue());) {
    if (performance.now() > end) throw new Error("waited in vain");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("many at once", () => {
  it("lose nothing: 8 clients save 500 memories each, and all are there after a lock and an unlock", async () => {
    home = new ThrowAwayHome();
    await home.init();
    const clients = await Promise.all(Array.from({ length: CLIENTS }, () => home.connect()));
    const start = performance.now();
    const saved = await Promise.all(
      clients.map(async (client, number) => {
        const ids: string[] = [];
        let next = 0;
        const save = async () => {
          while (next < SAVES) {
            const text = `memory ${next++} of client ${number}`;
            ids.push(stored(await client.call("memory.save", { text, tags: [`client-${number}`] })).id);
          }
        };
        await Promise.all(Array.from({ length: 8 }, save));
        return ids;
      }),
    );
    console.log(`${CLIENTS} × ${SAVES} saves: ${Math.round(performance.now() - start)} ms`);
    for (const client of clients) client.close();
    const ids = saved.flat();
    expect(new Set(ids).size).toBe(CLIENTS * SAVES);

    expectSuccess(await home.run(["lock"]));
    await home.unlock();
    const client = await home.connect();
    expect(await missing(client, ids)).toEqual([]);
    expect((await client.call("vault.verify", {})).ok).toBe(true);
    const { tags } = await client.call("memory.projects", {});
    expect(tags.map(({ tag, count }) => [tag, count]).toSorted(byName)).toEqual(
      clients.map((_, number) => [`client-${number}`, SAVES]),
    );
    const { hits } = await client.call("memory.search", { query: "memory 499 of client 7", limit: 1 });
    expect(hits[0]?.text).toBe("memory 499 of client 7");
    client.close();
  });

  it("are two hosts over MCP, one in each era of the protocol, and the command line", async () => {
    home = new ThrowAwayHome();
    await home.init();
    for (const name of ["first", "second"]) expectSuccess(await home.run(["client", "add", name]));
    const hosts = await Promise.all([
      McpHost.start(home, { client: "first", era: "modern" }),
      McpHost.start(home, { client: "second", era: "legacy" }),
    ]);
    const fromHosts = hosts.map(async (host, number) => {
      for (let count = 0; count < 15; count++) {
        const saved = await host.call("memory_save", { text: `beacon ${count} by host ${number}` });
        expect(saved.isError).toBe(false);
        const found = await host.call("memory_search", {
          query: `beacon ${count} host ${number}`,
          project: "*",
        });
        expect(found.text).toContain(`beacon ${count} by host ${number}`);
      }
    });
    const fromTerminal = Array.from({ length: 4 }, async (_, number) => {
      expectSuccess(await home.run(["save", `beacon ${number} by hand`]));
      expectSuccess(await home.run(["search", `beacon ${number} hand`]));
    });
    await Promise.all([...fromHosts, ...fromTerminal]);
    const client = await home.connect();
    const { memories } = await client.call("memory.recent", { limit: 100 });
    const bySource = (source: string) => memories.filter((memory) => memory.source === source).length;
    expect(["first", "second", "cli"].map(bySource)).toEqual([15, 15, 4]);

    // Locked by one, refused for all with what to do, and all go on by themselves after the unlock.
    expectSuccess(await home.run(["lock"]));
    for (const host of hosts) {
      const refused = await host.call("memory_search", { query: "beacon" });
      expect(refused.isError).toBe(true);
      expect(refused.text).toMatch(/VAULT_SEALED.*keepsake unlock/s);
      expect((await host.call("memory_status")).isError).toBe(false);
    }
    await home.unlock();
    for (const host of hosts) {
      expect((await host.call("memory_search", { query: "beacon by hand", project: "*" })).text).toContain(
        "by hand",
      );
      expect(host.stderr).toBe("");
      await host.close();
    }
    client.close();
  });
});

describe("an idempotency key", () => {
  it("stands for the same save after the daemon was ended and started again", async () => {
    home = new ThrowAwayHome();
    await home.init();
    const idempotencyKey = "backup-2026-11-20";
    const first = await home.connect();
    const { id } = stored(await first.call("memory.save", { text: "once", idempotencyKey }));
    const front = home.frontId();
    killQuietly(front, "SIGTERM");
    await until(() => home.processIds().length === 0);

    await home.unlock();
    const client = await home.connect();
    expect(await client.call("memory.save", { text: "once", idempotencyKey })).toEqual({ id, reused: true });
    await expect(client.call("memory.save", { text: "other", idempotencyKey })).rejects.toMatchObject({
      code: "IDEMPOTENCY_CONFLICT",
    });
    expect((await client.call("memory.recent", {})).memories.map(({ text }) => text)).toEqual(["once"]);
    client.close();
  });
});

describe("a lock in the middle of writes", () => {
  it("loses no write that was acknowledged", async () => {
    home = new ThrowAwayHome();
    await home.init();
    const acknowledged: string[] = [];
    let refused = 0;
    for (let round = 0; round < 3; round++) {
      const clients = await Promise.all(Array.from({ length: 4 }, () => home.connect()));
      const before = acknowledged.length;
      const writes = clients.map(async (client, number) => {
        for (let count = 0; ; count++) {
          const text = `round ${round} client ${number} write ${count}`;
          try {
            acknowledged.push(stored(await client.call("memory.save", { text })).id);
          } catch {
            refused++;
            return;
          }
        }
      });
      await until(() => acknowledged.length > before + 40);
      expectSuccess(await home.run(["lock"]));
      await Promise.all(writes);
      for (const client of clients) client.close();
      await home.unlock();
    }
    expect(refused).toBe(12);
    const client = await home.connect();
    expect(await missing(client, acknowledged)).toEqual([]);
    expect(await client.call("vault.verify", {})).toMatchObject({ ok: true });
    client.close();
  });
});
