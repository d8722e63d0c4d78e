/** Commands that find the vault locked, as a person meets them: the real program in a terminal. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { HAS_TERMINAL, inTerminal } from "../support/terminal.ts";
import { PASSPHRASE, ThrowAwayHome, expectSuccess } from "../support/throw-away-home.ts";

const WHY = "the vault is locked; its passphrase opens it and this goes on";
const ASKED = "Passphrase:";
const RIGHT = [ASKED, `${PASSPHRASE}\r`] as const;

const home = new ThrowAwayHome();
beforeAll(async () => {
  await home.startDaemon();
  await home.init();
  expectSuccess(await home.run(["save", "The winch is oiled.", "--no-project"]));
});
beforeEach(async () => {
  expectSuccess(await home.run(["lock"]));
});
afterAll(() => home.remove());

const state = async () => (await home.status()).state;

describe.skipIf(!HAS_TERMINAL)("a command that finds the vault locked", () => {
  it("asks, opens it and goes on; the passphrase is not shown, and the next command asks nothing", async () => {
    const asked = await inTerminal(home, ["search", "-a", "winch"], [RIGHT]);
    expect([asked.code, asked.text.includes(WHY), asked.text.includes(PASSPHRASE)]).toEqual([0, true, false]);
    expect(asked.text).toContain("The winch is oiled.");
    const again = await inTerminal(home, ["search", "-a", "winch"], []);
    expect([again.code, again.text.includes(ASKED)]).toEqual([0, false]);
  });

  it("asks although standard output is no terminal, which gets the result alone", async () => {
    const out = join(home.folder, "out.json");
    const asked = await inTerminal(home, ["search", "-a", "winch", "--json"], [RIGHT], { out });
    expect([asked.code, asked.text.includes(WHY)]).toEqual([0, true]);
    expect(JSON.parse(readFileSync(out, "utf8"))).toMatchObject({ hits: [{ text: "The winch is oiled." }] });
  });

  it("loses nothing of what an import streams", async () => {
    const notes = join(home.folder, "notes.md");
    const lines = Array.from({ length: 300 }, (_, at) => `# Lamp ${at}\nThe lamp ${at} is broken.\n`);
    writeFileSync(notes, lines.join(""));
    const asked = await inTerminal(home, ["import", notes, "--json"], [RIGHT]);
    expect(asked.code).toBe(0);
    expect(asked.text).toMatch(/"stored": ?300\b/);
  });

  it("takes a second try, gives up after three, and on Ctrl-C and Esc at once, with nothing changed", async () => {
    const save = ["save", "never stored", "--no-project", "--supersedes", "0123456789abcdefghjkmnpqr0"];
    const wrong = [ASKED, "not this one\r"] as const;
    const never = await inTerminal(home, save, [wrong, wrong, wrong]);
    expect([never.code, await state()]).toEqual([6, "sealed"]);
    const stopped = await inTerminal(home, save, [[ASKED, "\u0003"]]);
    expect([stopped.code, await state()]).toEqual([130, "sealed"]);
    const esc = await inTerminal(home, ["recent", "-a"], [[ASKED, "\u001b"]]);
    expect([esc.code, await state()]).toEqual([4, "sealed"]);
    const second = await inTerminal(home, ["recent", "-a"], [wrong, RIGHT]);
    expect([second.code, await state()]).toEqual([0, "open"]);
  });

  it("asks nothing with --no-input, and never for status and a hook", async () => {
    const silent = await inTerminal(home, ["recent", "-a", "--no-input"], []);
    expect([silent.code, silent.text.includes(ASKED)]).toEqual([4, false]);
    for (const argv of [["status"], ["hook", "claude-code", "session-start"]]) {
      const ran = await inTerminal(home, argv, []);
      expect([argv[0], ran.text.includes(ASKED), await state()]).toEqual([argv[0], false, "sealed"]);
    }
  });
});
