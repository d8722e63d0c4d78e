/** A process that is killed in the middle of anything loses nothing that it acknowledged. */
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleProgram } from "../support/child-program.ts";
import { counting, report, rounds } from "../support/rounds.ts";
import { killIn } from "./support/kill-lab.ts";
import type { Killed } from "./support/kill-lab.ts";

/** What a kill falls into, as people call it, and its share of all kills. */
const CHANGES = {
  write: { name: "writes and removals", share: 0.12 },
  update: { name: "updates", share: 0.1 },
  forget: { name: "forgetting", share: 0.1 },
  import: { name: "imports", share: 0.12 },
  purge: { name: "purges", share: 0.14 },
  rotate: { name: "rotations of the data key", share: 0.12 },
  "rotate-master": { name: "rotations of the master key", share: 0.1 },
  rekey: { name: "changes of the passphrase", share: 0.1 },
  keyring: { name: "slots added and removed", share: 0.1 },
} as const;
/** Rounds that run at a time: one waits for a process to start while another one checks. */
const LANES = 2;
const UNHARMED = { lost: 0, wrong: 0, damaged: 0, unopenable: 0, severalGenerations: 0, refused: 0 };
let worker: string;

beforeAll(async () => {
  worker = await bundleProgram(fileURLToPath(new URL("support/vault-worker.ts", import.meta.url)), "worker");
});
afterAll(() => rm(worker, { force: true }));

test("kill -9 inside writes, updates, forgetting, imports, purges, rotations and changes of the keyring loses nothing acknowledged", async () => {
  const kills = rounds({ short: 100, long: 1_000 });
  const count = counting("kill -9 in a change", kills);
  const killed = new Map<string, Killed>();
  const waiting = Object.entries(CHANGES);
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [kind, { name, share }] = next;
      killed.set(name, await killIn(worker, kind, Math.round(kills * share), count));
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  for (const [name, { kills: times, inside, bad }] of killed) {
    expect([name, bad]).toEqual([name, UNHARMED]);
    expect([name, inside >= times / 2]).toEqual([name, true]);
  }
  const total = [...killed.values()].reduce((sum, each) => sum + each.kills, 0);
  expect(total).toBe(kills);
  const rows = Object.values(CHANGES).map(({ name }) => {
    const { kills: times, inside, acknowledged } = killed.get(name)!;
    return [name, String(times), String(inside), String(acknowledged), "0", "0", "0"];
  });
  report({
    title: "kill -9 at a random moment of a change",
    done: `${total} kills`,
    outcome: "0 acknowledged lost, 0 wrong, 0 unopenable, exactly one generation after each start",
    control: "a worker that acknowledges before the write is durable loses some (own test)",
    table: [["killed in", "kills", "inside", "acknowledged", "lost", "wrong", "unopenable"], ...rows],
  });
}, 3_600_000);

test("the same test finds losses when a worker acknowledges too early", async () => {
  const { bad } = await killIn(worker, "lie", 12);
  expect(bad.lost).toBeGreaterThan(0);
});
