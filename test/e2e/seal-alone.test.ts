/** Hooks that seal alone beside the real daemon, in every state it may be in: each turn is there once, and none in plaintext. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { sealAlone } from "../../src/hooks/seal-alone.ts";
import { captureOf, HOOK_CLIENT } from "../hooks/support.ts";
import { expectSuccess, ThrowAwayHome } from "../support/throw-away-home.ts";

const HOOKS = 50;

async function openHome(): Promise<ThrowAwayHome> {
  const home = new ThrowAwayHome();
  onTestFinished(() => home.remove());
  await home.init();
  expectSuccess(await home.run(["client", "add", HOOK_CLIENT, "--scope", "read,capture"]));
  return home;
}

/** How often each message is there, by its id in the text. */
async function storedTurns(home: ThrowAwayHome): Promise<ReadonlyMap<string, number>> {
  const client = await home.connect();
  const found = new Map<string, number>();
  const { memories } = await client.call("memory.recent", { limit: 100 });
  client.close();
  for (const { text } of memories) {
    const [, id = ""] = /canary of (\w+):/.exec(text) ?? [];
    found.set(id, (found.get(id) ?? 0) + 1);
  }
  return found;
}

async function expectNoCanary(home: ThrowAwayHome): Promise<void> {
  const files = await readdir(home.folder, { recursive: true, withFileTypes: true });
  for (const file of files.filter((each) => each.isFile())) {
    const bytes = await readFile(join(file.parentPath, file.name)).catch(() => Buffer.alloc(0));
    expect([file.name, bytes.includes("canary")]).toEqual([file.name, false]);
  }
}

test("fifty hooks beside a daemon that drains without end lose no turn and store none twice", async () => {
  const home = await openHome();
  const client = await home.connect();
  let isOver = false;
  let drains = 0;
  const draining = (async () => {
    for (; !isOver; drains += 1) {
      // A capture takes in what was dropped and drains it, which changes the pair.
      await client.call("memory.capture", captureOf(`other${drains}`));
    }
  })();
  const ids = Array.from({ length: HOOKS }, (_, number) => `m${number}`);
  for (let from = 0; from < ids.length; from += 10) {
    await Promise.all(
      ids.slice(from, from + 10).map((id) => sealAlone(home.places, captureOf(id), HOOK_CLIENT)),
    );
  }
  isOver = true;
  await draining;
  await client.call("memory.capture", captureOf("last"));
  const status = await client.call("vault.status", {});
  client.close();
  expect([status.waiting, status.dropsSetAside, status.open?.inbox?.setAside]).toEqual([0, undefined, 0]);
  expect(status.open?.memories).toBe(HOOKS + drains + 1);
  expect(await readdir(join(home.places.vault, "drop"))).toEqual([]);
  await expectNoCanary(home);
}, 300_000);

test("what was sealed while the daemon was locked, or did not run, is counted, drained and found", async () => {
  const home = await openHome();
  expectSuccess(await home.run(["lock"]));
  await sealAlone(home.places, captureOf("m1", "m2"), HOOK_CLIENT);
  expect((await home.status()).waiting).toBe(2);
  process.kill(home.frontId()!, "SIGTERM");
  while (home.processIds().length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  await sealAlone(home.places, captureOf("m3"), HOOK_CLIENT);
  await sealAlone(home.places, captureOf("m3", "m2"), HOOK_CLIENT);
  await expectNoCanary(home);
  await home.unlock();
  expect(await storedTurns(home)).toEqual(
    new Map([
      ["m1", 1],
      ["m2", 1],
      ["m3", 1],
    ]),
  );
  const shown = JSON.parse(expectSuccess(await home.run(["status", "--json"]))) as { waiting: number };
  expect(shown.waiting).toBe(0);
}, 300_000);
