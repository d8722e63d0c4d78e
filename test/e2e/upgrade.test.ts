/** A vault of 0.1.0 is opened, purged and opened again by the real binaries of this version. */
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { OLD_VAULT, placeOldVault } from "../support/old-vault.ts";
import { jsonLines, typed } from "../support/transcripts.ts";
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
/** @returns what was said beside the answer */
async function unlock(): Promise<string> {
  const unlocked = await home.run(["unlock", "--passphrase-fd", "3"], { passphrase: OLD_VAULT.passphrase });
  expectSuccess(unlocked);
  return unlocked.stderr;
}
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
    expect(await unlock()).toContain("of unknown origin, marked unverified");
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

  it("knows its turns when their transcript is imported, and takes what is new", async () => {
    await unlock();
    const said = ["m1", "m2", "m9"].map((uuid) =>
      typed(`${uuid} of the pier`, { uuid, session: "pier", cwd: "/srv/harbour" }),
    );
    const path = join(home.folder, "pier.jsonl");
    writeFileSync(path, jsonLines(...said));
    const first = JSON.parse(await run("import", path, "--project", "/srv/harbour", "--json")) as object;
    expect(first).toMatchObject({ stored: 1, duplicates: 2, lines: { read: 3, stored: 1, known: 2 } });
    const again = JSON.parse(await run("import", path, "--project", "/srv/harbour", "--json")) as object;
    expect(again).toMatchObject({ stored: 0, duplicates: 3 });
  });
});
