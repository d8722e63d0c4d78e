/** Files and folders that are removed outside the vault's own folder, by the real binaries: what the owner sees, and what heals. */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { expectSuccess, PASSPHRASE, ThrowAwayHome } from "../support/throw-away-home.ts";

const SAVED = "The crane lifts four tonnes";

let home: ThrowAwayHome;
beforeEach(async () => {
  home = new ThrowAwayHome();
  await home.startDaemon();
  await home.init();
  expectSuccess(await home.run(["client", "add", "codex"]));
  expectSuccess(await home.run(["save", SAVED]));
});
afterEach(() => home.remove());

const search = () => home.run(["search", "crane", "--all-projects"]);

/** What waits in the inbox is captured by the codex client, as a hook would. */
async function capture(words: string): Promise<void> {
  const client = await home.connect("codex");
  try {
    const turn = { messageId: words, role: "user", text: words, at: "2026-11-29T08:00:00Z" } as const;
    await client.call("memory.capture", { session: "pier", turns: [turn] });
  } finally {
    client.close();
  }
}

describe("a daemon whose owner's token is removed", () => {
  it.each(["config/clients/cli.json", "config/clients", "config"])(
    "lets nobody in, names the way out, and the next one has a token: %s",
    async (removed) => {
      await home.run(["lock"]);
      await capture("The millstone was dressed in May");
      await home.unlock();
      await home.run(["lock"]);
      await capture("The gate hangs on three hinges");
      rmSync(join(home.env["KEEPSAKE_HOME"]!, removed), { recursive: true });
      const refused = await home.run(["status"]);
      expect([refused.code, refused.stderr]).toEqual([5, expect.stringContaining('run "keepsake lock"')]);
      const locked = await home.run(["lock"]);
      expect([locked.code, locked.stdout]).toEqual([0, expect.stringContaining("was ended")]);
      expect(home.processIds()).toEqual([]);
      const unlocked = expectSuccess(
        await home.run(["unlock", "--passphrase-fd", "3"], { passphrase: PASSPHRASE }),
      );
      expect(expectSuccess(await search())).toContain("four tonnes");
      expect(expectSuccess(await home.run(["search", "hinges", "--all-projects"]))).toContain("three hinges");
      // The token that vouches for what waits goes with the whole folder alone.
      expect(unlocked.includes("unverified")).toBe(removed === "config");
      expect(existsSync(home.places.inboxToken)).toBe(true);
      const others = expectSuccess(await home.run(["client", "list"]));
      expect(others.includes("codex")).toBe(removed === "config/clients/cli.json");
    },
  );
});

describe("a daemon whose state folder is removed", () => {
  it("closes the vault and makes the folder again, and the memories are there", async () => {
    rmSync(home.places.state, { recursive: true });
    const end = performance.now() + 60_000;
    while (home.processIds().length > 0 && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(home.processIds()).toEqual([]);
    expect((await search()).stderr).toContain("the vault is locked");
    await home.unlock();
    expect(expectSuccess(await search())).toContain("four tonnes");
    expect(existsSync(home.places.log)).toBe(true);
  });
});
