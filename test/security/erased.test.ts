import { cpSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ThrowAwayHome, expectSuccess, killQuietly } from "../support/throw-away-home.ts";
import { drawCanary } from "./support/canaries.ts";

const home = new ThrowAwayHome();
const doomed = drawCanary();
const kept = drawCanary();
const before = join(home.folder, "before");
const after = join(home.folder, "after");

async function stop(): Promise<void> {
  killQuietly(home.frontId(), "SIGTERM");
  for (let tries = 0; home.processIds().length > 0; tries++) {
    if (tries > 400) throw new Error("the daemon did not end");
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Puts copies of the vault's parts in place while no daemon runs. */
async function arrange(copies: Readonly<Record<string, string>>): Promise<void> {
  await stop();
  rmSync(home.places.vault, { recursive: true });
  for (const [to, from] of Object.entries(copies)) {
    cpSync(from, join(home.places.vault, to), { recursive: true });
  }
}

/** Everything a vault says after an unlock, whether that works or not. */
async function everythingFound(): Promise<string> {
  const said: string[] = [];
  const unlocked = await home.run(["unlock", "--passphrase-fd", "3"], {
    passphrase: "correct horse battery staple",
  });
  said.push(unlocked.stdout, unlocked.stderr);
  for (const args of [
    ["search", doomed],
    ["recent", "--json"],
    ["verify"],
    ["repair", "--accept-rollback", "--yes"],
    ["search", doomed],
    ["recent", "--json"],
  ]) {
    const ran = await home.run(args);
    said.push(ran.stdout, ran.stderr);
  }
  return said.join("\n");
}

beforeAll(async () => {
  await home.init();
  const id = expectSuccess(await home.run(["save", "-"], { input: `to be erased: ${doomed}` })).trim();
  expectSuccess(await home.run(["save", "-"], { input: `to be kept: ${kept}` }));
  expectSuccess(await home.run(["lock"]));
  await stop();
  cpSync(home.places.vault, before, { recursive: true });
  await home.unlock();
  expectSuccess(await home.run(["forget", id, "--yes"]));
  expectSuccess(await home.run(["purge", "--yes"]));
  expectSuccess(await home.run(["lock"]));
  await stop();
  cpSync(home.places.vault, after, { recursive: true });
});
afterAll(() => home.remove());

describe("what was forgotten and purged", () => {
  it("is gone with the key that opened it: an old copy of the store under the new keyring gives nothing back", async () => {
    expect(existsSync(join(after, "store.1"))).toBe(false);
    await arrange({ "": after });
    rmSync(join(home.places.vault, "store.2"), { recursive: true });
    cpSync(join(before, "store.1"), join(home.places.vault, "store.2"), { recursive: true });
    const found = await everythingFound();
    expect(found).not.toContain(doomed);
    expect(found).not.toContain(kept);
  });

  it("is there without a purge: the same old copy under the old keyring gives it back", async () => {
    await arrange({ "": before });
    expect(await everythingFound()).toContain(doomed);
  });

  it("leaves what lives where it is", async () => {
    await arrange({ "": after });
    const found = await everythingFound();
    expect(found).toContain(kept);
    expect(found).not.toContain(doomed);
    expect(readFileSync(join(after, "keyring.a")).length).toBeGreaterThan(100);
  });
});
