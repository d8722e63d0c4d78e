/** Questions as a person meets them: the real program in a terminal. */
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HAS_TERMINAL, inTerminal } from "../support/terminal.ts";
import { PROJECT_ROOT, ThrowAwayHome, expectSuccess } from "../support/throw-away-home.ts";

const ESC = "\u001b";
const ENTER = "\r";

const home = new ThrowAwayHome();
const notes = join(home.folder, "notes");
beforeAll(async () => {
  await home.startDaemon();
  await home.init();
  mkdirSync(notes);
});
afterAll(() => home.remove());

const write = (name: string, text: string) => writeFileSync(join(notes, name), text);
const isFound = async (query: string) => (await home.run(["search", "-a", query])).code === 0;

describe.skipIf(!HAS_TERMINAL)("what is no longer in its file", () => {
  const ONE = "Forget 1 memory that is no longer in its file, with all versions?";

  it("is shown and asked for; a no, Enter and Esc keep it, and each import asks again until a yes", async () => {
    write("a.md", "# One\nThe crane lifts four tonnes.\n# Two\nThe pier is closed.\n");
    expectSuccess(await home.run(["import", notes]));
    write("a.md", "# One\nThe crane lifts four tonnes.\n");
    for (const typed of ["n", ENTER, ESC]) {
      const { code, text } = await inTerminal(home, ["import", join(notes, "a.md")], [[ONE, typed]]);
      expect([typed, code, text.includes("\nkept\n"), text.includes("forgot")]).toEqual([
        typed,
        0,
        true,
        false,
      ]);
      expect(text).toContain("1  no longer in their files");
      expect(text).toContain("    # Two The pier is closed.\n");
    }
    expect(await isFound("pier")).toBe(true);
    const yes = await inTerminal(home, ["import", join(notes, "a.md")], [[ONE, "y"]]);
    expect([yes.code, yes.text.includes("\nforgot 1 memory\n")]).toEqual([0, true]);
    expect([await isFound("pier"), await isFound("crane")]).toEqual([false, true]);
    const after = await inTerminal(home, ["import", join(notes, "a.md")], []);
    expect([after.code, after.text.includes("Forget")]).toEqual([0, false]);
  });

  it("is asked for in one question where files are gone from a folder, of which ten are shown", async () => {
    const numbers = Array.from({ length: 12 }, (_, each) => each + 10);
    for (const each of numbers) write(`b${each}.md`, `# Lamp ${each}\nThe lamp ${each} is broken.\n`);
    expectSuccess(await home.run(["import", notes]));
    for (const each of numbers) rmSync(join(notes, `b${each}.md`));
    const question = "Forget 12 memories that are no longer in their files";
    const { code, text } = await inTerminal(home, ["import", notes], [[question, "y"]]);
    expect([code, text.includes("    and 2 more\n"), text.includes("\nforgot 12 memories\n")]).toEqual([
      0,
      true,
      true,
    ]);
    expect(await isFound("broken")).toBe(false);
  });
});

describe.skipIf(!HAS_TERMINAL)("a mistyped project", () => {
  it("is asked about with each that may be meant; Esc saves nothing, a yes makes a new one", async () => {
    for (const each of ["/gone/mira/tool", "/gone/jo/tool"])
      expectSuccess(await home.run(["save", "x", "--project", each, "--new-project"]));
    const question =
      /There is no project "tol"; "(?:mira|jo)\/tool" or "(?:mira|jo)\/tool" may be meant. Make a new one\?/;
    const save = ["save", "The winch is oiled.", "--project", "tol"];
    const no = await inTerminal(home, save, [["new one?", ESC]]);
    expect([no.code, question.test(no.text.replaceAll(/\s+/g, " "))]).toEqual([130, true]);
    expect(no.text).toContain("nothing was changed");
    expect(await isFound("winch")).toBe(false);
    expect((await inTerminal(home, save, [["new one?", "y"]])).code).toBe(0);
    expect((await home.run(["search", "winch", "--project", "tol"])).stdout).toContain("\ttol\t");
  });
});

describe.skipIf(!HAS_TERMINAL)("what a host has kept so far", () => {
  const WHOLE = "Import what Claude Code has kept so far?";
  const SET_UP = "Set Claude Code up like this?";
  const setUp = ["setup", "claude-code"];

  it("is counted and asked for when the host is set up; a no leaves it, a yes imports it", async () => {
    const folder = join(home.folder, ".claude", "projects", "p");
    mkdirSync(folder, { recursive: true });
    copyFileSync(join(PROJECT_ROOT, "test/fixtures/claude-code/lantern.jsonl"), join(folder, "s.jsonl"));
    const no = await inTerminal(home, setUp, [
      [SET_UP, "y"],
      [WHOLE, "n"],
    ]);
    expect([no.code, no.text.includes("would be stored")]).toEqual([0, true]);
    expect(no.text).toContain(WHOLE);
    expect(await isFound("lantern")).toBe(false);
    const yes = await inTerminal(home, setUp, [[WHOLE, "y"]]);
    expect([yes.code, yes.text.includes("Claude Code is set up already\n")]).toEqual([0, true]);
    expect(await isFound("lantern")).toBe(true);
  });
});
