import { readFileSync, writeFileSync } from "node:fs";
import { afterEach, expect, it } from "vitest";
import { SETUP_HOSTS } from "../../src/setup/hosts/host-table.ts";
import { HOST_IDS } from "../../src/setup/hosts/host-ids.ts";
import { hostsToSetUp } from "../../src/setup/found-hosts.ts";
import { launcherPath } from "../../src/setup/launcher.ts";
import { registrationOf } from "../../src/setup/registration.ts";
import { SetupHome } from "./setup-home.ts";

let home = new SetupHome({ SECRET_OF_THE_SHELL: "x" });
afterEach(() => {
  home.delete();
  home = new SetupHome({ SECRET_OF_THE_SHELL: "x" });
});

const registration = async (id: string) => registrationOf(home.setup, await home.plan(id));

it("has a row for every name, in one order", () => {
  expect(SETUP_HOSTS.map(({ id }) => id)).toEqual(HOST_IDS);
});

it.each(HOST_IDS)("of %s is what the host will start", async (id) => {
  expect(await registration(id)).toMatchObject({ state: "absent" });
  expect((await registration(id)).server).toBeUndefined();
  await home.apply(id);
  const { server, hooks, state, isFound } = await registration(id);
  expect([state, isFound]).toEqual(["registered", true]);
  expect([server?.command, server?.args]).toEqual([launcherPath(home.setup.places), ["mcp", "--client", id]]);
  expect(server?.environment["HOME"]).toBe(home.home);
  expect("SECRET_OF_THE_SHELL" in (server?.environment ?? {})).toBe(id !== "codex");
  const { events } = home.host(id);
  expect(hooks?.commands.length ?? 0).toBe(events.length);
  for (const { event, command } of hooks?.commands ?? [])
    expect(command).toBe(`${launcherPath(home.setup.places)} hook ${id} ${event}`);
});

it("is the one in the file where somebody changed it, with its environment", async () => {
  const [path = ""] = home.paths("cursor");
  await home.apply("cursor");
  const changed = { command: "/other", args: ["x"], env: { KEEPSAKE_HOME: "/k" } };
  writeFileSync(path, JSON.stringify({ mcpServers: { keepsake: changed } }));
  const { state, server } = await registration("cursor");
  expect([state, server?.command, server?.args]).toEqual(["changed", "/other", ["x"]]);
  expect(server?.environment["KEEPSAKE_HOME"]).toBe("/k");
});

it("says why a file is broken, and has no server then", async () => {
  home.write(home.paths("codex")[0] ?? "", "x = ");
  const { state, fault, server } = await registration("codex");
  expect([state, server]).toEqual(["broken", undefined]);
  expect(fault).toContain("config.toml is not valid TOML");
});

it("knows which of Codex's hooks the person has looked at, by their places", async () => {
  const [config = "", hooks = ""] = home.paths("codex");
  const theirs = { hooks: [{ type: "command", command: "./mine.sh" }] };
  home.write(hooks, JSON.stringify({ hooks: { Stop: [theirs] } }));
  await home.apply("codex");
  expect((await registration("codex")).hooks?.trust).toBe("not reviewed");
  const state = (keys: readonly string[]) =>
    keys.map((key) => `[hooks.state."${hooks}:${key}"]\ntrusted_hash = "sha256:0"\n`).join("");
  const text = readFileSync(config, "utf8");
  const keys = ["session_start:0:0", "user_prompt_submit:0:0", "subagent_stop:0:0", "session_end:0:0"];
  writeFileSync(config, text + state([...keys, "stop:0:0"]));
  expect((await registration("codex")).hooks?.trust).toBe("not reviewed");
  writeFileSync(config, text + state([...keys, "stop:1:0"]));
  expect((await registration("codex")).hooks?.trust).toBe("reviewed");
});

it("is offered for hosts that are there and were never set up", async () => {
  expect(await hostsToSetUp(home.setup)).toEqual([]);
  home.write(home.paths("vscode")[0] ?? "", "{}");
  home.write(home.paths("cursor")[0] ?? "", "{");
  expect((await hostsToSetUp(home.setup)).map(({ id }) => id)).toEqual(["vscode"]);
  await home.apply("vscode");
  expect(await hostsToSetUp(home.setup)).toEqual([]);
});
