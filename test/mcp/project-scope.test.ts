import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { KeepsakeError } from "../../src/base/errors.ts";
import { failureText } from "../../src/mcp/failure-text.ts";
import { createProjectScope } from "../../src/mcp/project-scope.ts";
import type { ProjectScopeDeps } from "../../src/mcp/project-scope.ts";
import { createDaemonLink } from "../../src/mcp/daemon-link.ts";
import { systemClock } from "../../src/base/clock.ts";
import { FakeClient } from "./support/fake-client.ts";
import { aMemory } from "./support/memories.ts";
import { openSession } from "./support/session.ts";
import type { Session } from "./support/session.ts";

let session: Session | undefined;
afterEach(() => session?.close());

const AT = "2026-05-01T10:00:00Z";

function scopeOf(overrides: Partial<ProjectScopeDeps> = {}, projects: readonly (string | null)[] = []) {
  const daemon = new FakeClient({
    "memory.projects": () => ({
      projects: projects.map((project) => ({ project, count: 1, lastAt: AT })),
      tags: [],
    }),
  });
  const scope = createProjectScope({
    daemon: createDaemonLink({ open: () => Promise.resolve(daemon), client: "mcp", clock: systemClock }),
    clock: systemClock,
    hostFolder: undefined,
    workingFolder: "/work/cwd/deep",
    roots: () => Promise.resolve([]),
    resolveProject: (folder) =>
      Promise.resolve(folder.startsWith("/work/") ? folder.replace("/deep", "") : null),
    isPrivate: () => Promise.resolve(false),
    ...overrides,
  });
  return { scope, daemon };
}

describe("the current project", () => {
  it("is the repository of the working folder when nothing else is known", async () => {
    expect(await scopeOf().scope.current()).toBe("/work/cwd");
  });

  it("comes from the client's first local root before the working folder", async () => {
    const roots = () =>
      Promise.resolve(["https://example.org/", "file:///work/root/deep", "file:///work/other"]);
    expect(await scopeOf({ roots }).scope.current()).toBe("/work/root");
  });

  it("comes from the host's folder before the roots", async () => {
    const roots = () => Promise.resolve(["file:///work/root"]);
    expect(await scopeOf({ roots, hostFolder: "/work/host/deep" }).scope.current()).toBe("/work/host");
  });

  it("does not take a relative host folder", async () => {
    expect(await scopeOf({ hostFolder: "../elsewhere" }).scope.current()).toBe("/work/cwd");
  });

  it("is looked up once, and again after the roots changed", async () => {
    let root = "file:///work/one";
    const { scope } = scopeOf({ roots: () => Promise.resolve([root]) });
    expect(await scope.current()).toBe("/work/one");
    root = "file:///work/two";
    expect(await scope.current()).toBe("/work/one");
    scope.refresh();
    expect(await scope.current()).toBe("/work/two");
  });
});

describe("a private place", () => {
  const refusal = async (overrides: Partial<ProjectScopeDeps>, isPrivate: ProjectScopeDeps["isPrivate"]) =>
    scopeOf({ ...overrides, isPrivate }).scope.refusePrivate();
  const roots = () => Promise.resolve(["file:///work/one/deep", "file:///work/two"]);

  it.each([
    ["the host's folder", { hostFolder: "/work/host" }, "/work/host"],
    ["the first root", { roots }, "/work/one/deep"],
    ["a root behind the first", { roots }, "/work/two"],
    ["a root behind the host's folder", { roots, hostFolder: "/work/host" }, "/work/two"],
    ["the working folder behind all of them", { roots, hostFolder: "/work/host" }, "/work/cwd/deep"],
  ])("is refused where it is %s", async (_name, overrides, folder) => {
    await expect(
      refusal(overrides, (where) => Promise.resolve(where.folder === folder)),
    ).rejects.toMatchObject({ code: "SCOPE_DENIED" });
  });

  it("is refused where it is the project of any of them", async () => {
    const isPrivate: ProjectScopeDeps["isPrivate"] = ({ project }) =>
      Promise.resolve(project === "/work/one");
    await expect(refusal({ roots, hostFolder: "/work/host" }, isPrivate)).rejects.toMatchObject({
      code: "SCOPE_DENIED",
    });
    await expect(refusal({ hostFolder: "/work/host" }, isPrivate)).resolves.toBeUndefined();
  });
});

describe("what a call means by its project", () => {
  it("looks at everything outside a repository and saves to none there", async () => {
    const { scope } = scopeOf({ workingFolder: "/tmp" });
    expect(await scope.forRead(undefined)).toEqual({});
    expect(await scope.forSave(undefined)).toEqual({ project: null, isNew: false });
  });

  it("takes * as all projects, an empty name as none and a path as it is", async () => {
    const { scope } = scopeOf();
    expect(await scope.forRead("*")).toEqual({ project: "*" });
    expect(await scope.forRead("")).toEqual({ project: null });
    expect(await scope.forSave("")).toEqual({ project: null, isNew: false });
    expect(await scope.forSave("/work/x")).toEqual({ project: "/work/x", isNew: true });
  });

  it("finds the one project that ends in a short name", async () => {
    const { scope } = scopeOf({}, ["/work/keepsake", "/work/other", null]);
    expect(await scope.forRead("keepsake")).toEqual({ project: "/work/keepsake" });
    expect(await scope.forSave("keepsake")).toEqual({ project: "/work/keepsake", isNew: false });
  });

  it("takes a short name literally when it is a project itself, or several or none end in it", async () => {
    const { scope } = scopeOf({}, ["/a/app", "/b/app", "/c/notes", "notes"]);
    expect(await scope.forRead("app")).toEqual({ project: "app" });
    expect(await scope.forRead("notes")).toEqual({ project: "notes" });
    expect(await scope.forRead("new")).toEqual({ project: "new" });
    expect(await scope.forSave("notes")).toEqual({ project: "notes", isNew: false });
    expect(await scope.forSave("new")).toEqual({ project: "new", isNew: true });
  });

  it("saves nothing under a short name that several projects end in", async () => {
    const { scope } = scopeOf({}, ["/a/app", "/b/app"]);
    await expect(scope.forSave("app")).rejects.toMatchObject({
      code: "INVALID_PARAMS",
      message: "2 projects have that short name",
      hint: 'name "a/app" or "b/app", or leave project out for the current one',
    });
    for (const name of ["/a/app", "a/app"])
      expect(await scope.forSave(name)).toEqual({ project: "/a/app", isNew: false });
    expect(await scope.missing("app")).toBe(
      '2 projects have that short name: name "a/app" or "b/app", or leave project out for the current one.',
    );
  });

  it("never is every project for what is saved", async () => {
    const { scope, daemon } = scopeOf({}, ["/a/app"]);
    await expect(scope.forSave("*")).rejects.toMatchObject({
      code: "INVALID_PARAMS",
      message: 'project "*" is for reading: a memory belongs to one',
      hint: 'leave project out for the current one, name one, or give "" for none',
    });
    expect(daemon.asked).toEqual([]);
  });

  it.each(["null", "undefined", " None", "nil"])("begins no project called %j", async (name) => {
    const { scope } = scopeOf({}, ["/a/app"]);
    await expect(scope.forSave(name)).rejects.toMatchObject({
      code: "INVALID_PARAMS",
      hint: 'leave project out for the current one, name one, or give "" for none',
    });
    const known = scopeOf({}, [`/a/${name.trim()}`]).scope;
    expect(await known.forSave(name.trim())).toEqual({ project: `/a/${name.trim()}`, isNew: false });
  });

  it("is the current project by its short name, although nothing is stored there yet", async () => {
    const { scope } = scopeOf({}, ["/a/cwt"]);
    expect(await scope.forSave("cwd")).toEqual({ project: "/work/cwd", isNew: false });
    expect(await scope.forRead("cwd")).toEqual({ project: "/work/cwd" });
    expect(await scope.missing("cwd")).toBeUndefined();
  });

  it("is the repository of a folder that is there, by any path", async () => {
    const base = realpathSync(mkdtempSync(join(tmpdir(), "keepsake-scope-")));
    try {
      mkdirSync(join(base, "lantern", ".git"), { recursive: true });
      writeFileSync(join(base, "lantern", ".git", "HEAD"), "ref: refs/heads/main\n");
      mkdirSync(join(base, "lantern", "src"));
      symlinkSync(join(base, "lantern"), join(base, "link"));
      const { scope } = scopeOf({}, ["/a/lantren"]);
      for (const each of ["lantern", "lantern/", "lantern/src", "link/src/"])
        expect(await scope.forSave(join(base, each))).toEqual({
          project: join(base, "lantern"),
          isNew: true,
        });
    } finally {
      rmSync(base, { recursive: true });
    }
  });
});

describe("a name that is no project", () => {
  const KNOWN = ["/a/lantern", "/b/harbour-app"];

  it.each([
    ["lantren", "lantern"],
    ["/x/harbor-app", "harbour-app"],
  ])("%s is refused by a save as a slip, in words without a path", async (typed, nearest) => {
    const { scope } = scopeOf({}, KNOWN);
    const error: unknown = await scope.forSave(typed).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "INVALID_PARAMS" });
    expect(failureText(error)).toBe(
      `INVALID_PARAMS: there is no project "${typed.replace("/x/", "")}"; did you mean "${nearest}"? leave project out for the current one, or give the path of a folder that is there`,
    );
  });

  it("is told with each that may be meant, by as little of its path as tells it apart", async () => {
    const { scope } = scopeOf({}, [...KNOWN, "/home/mira/tool", "/home/jo/tool", "/x/buoys", "buoys"]);
    expect(await scope.missing("tol")).toBe(
      'There is no project "tol". Did you mean "mira/tool" or "jo/tool"?',
    );
    expect(await scope.missing("bouys")).toBe(
      'There is no project "bouys". Did you mean "x/buoys" or "buoys"?',
    );
    await expect(scope.forSave("tol")).rejects.toMatchObject({
      hint: expect.stringContaining('did you mean "mira/tool" or "jo/tool"? ') as unknown,
    });
  });

  it("is said to a read, with the one that was meant", async () => {
    const { scope } = scopeOf({}, KNOWN);
    expect(await scope.missing("lantren")).toBe('There is no project "lantren". Did you mean "lantern"?');
    expect(await scope.missing("a\u202Eb")).toBe('There is no project "a⟨U+202E⟩b".');
    for (const known of ["lantern", "/a/lantern", "*", "", undefined])
      expect(await scope.missing(known)).toBeUndefined();
  });

  it("is taken as it is where the client may not be told of projects, and where not all are listed", async () => {
    const refused = new FakeClient({
      "memory.projects": () => {
        throw new KeepsakeError("SCOPE_DENIED");
      },
    });
    const link = createDaemonLink({
      open: () => Promise.resolve(refused),
      client: "mcp",
      clock: systemClock,
    });
    const { scope } = scopeOf({ daemon: link });
    expect(await scope.forSave("/work/cwt")).toEqual({ project: "/work/cwt", isNew: false });
    const cut = new FakeClient({ "memory.projects": () => ({ projects: [], tags: [], more: true }) });
    const cutLink = createDaemonLink({ open: () => Promise.resolve(cut), client: "mcp", clock: systemClock });
    expect(await scopeOf({ daemon: cutLink }).scope.missing("lantern")).toBeUndefined();
  });

  it("is named by tools that found nothing of it, as typed and visible", async () => {
    const projects = () => ({ projects: [{ project: "/a/lantern", count: 1, lastAt: AT }], tags: [] });
    session = await openSession({
      "memory.projects": projects,
      "memory.search": () => ({ hits: [], more: false, complete: true }),
      "memory.recent": () => ({ memories: [aMemory(1, { project: null })], more: false }),
      "memory.forget": () => ({ status: "forgotten", count: 0, reused: false }),
    });
    const said = 'There is no project "lantren". Did you mean "lantern"?';
    const search = await session.call("memory_search", { query: "x", project: "lantren" });
    expect([search.isError, search.text]).toEqual([false, said]);
    expect(search.structured).toMatchObject({ hits: [], hint: said });
    const recent = await session.call("memory_recent", { project: "lantren" });
    expect(recent.text).toContain(`\n${said} Whole texts`);
    const forget = await session.call("memory_forget", { filter: { project: "lantren" } });
    expect(forget.text).toBe(`${said} Nothing was forgotten.`);
    const none = await session.call("memory_forget", { filter: { project: "lantern" } });
    expect([none.isError, none.text]).toEqual([false, "Nothing was forgotten."]);
    const known = await session.call("memory_search", { query: "x", project: "lantern" });
    expect(known.text).toContain("Nothing stored matches");
  });
});

describe("requests that a named project costs", () => {
  let now = 0;
  const clock = { now: () => now, monotonic: () => now };
  const asked = ({ daemon }: Session) => daemon.asked.splice(0).map(({ method }) => method);

  async function sessionKnowing(names: readonly string[]): Promise<Session> {
    const projects = () => names.map((project) => ({ project, count: 1, lastAt: AT }));
    session = await openSession(
      {
        "memory.projects": () => ({ projects: projects(), tags: [] }),
        "memory.search": ({ project }) => ({
          hits:
            project === "/a/lantern" || project === "/a/new"
              ? [{ ...aMemory(1, { project }), score: 1, snippet: "x" }]
              : [],
          more: false,
          complete: true,
        }),
        "memory.save": () => ({ id: aMemory(1).id, reused: false }),
      },
      "modern",
      { clock },
    );
    return session;
  }
  const search = (project: string) => session?.call("memory_search", { query: "x", project });

  it("are one look-up a minute beside each search that finds something", async () => {
    const names = ["/a/lantern"];
    const open = await sessionKnowing(names);
    for (let count = 0; count < 5; count += 1) await search(count % 2 === 0 ? "lantern" : "/a/lantern");
    expect(asked(open)).toEqual(["memory.projects", ...Array.from({ length: 5 }, () => "memory.search")]);
    now += 61_000;
    await search("lantern");
    expect(asked(open)).toEqual(["memory.projects", "memory.search"]);
  });

  it("are a look-up anew for a name that was not listed, and where nothing was found", async () => {
    const names = ["/a/lantern", "/b/empty"];
    const open = await sessionKnowing(names);
    await search("lantern");
    now += 5_000;
    names.push("/a/new");
    expect((await search("new"))?.isError).toBe(false);
    expect(asked(open)).toEqual(["memory.projects", "memory.search", "memory.projects", "memory.search"]);
    now += 5_000;
    names.splice(1, 1);
    expect((await search("empty"))?.text).toContain('There is no project "empty"');
    expect(asked(open)).toEqual(["memory.search", "memory.projects"]);
    expect((await search("lantren"))?.text).toContain('Did you mean "lantern"?');
    expect(asked(open)).toEqual(["memory.search"]);
  });

  it("are asked anew before anything is saved under a name", async () => {
    const open = await sessionKnowing(["/a/lantern"]);
    await search("lantern");
    now += 5_000;
    await open.call("memory_save", { text: "x", project: "lantern" });
    expect(asked(open)).toEqual(["memory.projects", "memory.search", "memory.projects", "memory.save"]);
  });
});

describe("roots over the protocol", () => {
  const recent = { "memory.recent": () => ({ memories: [], more: false }) };
  const withRoots = { capabilities: { roots: { listChanged: true } } };

  it("are asked of a client of 2025 that offers them", async () => {
    session = await openSession(
      recent,
      "legacy",
      {},
      (client) => client.setRequestHandler("roots/list", () => ({ roots: [{ uri: "file:///work/rooted" }] })),
      withRoots,
    );
    await session.call("memory_recent");
    expect(session.daemon.asked[0]?.params["project"]).toBe("/work/rooted");
  });

  it("are asked again after the client said that they changed", async () => {
    let uri = "file:///work/one";
    session = await openSession(
      recent,
      "legacy",
      {},
      (client) => client.setRequestHandler("roots/list", () => ({ roots: [{ uri }] })),
      withRoots,
    );
    await session.call("memory_recent");
    uri = "file:///work/two";
    await session.client.sendRootsListChanged();
    await session.call("memory_recent");
    expect(session.daemon.asked.map(({ params }) => params["project"])).toEqual(["/work/one", "/work/two"]);
  });

  it("are not waited for when the client does not answer", async () => {
    session = await openSession(
      recent,
      "legacy",
      {},
      (client) => client.setRequestHandler("roots/list", () => new Promise(() => {})),
      withRoots,
    );
    await session.call("memory_recent");
    expect(session.daemon.asked[0]?.params["project"]).toBe("/home/user/keepsake");
  });
});
