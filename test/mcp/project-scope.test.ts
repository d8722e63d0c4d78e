import { afterEach, describe, expect, it } from "vitest";
import { createProjectScope } from "../../src/mcp/project-scope.ts";
import type { ProjectScopeDeps } from "../../src/mcp/project-scope.ts";
import { createDaemonLink } from "../../src/mcp/daemon-link.ts";
import { systemClock } from "../../src/base/clock.ts";
import { FakeClient } from "./support/fake-client.ts";
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
    hostFolder: undefined,
    workingFolder: "/work/cwd/deep",
    roots: () => Promise.resolve([]),
    resolveProject: (folder) =>
      Promise.resolve(folder.startsWith("/work/") ? folder.replace("/deep", "") : null),
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

describe("what a call means by its project", () => {
  it("looks at everything outside a repository and saves to none there", async () => {
    const { scope } = scopeOf({ workingFolder: "/tmp" });
    expect(await scope.forRead(undefined)).toEqual({});
    expect(await scope.forSave(undefined)).toBeNull();
  });

  it("takes * as all projects, an empty name as none and a path as it is", async () => {
    const { scope } = scopeOf();
    expect(await scope.forRead("*")).toEqual({ project: "*" });
    expect(await scope.forRead("")).toEqual({ project: null });
    expect(await scope.forSave("")).toBeNull();
    expect(await scope.forSave("/work/x")).toBe("/work/x");
  });

  it("finds the one project that ends in a short name", async () => {
    const { scope } = scopeOf({}, ["/work/keepsake", "/work/other", null]);
    expect(await scope.forRead("keepsake")).toEqual({ project: "/work/keepsake" });
    expect(await scope.forSave("keepsake")).toBe("/work/keepsake");
  });

  it("takes a short name literally when it is a project itself, or several or none end in it", async () => {
    const { scope } = scopeOf({}, ["/a/app", "/b/app", "/c/notes", "notes"]);
    expect(await scope.forRead("app")).toEqual({ project: "app" });
    expect(await scope.forRead("notes")).toEqual({ project: "notes" });
    expect(await scope.forRead("new")).toEqual({ project: "new" });
    expect(await scope.forSave("notes")).toBe("notes");
    expect(await scope.forSave("new")).toBe("new");
  });

  it("saves nothing under a short name that several projects end in", async () => {
    const { scope } = scopeOf({}, ["/a/app", "/b/app"]);
    await expect(scope.forSave("app")).rejects.toMatchObject({
      code: "INVALID_PARAMS",
      message: "2 projects have that short name",
    });
    expect(await scope.forSave("/a/app")).toBe("/a/app");
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
