import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hasCode } from "../../src/base/errors.ts";
import { applyPlan } from "../../src/setup/apply.ts";
import { SETUP_HOSTS } from "../../src/setup/hosts/host-table.ts";
import { launcherPath } from "../../src/setup/launcher.ts";
import { planHost } from "../../src/setup/plan.ts";
import { CONFIGURED_FILES } from "./configurations.ts";
import { SetupHome } from "./setup-home.ts";

let home: SetupHome;
beforeEach(() => {
  home = new SetupHome();
});
afterEach(() => home.delete());

const ids = SETUP_HOSTS.map(({ id }) => id);
const cases = CONFIGURED_FILES.flatMap(({ host, place, configurations }) =>
  configurations.map((each) => ({ host, place, ...each })),
);

describe("a configuration", () => {
  it.each(cases)("of $host, file $place: $what", async ({ host, place, content, isRefused }) => {
    const path = home.paths(host)[place] ?? "";
    home.write(path, content);
    chmodSync(path, 0o640);
    const before = home.everything();
    if (isRefused === true) {
      await expect(home.apply(host)).rejects.toSatisfy((error) => hasCode(error, "INVALID_CONFIG"));
      expect(home.everything()).toEqual(before);
      expect(existsSync(join(home.setup.places.state, "setup"))).toBe(false);
      return;
    }
    expect((await home.apply(host)).length).toBe(home.paths(host).length);
    expect((await home.plan(host)).state).toBe("registered");
    const after = home.everything();
    expect(after).not.toEqual(before);
    expect(await home.apply(host)).toEqual([]);
    expect(home.everything()).toEqual(after);
    await home.remove(host);
    expect(home.everything()).toEqual(before);
  });
});

describe.each(ids)("%s", (host) => {
  it("is set up where nothing is, and leaves nothing", async () => {
    const before = home.everything();
    await home.apply(host);
    const again = await home.plan(host);
    expect([again.state, again.launcher]).toEqual(["registered", "ready"]);
    expect(new Set(await home.remove(host))).toEqual(new Set(["delete"]));
    expect(home.everything()).toEqual(before);
    expect(existsSync(join(home.setup.places.config, "bin", "keepsake"))).toBe(false);
    expect((await home.plan(host)).state).toBe("absent");
  });

  it("is written anew where an earlier set-up wrote something else", async () => {
    const before = home.everything();
    const now = home.host(host);
    const earlier = { ...now, id: `${host}-earlier`, events: now.events.slice(1) };
    const documents = earlier.documents(home.setup.around, launcherPath(home.setup.places));
    const planned = await planHost(home.setup, { ...now, documents: () => documents });
    await applyPlan(home.setup, planned);
    expect((await home.plan(host)).state).toBe("outdated");
    await home.apply(host);
    expect((await home.plan(host)).state).toBe("registered");
    expect(new Set(await home.remove(host))).toEqual(new Set(["delete"]));
    expect(home.everything()).toEqual(before);
  });

  it("is changed behind links, and the links stay", async () => {
    const elsewhere = join(home.home, "dotfiles");
    mkdirSync(elsewhere);
    const [path = ""] = home.paths(host);
    if (home.host(host).documents(home.setup.around, "/l")[0]?.isOwn === true) return;
    const content = path.endsWith(".toml") ? 'model = "x"\n' : '{\n  "x": 1\n}\n';
    writeFileSync(join(elsewhere, "file"), content);
    mkdirSync(join(path, ".."), { recursive: true });
    symlinkSync(join(elsewhere, "file"), path);
    const before = home.everything();
    await home.apply(host);
    expect(readFileSync(join(elsewhere, "file"), "utf8")).toContain("keepsake");
    await home.remove(host);
    expect(home.everything()).toEqual(before);
  });
});

describe("a file that changed after set-up", () => {
  const changed = [
    { host: "cursor", place: 0, key: "mcpServers" },
    { host: "vscode", place: 0, key: "servers" },
    { host: "opencode", place: 0, key: "mcp" },
    { host: "claude-desktop", place: 0, key: "mcpServers" },
  ];

  it.each(changed)("of $host keeps the change and loses ours", async ({ host, key }) => {
    const [path = ""] = home.paths(host);
    home.write(path, `{\n  "theme": "dark"\n}\n`);
    await home.apply(host);
    const text = readFileSync(path, "utf8").replace('"dark"', '"light"');
    writeFileSync(path, text.replace(`"${key}": {`, `"${key}": {\n    "new": { "command": "x" },`));
    expect((await home.plan(host)).state).toBe("registered");
    expect((await home.remove(host)).at(-1)).toBe("take out");
    const left = JSON.parse(readFileSync(path, "utf8")) as object;
    expect(left).toEqual({ theme: "light", [key]: { new: { command: "x" } } });
  });

  it("is restored but for the change when that is elsewhere in the file", async () => {
    const [path = ""] = home.paths("vscode");
    home.write(
      path,
      '{\n  // the theme\n  "theme": "dark", // dark\n  "servers": { "a": { "command": "b" } }\n}\n',
    );
    await home.apply("vscode");
    writeFileSync(path, readFileSync(path, "utf8").replace('"dark"', '"light"'));
    expect(await home.remove("vscode")).toEqual(["take out"]);
    expect(readFileSync(path, "utf8")).toBe(
      '{\n  // the theme\n  "theme": "light", // dark\n  "servers": { "a": { "command": "b" } }\n}\n',
    );
  });

  it("of Codex keeps tables that Codex put into our block", async () => {
    const [path = ""] = home.paths("codex");
    home.write(path, 'model = "gpt"\n');
    await home.apply("codex");
    const text = readFileSync(path, "utf8");
    const table = '[projects."/a"]\ntrust_level = "trusted"\n';
    writeFileSync(path, text.replace("# <<<", `${table}\n# <<<`));
    expect(await home.remove("codex")).toEqual(["delete", "take out"]);
    expect(readFileSync(path, "utf8")).toBe(`model = "gpt"\n\n${table}\n`);
  });

  it("of Codex with our table edited by hand loses that table alone", async () => {
    const [path = ""] = home.paths("codex");
    await home.apply("codex");
    const text = readFileSync(path, "utf8");
    writeFileSync(path, `${text.replace("args =", "startup_timeout_sec = 9\nargs =")}\n[tui]\nx = 1\n`);
    expect((await home.plan("codex")).state).toBe("changed");
    await expect(home.apply("codex")).rejects.toSatisfy((error) => hasCode(error, "INVALID_CONFIG"));
    await home.remove("codex");
    expect(readFileSync(path, "utf8").trim()).toBe("[tui]\nx = 1");
  });

  it("of hooks keeps the person's own, and what stands beside ours", async () => {
    const path = home.paths("cursor")[1] ?? "";
    await home.apply("cursor");
    const hooks = JSON.parse(readFileSync(path, "utf8")) as { hooks: Record<string, object[]> };
    hooks.hooks["sessionEnd"]?.push({ command: "./mine.sh" });
    writeFileSync(path, JSON.stringify(hooks));
    await home.remove("cursor");
    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({
      version: 1,
      hooks: { sessionEnd: [{ command: "./mine.sh" }] },
    });
  });

  it("that is ours as a whole is set aside", async () => {
    const skill = home.paths("claude-code")[2] ?? "";
    await home.apply("claude-code");
    writeFileSync(skill, "mine now");
    expect((await home.plan("claude-code")).state).toBe("changed");
    expect(await home.remove("claude-code")).toEqual(["delete", "set aside", "delete", "delete"]);
    expect(existsSync(skill)).toBe(false);
    expect(readFileSync(`${skill}.changed`, "utf8")).toBe("mine now");
  });

  it("is refused while it is being set up", async () => {
    const [path = ""] = home.paths("vscode");
    home.write(path, "{}");
    const plan = await home.plan("vscode");
    writeFileSync(path, '{"x":1}');
    await expect(applyPlan(home.setup, plan)).rejects.toThrow("was changed meanwhile");
    expect(readFileSync(path, "utf8")).toBe('{"x":1}');
  });
});

describe("what cannot be read", () => {
  it.each([
    [
      "claude-desktop",
      '{\n  // mine\n  "a": 1\n}',
      "has a comment, which its host does not take; look at line 2",
    ],
    ["claude-desktop", '{ "a": 1,\n\n}', "is not valid JSON; look at line 3"],
    ["claude-desktop", '{ "mcpServers": "x" }', "has no object at mcpServers"],
    ["vscode", '{ "servers": [] }', "has no object at servers"],
    ["cursor", '{ "mcpServers": 1 }', "has no object at mcpServers"],
  ])("of %s says where and why: %j", async (host, content, said) => {
    home.write(home.paths(host)[0] ?? "", content);
    await expect(home.apply(host)).rejects.toThrow(said);
  });

  it.each([
    [
      "is a link that leads nowhere",
      "remove the link",
      (path: string) => symlinkSync("/nowhere/at/all", path),
    ],
    ["is a folder, where a file belongs", "move the folder away", (path: string) => mkdirSync(path)],
    [
      "has more than one name (a hard link)",
      "a copy in its place has one name",
      (path: string) => {
        writeFileSync(path, "{}");
        linkSync(path, join(home.home, "other"));
      },
    ],
  ])("%s: it says what to do", async (what, hint, make) => {
    const [path = ""] = home.paths("vscode");
    mkdirSync(join(path, ".."), { recursive: true });
    make(path);
    await expect(home.apply("vscode")).rejects.toMatchObject({
      code: "UNSAFE_PATH",
      message: `${path} ${what}`,
      hint: expect.stringContaining(hint) as string,
    });
  });
});

describe("what may not be changed", () => {
  it("is a link that leads nowhere", async () => {
    const [path = ""] = home.paths("vscode");
    mkdirSync(join(path, ".."), { recursive: true });
    symlinkSync("/nowhere/at/all", path);
    const before = home.everything();
    await expect(home.apply("vscode")).rejects.toSatisfy((error) => hasCode(error, "UNSAFE_PATH"));
    expect(home.everything()).toEqual(before);
  });

  it("is a file with two names", async () => {
    const [path = ""] = home.paths("opencode");
    home.write(path, "{}");
    linkSync(path, join(home.home, "other"));
    const before = home.everything();
    await expect(home.apply("opencode")).rejects.toSatisfy((error) => hasCode(error, "UNSAFE_PATH"));
    expect(home.everything()).toEqual(before);
  });

  it("is a folder in the place of a file", async () => {
    const [path = ""] = home.paths("codex");
    mkdirSync(path, { recursive: true });
    await expect(home.apply("codex")).rejects.toSatisfy((error) => hasCode(error, "UNSAFE_PATH"));
  });

  it("is a folder that nothing can be made in, and what was written before is taken back", async () => {
    const [first = "", second = ""] = home.paths("copilot");
    home.write(first, '{ "x": 1 }');
    mkdirSync(join(second, ".."), { recursive: true });
    const before = home.everything();
    const plan = await home.plan("copilot");
    const [a, b] = plan.files;
    if (a === undefined || b === undefined) throw new Error("two files");
    const unwritable = { ...b, document: { ...b.document, path: "/proc/self/fdinfo/keepsake.json" } };
    await expect(applyPlan(home.setup, { ...plan, files: [a, unwritable] })).rejects.toSatisfy((error) =>
      hasCode(error, "UNSAFE_PATH", "WRITE_FAILED"),
    );
    expect(home.everything()).toEqual(before);
    expect(existsSync(join(home.setup.places.state, "setup", "copilot.json"))).toBe(false);
  });
});

it("keeps mode and record private, and nothing of other people's files", async () => {
  const [path = ""] = home.paths("vscode");
  home.write(path, '{ "inputs": ["canary-of-the-person"] }');
  chmodSync(path, 0o604);
  await home.apply("vscode");
  expect(statSync(path).mode & 0o777).toBe(0o604);
  const record = join(home.setup.places.state, "setup", "vscode.json");
  expect(statSync(record).mode & 0o777).toBe(0o600);
  expect(readFileSync(record, "utf8")).not.toContain("canary");
});
