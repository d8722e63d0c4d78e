/** A vault that loses a part, by the real binaries. */
import { mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PASSPHRASE, ThrowAwayHome } from "../support/throw-away-home.ts";

const KEYRINGS = ["keyring.a", "keyring.b"];
const UNLOCK = ["unlock", "--passphrase-fd", "3"];
const INIT = ["init", "--no-recovery", "--passphrase-fd", "3"];

let home: ThrowAwayHome;
let away: string;

beforeEach(() => {
  home = new ThrowAwayHome();
  away = mkdtempSync(join(tmpdir(), "keepsake-away-"));
});
afterEach(async () => {
  await home.remove();
  rmSync(away, { recursive: true, force: true });
});

const move = (names: readonly string[], from: string, to: string) => {
  for (const name of names) renameSync(join(from, name), join(to, name));
};

describe("a vault that loses a part while it is locked", () => {
  it("names what is missing of a vault, lets init destroy nothing, and opens it once that is back", async () => {
    const { vault } = home.places;
    await home.startDaemon();
    await home.init();
    expect((await home.run(["save", "The crane lifts four tonnes"])).code).toBe(0);
    for (const [names, said] of [
      [KEYRINGS, "keyring.a and keyring.b are missing from"],
      [["store.1"], "store.1 is missing"],
    ] as const) {
      expect((await home.run(["lock"])).code).toBe(0);
      move(names, vault, away);
      const unlocked = await home.run(UNLOCK, { passphrase: PASSPHRASE });
      expect([unlocked.code, unlocked.stderr]).toEqual([7, expect.stringContaining(said)]);
      expect((await home.run(["status"])).stdout).toContain(said);
      const searched = await home.run(["search", "crane"]);
      expect(searched.code).not.toBe(0);
      const before = readdirSync(vault).toSorted();
      expect((await home.run(INIT, { passphrase: PASSPHRASE })).code).not.toBe(0);
      expect(readdirSync(vault).toSorted()).toEqual(before);
      move(names, away, vault);
      await home.unlock();
      expect((await home.run(["search", "crane", "--all-projects"])).stdout).toContain("four tonnes");
    }
  });

  it("is set aside whole by an init that is told to", async () => {
    const { vault } = home.places;
    await home.startDaemon();
    await home.init();
    expect((await home.run(["lock"])).code).toBe(0);
    move(KEYRINGS, vault, away);
    const made = await home.run([...INIT, "--set-aside"], { passphrase: PASSPHRASE });
    expect([made.code, made.stderr]).toEqual([0, expect.stringContaining("what was there is in")]);
    const aside = readdirSync(join(vault, "..")).find((name) => name.startsWith("vault-set-aside-"));
    expect(readdirSync(join(vault, "..", aside!))).toEqual(expect.arrayContaining(["anchor", "store.1"]));
  });
});
