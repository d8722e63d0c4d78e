/** Files that change between imports, and what was forgotten, by the real binaries. */
import { execFileSync } from "node:child_process";
import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PASSPHRASE, ThrowAwayHome, expectSuccess, killQuietly } from "../support/throw-away-home.ts";

let home: ThrowAwayHome;
let notes: string;

beforeEach(async () => {
  home = new ThrowAwayHome();
  notes = join(home.folder, "notes");
  mkdirSync(notes);
  await home.startDaemon();
  await home.init();
});
afterEach(() => home.remove());

const write = (name: string, text: string) => writeFileSync(join(notes, name), text);

async function importing(...args: readonly string[]) {
  const { code, stdout, stderr } = await home.run(["import", ...args, "--json"]);
  return { code, stderr, ...(JSON.parse(stdout) as Record<string, unknown>) };
}

async function found(query: string): Promise<readonly string[]> {
  const { stdout } = await home.run(["search", query, "--all-projects", "--json"]);
  if (stdout === "") return [];
  const { hits } = JSON.parse(stdout) as { hits: { id: string; text: string }[] };
  return hits.map(({ text }) => text).toSorted();
}

async function idOf(query: string): Promise<string> {
  const { stdout } = await home.run(["search", query, "--all-projects", "--json"]);
  return (JSON.parse(stdout) as { hits: { id: string }[] }).hits[0]?.id ?? "";
}

describe("a Markdown file that changes", () => {
  it("has one current text for each section, whatever was edited and imported", async () => {
    write("MEMORY.md", "# Facts\nThe ferry schedule is written in Erlang.\n# Plan\nShip it in May.\n");
    expect(await importing(notes)).toMatchObject({ stored: 2, replaced: 0 });
    write("MEMORY.md", "# Facts\nThe ferry schedule is written in Elixir.\n# Plan\nShip it in May.\n");
    expect(await importing(notes, "--dry-run")).toMatchObject({ stored: 1, replaced: 1, duplicates: 1 });
    expect(await importing(notes)).toMatchObject({ stored: 1, replaced: 1, duplicates: 1 });
    expect(await found("ferry schedule written")).toEqual([
      "# Facts\nThe ferry schedule is written in Elixir.",
    ]);
    const versions = expectSuccess(await home.run(["get", await idOf("Elixir")]));
    expect(versions).toContain("Erlang");
    expect(await importing(notes)).toMatchObject({ stored: 0, duplicates: 2 });
  });

  it("forgets what left it only when it is told to", async () => {
    write("a.md", "# One\nThe crane lifts four tonnes.\n# Two\nThe pier is closed.\n");
    write("b.md", "# Three\nThe lamp is broken.\n");
    await importing(notes);
    write("a.md", "# One\nThe crane lifts four tonnes.\n");
    rmSync(join(notes, "b.md"));
    const plain = await home.run(["import", notes]);
    expect(plain.stdout).toContain("2  no longer in their files");
    expect(plain.stderr).toBe(
      "keepsake: hint: 2 memories no longer in their files; --forget-removed forgets them\n",
    );
    expect(await found("pier")).toHaveLength(1);
    expect(await importing(notes, "--forget-removed")).toMatchObject({ removed: 2, stderr: "" });
    expect([await found("pier"), await found("lamp")]).toEqual([[], []]);
    expect(await found("crane")).toHaveLength(1);
    expect(await importing(notes)).toMatchObject({ stored: 0, gone: [], stderr: "" });
    rmSync(join(notes, "a.md"));
    expect(await importing(notes, "--forget-removed")).toMatchObject({ code: 0, removed: 1 });
    expect((await home.run(["import", notes])).code).toBe(1);
  });

  it("is one file in every worktree of its repository", async () => {
    const git = (...args: readonly string[]) =>
      execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...args], { cwd: notes });
    write("NOTES.md", "# One\nThe crane lifts four tonnes.\n");
    git("init", "-q");
    git("add", ".");
    git("commit", "-qm", "notes");
    git("worktree", "add", "-q", join(home.folder, "tree"));
    await importing(notes);
    writeFileSync(join(home.folder, "tree", "NOTES.md"), "# One\nThe crane lifts five tonnes.\n");
    expect(await importing(join(home.folder, "tree"))).toMatchObject({ stored: 1, replaced: 1 });
    expect(await found("crane")).toEqual(["# One\nThe crane lifts five tonnes."]);
  });

  it("is gone on with after the daemon was killed in the middle", async () => {
    const sections = (word: string) =>
      Array.from(
        { length: 600 },
        (_, each) => `# Section ${each}\nThe crane ${each} lifts ${word} tonnes.`,
      ).join("\n");
    write("long.md", `${sections("four")}\n`);
    await importing(notes);
    write("long.md", `${sections("five")}\n`);
    for (const wait of [30, 90]) {
      const running = home.run(["import", notes, "--json"]);
      await new Promise((resolve) => setTimeout(resolve, 300 + wait));
      killQuietly(home.engineId(), "SIGKILL");
      await running;
      for (
        let tries = 0;
        (await home.status().catch(() => undefined)) === undefined && tries < 50;
        tries += 1
      );
      await home.run(["unlock", "--passphrase-fd", "3"], { passphrase: PASSPHRASE });
    }
    await importing(notes);
    expect(await importing(notes)).toMatchObject({ stored: 0, duplicates: 600 });
    const { stdout } = await home.run(["status", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ open: { memories: 600, versions: 1_200 } });
  });
});

describe("what was forgotten", () => {
  it("stays forgotten through imports, purge and rotation, until it is asked for", async () => {
    write("a.md", "# One\nThe crane lifts four tonnes.\n# Two\nThe pier is closed.\n");
    await importing(notes);
    expectSuccess(await home.run(["forget", await idOf("crane"), "--yes"]));
    expect(await importing(notes)).toMatchObject({ stored: 0, duplicates: 1, forgotten: 1 });
    expectSuccess(await home.run(["purge", "--yes"]));
    expectSuccess(await home.run(["rotate", "--yes"]));
    expectSuccess(await home.run(["lock"]));
    await home.unlock();
    const refused = await home.run(["import", notes]);
    expect(refused.stdout).toContain("1  forgotten before: not stored\n");
    expect(refused.stderr).toBe(
      "keepsake: hint: what was forgotten stays forgotten; --again brings it back\n",
    );
    renameSync(join(notes, "a.md"), join(notes, "b.md"));
    expect(await importing(join(notes, "b.md"))).toMatchObject({ stored: 0, forgotten: 1 });
    expect(await found("crane")).toEqual([]);
    expect(expectSuccess(await home.run(["status"]))).toMatch(/forgotten +1, refused when they come again/);
    expect(await importing(notes, "--again")).toMatchObject({ stored: 1, duplicates: 1 });
    expect(await found("crane")).toHaveLength(1);
    expect(await importing(notes)).toMatchObject({ stored: 0, duplicates: 2, forgotten: 0 });
  });
});
