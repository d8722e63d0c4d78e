/** Repositories as git makes them and folders as transcripts name them, by the real binaries: what belongs together is found together. */
import { mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ThrowAwayHome, expectSuccess } from "../support/throw-away-home.ts";
import { HAS_GIT, git } from "../support/git.ts";
import { McpHost } from "./support/mcp-host.ts";

const home = new ThrowAwayHome();
const base = realpathSync(home.folder);

beforeAll(async () => {
  await home.startDaemon();
  await home.init();
});
afterAll(() => home.remove());

function file(path: string, text: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const turn = (uuid: string, cwd: string, content: string) =>
  `${JSON.stringify({ type: "user", uuid, sessionId: "s-wt", timestamp: "2026-11-20T10:00:00.000Z", cwd, message: { role: "user", content } })}\n`;

/** The projects of what is found, as a pipe is told. */
async function projectsFound(cwd: string, ...query: readonly string[]): Promise<readonly string[]> {
  const { code, stdout } = await home.run(["search", ...query], { cwd });
  if (code === 5) return [];
  expect(code).toBe(0);
  return stdout
    .trim()
    .split("\n")
    .map((line) => line.split("\t")[2] ?? "");
}

async function importFrom(cwd: string, ...paths: readonly string[]): Promise<void> {
  expectSuccess(await home.run(["import", ...paths], { cwd }));
}

describe.skipIf(!HAS_GIT)("folders that transcripts name", () => {
  it("turns said in a worktree or a subfolder that is gone belong to the repository", async () => {
    const root = join(base, "lantern");
    git(root, "init", "-q");
    const lines = [
      turn("w1", `${root}/.claude/worktrees/gone`, "We settled on argon for the beacon gas."),
      turn("w2", `${root}/build/tmp`, "The rotation motor runs at six volts."),
    ];
    await importFrom(base, file(join(base, "t.jsonl"), lines.join("")));
    expect(await projectsFound(root, "beacon", "gas")).toContain(root);
    expect(new Set(await projectsFound(base, "-a", "rotation", "motor"))).toEqual(new Set([root]));
  });

  it("a repository of another machine is one project, by the folder its session began in", async () => {
    const dead = "/home/other/code/harbour";
    const lines = [
      turn("d1", dead, "The pontoon is chained to the mole."),
      turn("d2", `${dead}/charts/new`, "The pontoon has nine bollards."),
    ];
    await importFrom(base, file(join(base, "dead.jsonl"), lines.join("")));
    expect(await projectsFound(base, "pontoon", "--project", "harbour")).toEqual([dead, dead]);
  });
});

describe.skipIf(!HAS_GIT)("a bare clone with its worktrees", () => {
  beforeAll(() => {
    git(join(base, "src"), "init", "-q", "-b", "main");
    git(join(base, "src"), "commit", "-q", "--allow-empty", "-m", "i");
    for (const name of ["one", "two"]) {
      git(base, "clone", "-q", "--bare", "src", `${name}/.bare`);
      file(join(base, name, ".git"), "gitdir: ./.bare\n");
      git(join(base, name), "worktree", "add", "-q", "main");
    }
  });

  it("is the folder that holds both, which has a name of its own", async () => {
    const [one, two] = [join(base, "one"), join(base, "two")];
    expectSuccess(await home.run(["save", "The capstan turns left."], { cwd: join(one, "main") }));
    expect(await projectsFound(one, "capstan")).toEqual([one]);
    expectSuccess(await home.run(["save", "The windlass is oak."], { cwd: join(two, "main") }));
    expect(await projectsFound(base, "--project", "one", "capstan")).toEqual([one]);
    const bare = await home.run(["search", "--project", ".bare", "capstan"]);
    expect([bare.code, bare.stdout]).toEqual([5, ""]);
  });
});

describe.skipIf(!HAS_GIT)("notes", () => {
  it("belong to the project of the transcripts beside them, and to none where there are none, never to the caller's", async () => {
    const alpha = join(base, "alpha");
    git(alpha, "init", "-q");
    const projects = join(base, "claude", "projects");
    const memory = (name: string, text: string) =>
      file(join(projects, name, "memory", "MEMORY.md"), `# Facts\n- ${text}\n`);
    memory("-srv-nowhere-beta", "The ferry schedule service is written in Erlang.");
    memory("-srv-nowhere-gamma", "The buoy tender is written in Fortran.");
    file(
      join(projects, "-srv-nowhere-gamma", "s.jsonl"),
      turn("g1", "/srv/nowhere/gamma/src", "Look at the tender."),
    );
    await importFrom(alpha, projects);
    expect(await projectsFound(alpha, "Erlang")).toEqual([""]);
    expect(await projectsFound(alpha, "Fortran")).toEqual([]);
    expect(await projectsFound(alpha, "-a", "Fortran")).toEqual(["/srv/nowhere/gamma"]);
  });

  it("belong to the repository they lie in", async () => {
    const other = join(base, "other");
    git(other, "init", "-q");
    const notes = file(join(other, "docs", "NOTES.md"), "# Keel\nThe keel is of larch.\n");
    await importFrom(join(base, "lantern"), notes);
    expect(await projectsFound(other, "larch")).toEqual([other]);
    expect(await projectsFound(join(base, "lantern"), "larch")).toEqual([]);
  });
});

describe.skipIf(!HAS_GIT)("a mistyped project", () => {
  it("is an error with what was meant, and stores nothing; --new-project makes it", async () => {
    const count = async () => (await home.run(["recent", "-a", "--json"])).stdout;
    const before = await count();
    const notes = join(base, "other", "docs", "NOTES.md");
    for (const argv of [
      ["save", "x", "--project", "lantren"],
      ["import", notes, "--project", "lantren"],
      ["client", "add", "reader", "--read-only", "--project", "lantren"],
    ]) {
      const { code, stdout, stderr } = await home.run(argv);
      expect([code, stdout]).toEqual([2, ""]);
      expect(stderr).toContain('there is no project "lantren"\nkeepsake: hint: did you mean "lantern"?');
    }
    expect(await count()).toBe(before);
    expect(expectSuccess(await home.run(["client", "list"]))).not.toContain("reader");
    expectSuccess(await home.run(["save", "x", "--project", "lantren", "--new-project"]));
    expect(await projectsFound(base, "x", "--project", "lantren")).toEqual(["lantren"]);
    expectSuccess(await home.run(["forget", "--project", "lantren", "--yes"]));
  });

  it("is said by a search, on no line of a result", async () => {
    const { code, stdout, stderr } = await home.run(["search", "capstan", "--project", "lantren"]);
    expect([code, stdout]).toEqual([5, ""]);
    expect(stderr).toContain('there is no project "lantren"\nkeepsake: hint: did you mean "lantern"?');
  });

  it("is told over MCP by what the client may see, and its own folder is always one", async () => {
    const [one, fresh] = [join(base, "one"), join(base, "onetwo")];
    git(fresh, "init", "-q");
    expectSuccess(await home.run(["client", "add", "limited", "--project", one, "--project", fresh]));
    expectSuccess(await home.run(["client", "add", "mcp"]));
    const limited = await McpHost.start(home, { client: "limited", cwd: fresh });
    const whole = await McpHost.start(home, { cwd: fresh });
    try {
      const slip = { text: "The mast is ash.", project: "lantren" };
      const refused = await whole.call("memory_save", slip);
      expect([refused.isError, refused.text]).toEqual([
        true,
        expect.stringContaining('there is no project "lantren"; did you mean "lantern"?'),
      ]);
      const hidden = await limited.call("memory_save", slip);
      expect([hidden.isError, hidden.text]).toEqual([true, expect.stringMatching(/^PROJECT_DENIED/)]);
      expect(hidden.text).not.toContain("lantern");
      const searched = await whole.call("memory_search", { query: "mast", project: "lantren" });
      expect(searched.text).toBe('There is no project "lantren". Did you mean "lantern"?');
      for (const project of [undefined, "onetwo", fresh, join(fresh, "gone", "..")]) {
        const saved = await limited.call("memory_save", {
          text: `The mast is ${String(project)}.`,
          ...(project !== undefined && { project }),
        });
        expect([saved.isError, saved.structured["project"]]).toEqual([false, "onetwo"]);
      }
    } finally {
      await Promise.all([limited.close(), whole.close()]);
    }
  });
});
