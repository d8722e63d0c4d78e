/** The real daemon, killed while clients write: engine and front in turn. */
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { KeepsakeClient } from "../../src/client/keepsake-client.ts";
import { report, rounds } from "../support/rounds.ts";
import { killQuietly, ThrowAwayHome } from "../support/throw-away-home.ts";

const WRITERS = 4;
const IDS_AT_ONCE = 20;
let home: ThrowAwayHome;

beforeAll(async () => {
  home = new ThrowAwayHome();
  await home.init();
});
afterAll(() => home.remove());

test("kill -9 of the engine and of the front during writes loses no acknowledged note", async () => {
  const kills = rounds({ short: 6, long: 100 });
  const acknowledged = new Map<string, string>();
  for (let kill = 0; kill < kills; kill += 1) {
    await home.unlock();
    const clients = await Promise.all(Array.from({ length: WRITERS }, () => home.connect("cli")));
    const before = acknowledged.size;
    const writing = clients.map((client, writer) => saveUntilGone(client, `${kill} ${writer}`, acknowledged));
    while (acknowledged.size < before + WRITERS * 2) await sleep(2);
    await sleep(Math.random() * 60);
    killQuietly(kill % 2 === 0 ? home.engineId() : home.frontId(), "SIGKILL");
    await Promise.all(writing);
  }
  await home.unlock();
  const client = await home.connect("cli");
  const ids = [...acknowledged.keys()];
  for (let from = 0; from < ids.length; from += IDS_AT_ONCE) {
    const asked = ids.slice(from, from + IDS_AT_ONCE);
    const { memories, missing } = await client.call("memory.get", { ids: asked });
    expect(missing).toEqual([]);
    for (const { id, text } of memories) expect(text).toBe(acknowledged.get(id));
  }
  expect(await client.call("vault.verify", {})).toMatchObject({ ok: true });
  client.close();
  report({
    title: "kill -9 of the real daemon's engine and front during writes of four clients",
    done: `${kills} kills, ${acknowledged.size} acknowledged notes`,
    outcome: "0 acknowledged lost, the vault verifies",
  });
});

/** Saves one note after the other until the connection is gone. */
async function saveUntilGone(
  client: KeepsakeClient,
  name: string,
  acknowledged: Map<string, string>,
): Promise<void> {
  for (let number = 0; ; number += 1) {
    const text = `note ${name} ${number}`;
    try {
      const { id } = await client.call("memory.save", { text });
      acknowledged.set(id, text);
    } catch {
      client.close();
      return;
    }
  }
}
