/** A vault of 0.1.0 is opened, purged and opened again by the real binaries of this version. */
import { readdirSync, rmSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OLD_VAULT, placeOldVault } from "../support/old-vault.ts";
import { expectSuccess, ThrowAwayHome } from "../support/throw-away-home.ts";

let home: ThrowAwayHome;
beforeEach(async () => {
  home = new ThrowAwayHome();
  rmSync(home.places.vault, { recursive: true, force: true });
  await placeOldVault(home.places.vault);
  await home.startDaemon();
});
afterEach(() => home.remove());

const run = async (...args: readonly string[]) => expectSuccess(await home.run(args));
const unlock = async () =>
  expectSuccess(await home.run(["unlock", "--passphrase-fd", "3"], { passphrase: OLD_VAULT.passphrase }));
const search = (words: string) => run("search", words, "--all-projects", "--json");

/** What a memory of each kind says after the upgrade, and what must not be there. */
async function expectContents(): Promise<void> {
  expect(await search("crane")).toContain("four tonnes");
  const waited = JSON.parse(await search("millstone")) as { readonly hits: readonly unknown[] };
  expect(JSON.stringify(waited)).toContain('"unverified"');
  expect(await run("key", "list")).toMatch(/passphrase[\s\S]*recovery/);
  const status = JSON.parse(await run("status", "--json")) as Record<string, unknown>;
  expect(status).toMatchObject({ state: "open", waiting: 0 });
  expect(status).not.toHaveProperty("open.readOnly");
  expect(await run("verify")).toContain("all of it is sound");
}

describe("a vault of 0.1.0", () => {
  it("holds after one unlock what it held, and what waited as of unknown origin; so it does after a purge", async () => {
    expect(await unlock()).toContain("unverified");
    await expectContents();
    await run("lock");
    await unlock();
    await expectContents();
    await run("purge", "--yes");
    expect(readdirSync(home.places.vault)).toEqual(expect.arrayContaining(["store.2"]));
    expect(readdirSync(home.places.vault)).not.toContain("store.1");
    await run("lock");
    await unlock();
    await expectContents();
  });
});
