import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { Secret } from "../../src/base/secret.ts";
import type { KeepsakeClient } from "../../src/client/keepsake-client.ts";
import { DaemonHome, buildDaemon, isAlive, kill, until } from "../support/daemon-home.ts";
import { saved } from "../support/saved.ts";

let main: string;
let home: DaemonHome;
beforeAll(() => {
  main = buildDaemon();
});
afterEach(async () => {
  await home.remove();
});

const passphrase = () => [new Secret(new TextEncoder().encode("correct horse battery staple"))];

/** A daemon whose vault was just created and is open. */
async function openVault(): Promise<KeepsakeClient> {
  home = new DaemonHome(main);
  await home.serve();
  const client = await home.connect();
  await client.call("vault.create", { recovery: false }, { secrets: passphrase() });
  return client;
}

async function unlock(): Promise<KeepsakeClient> {
  const client = await home.connect();
  await client.call("vault.unlock", { with: "passphrase" }, { secrets: passphrase() });
  return client;
}

function configure(content: string, mode = 0o600): void {
  const path = join(home.places.config, "config.json");
  writeFileSync(path, content);
  chmodSync(path, mode);
}

describe("an open vault", () => {
  it("is sealed after a lock, by the engine that stood ready, with every write that was acknowledged", async () => {
    const client = await openVault();
    const before = (await home.status()).pid;
    await until(() => home.processIds().length === 3);
    const saves = Array.from({ length: 30 }, (_, index) =>
      client.call("memory.save", { text: `in flight ${index}` }).then((answer) => saved(answer).id),
    );
    await saves[0];
    const locked = client.call("vault.lock", {});
    const settled = await Promise.allSettled(saves);
    expect(await locked).toEqual({ state: "sealed" });
    const acknowledged = settled.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    const after = await home.status();
    expect(after.state).toBe("sealed");
    expect(after.pid).not.toBe(before);
    expect(isAlive(before)).toBe(false);

    const again = await unlock();
    const ids = acknowledged.slice(0, 20);
    expect(ids.length).toBeGreaterThan(0);
    expect(await again.call("memory.get", { ids })).toMatchObject({ missing: [] });
    expect((await home.status()).pid).toBe(after.pid);
    again.close();
  });

  it("is sealed after its engine was killed, and what was saved is there after the next unlock", async () => {
    const client = await openVault();
    const { id } = saved(await client.call("memory.save", { text: "kept" }));
    const before = (await home.status()).pid;
    kill(before, "SIGKILL");
    await until(() => !client.isConnected);
    expect(await home.status()).toMatchObject({ state: "sealed" });
    const again = await unlock();
    expect(await again.call("memory.get", { ids: [id] })).toMatchObject({ missing: [] });
    again.close();
  });

  it(
    "is sealed within 40 s when its engine hangs, which no lock could end",
    { timeout: 90_000 },
    async () => {
      const client = await openVault();
      const hung = (await home.status()).pid;
      kill(hung, "SIGSTOP");
      await until(() => !isAlive(hung), 40_000);
      expect(await home.status()).toMatchObject({ state: "sealed" });
      expect(home.log()).toContainEqual(expect.objectContaining({ event: "engine-silent" }));
      client.close();
    },
  );

  it("leaves no process behind when the front is killed", async () => {
    const client = await openVault();
    await until(() => home.processIds().length === 3);
    const pids = home.processIds();
    const engine = (await home.status()).pid;
    const front = pids.find((pid) => pid < engine) ?? 0;
    kill(front, "SIGKILL");
    await until(() => pids.every((pid) => !isAlive(pid)));
    expect(home.processIds()).toEqual([]);
    client.close();
  });

  it("locks by itself after the idle time that was configured, whatever status asks meanwhile", async () => {
    home = new DaemonHome(main);
    await home.serve();
    configure(`{"lock": {"idle": "6s"}}`);
    const client = await home.connect();
    await client.call("vault.create", { recovery: false }, { secrets: passphrase() });
    const { open } = await client.call("vault.status", {});
    expect(Date.parse(open?.locksAt ?? "") - Date.now()).toBeLessThanOrEqual(6_000);
    await until(async () => (await home.status()).state === "sealed");
    expect(home.log()).toContainEqual(expect.objectContaining({ event: "lock-idle" }));
  });

  it("is not opened while the configuration cannot be trusted", async () => {
    const client = await openVault();
    await client.call("vault.lock", {});
    await until(async () => (await home.status()).state === "sealed");
    const invalid = expect.objectContaining({ code: "INVALID_CONFIG" });
    configure(`{"lock": {"idle": "off"}}`, 0o666);
    await expect(unlock()).rejects.toEqual(invalid);
    configure(`{"lock": {"idle": "of"}}`);
    await expect(unlock()).rejects.toEqual(invalid);
    expect((await home.status()).state).toBe("sealed");
    configure(`{"lock": {"idle": "off"}}`);
    (await unlock()).close();
    expect((await home.status()).state).toBe("open");
  });
});
