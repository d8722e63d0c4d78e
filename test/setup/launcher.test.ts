import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { hasCode } from "../../src/base/errors.ts";
import { resolvePlaces } from "../../src/platform/places.ts";
import { ensureLauncher, launcherPath, launcherState, launcherText } from "../../src/setup/launcher.ts";
import { shellWord } from "../../src/base/shown-values.ts";
import { SetupHome } from "./setup-home.ts";

let home = new SetupHome();
afterEach(() => {
  home.delete();
  home = new SetupHome();
});

/** A program that prints what it was started with. */
function echoing(): string {
  const program = join(home.folder, "it's a program.js");
  const names = ["KEEPSAKE_HOME", "KEEPSAKE_SOCKET", "XDG_DATA_HOME", "LANG"];
  writeFileSync(
    program,
    `console.log(JSON.stringify([process.argv.slice(2), ${JSON.stringify(names)}.map((name) => process.env[name] ?? null)]))`,
  );
  return program;
}

describe("the launcher", () => {
  it("gives the program its arguments and the places that set-up had, whatever the host's environment has", async () => {
    const own = join(home.folder, "a folder's own");
    const places = resolvePlaces({ HOME: home.home, KEEPSAKE_HOME: own }, "linux");
    const path = await ensureLauncher(places, { node: process.execPath, program: echoing() });
    const run = (env: NodeJS.ProcessEnv) =>
      JSON.parse(
        spawnSync(path, ["mcp", "--client", "two words", "$HOME"], { env, encoding: "utf8" }).stdout,
      ) as unknown;
    const args = ["mcp", "--client", "two words", "$HOME"];
    expect(run({})).toEqual([args, [own, null, null, null]]);
    const other = { KEEPSAKE_HOME: "/x", KEEPSAKE_SOCKET: "/y", XDG_DATA_HOME: "/z", LANG: "C" };
    expect(run(other)).toEqual([args, [own, null, null, "C"]]);
  });

  it("is this user's alone, and written anew when it is another one", async () => {
    const { places, programs } = home.setup;
    expect(await launcherState(places, programs)).toBe("absent");
    const path = await ensureLauncher(places, programs);
    expect([statSync(path).mode & 0o7777, statSync(dirname(path)).mode & 0o777]).toEqual([0o700, 0o700]);
    expect(await launcherState(places, programs)).toBe("ready");
    expect(await launcherState(places, { ...programs, program: "/gone" })).toBe("outdated");
    const { ino } = statSync(path);
    await ensureLauncher(places, programs);
    expect(statSync(path).ino).toBe(ino);
    writeFileSync(path, `${readFileSync(path, "utf8")}# mine\n`);
    expect(await launcherState(places, programs)).toBe("edited");
    expect(await launcherState(places, { ...programs, node: "/other/node" })).toBe("outdated");
    await ensureLauncher(places, programs);
    for (const mode of [0o600, 0o400]) {
      chmodSync(path, mode);
      expect(await launcherState(places, programs)).toBe("blocked");
      await ensureLauncher(places, programs);
      expect([await launcherState(places, programs), statSync(path).mode & 0o777]).toEqual(["ready", 0o700]);
    }
    await ensureLauncher(places, { ...programs, node: "/gone/node" });
    expect(await launcherState(places, { ...programs, node: "/gone/node" })).toBe("broken");
  });

  it.each([
    ["others may write to", (path: string) => chmodSync(path, 0o722)],
    ["lies in a folder that others may write to", (path: string) => chmodSync(dirname(path), 0o777)],
  ])("is refused where it is one that %s", async (_what, loosen) => {
    const { places, programs } = home.setup;
    const path = await ensureLauncher(places, programs);
    loosen(path);
    const text = readFileSync(path, "utf8");
    for (const look of [launcherState, ensureLauncher])
      await expect(look(places, programs)).rejects.toSatisfy((error) => hasCode(error, "UNSAFE_PATH"));
    expect(readFileSync(path, "utf8")).toBe(text);
  });

  it("is refused where a link is in its place", async () => {
    const { places, programs } = home.setup;
    const path = launcherPath(places);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(join(home.folder, "other"), "");
    symlinkSync(join(home.folder, "other"), path);
    await expect(ensureLauncher(places, programs)).rejects.toSatisfy((error) =>
      hasCode(error, "UNSAFE_PATH"),
    );
    expect(readFileSync(join(home.folder, "other"), "utf8")).toBe("");
  });

  it.each([
    { gone: { node: "/gone/node" }, argument: "mcp", status: 1 },
    { gone: { node: "/gone/node" }, argument: "hook", status: 0 },
    { gone: { program: "/gone/keepsake.js" }, argument: "hook", status: 0 },
  ])("says what to do when $gone is gone, with $status for $argument", async ({ gone, argument, status }) => {
    const { places, programs } = home.setup;
    const path = await ensureLauncher(places, { ...programs, ...gone });
    const ended = spawnSync(path, [argument, "codex", "Stop"], { encoding: "utf8" });
    expect([ended.status, ended.stdout]).toEqual([status, ""]);
    expect(ended.stderr).toContain('run "keepsake setup HOST" again');
  });
});

it("quotes what a shell would read otherwise", () => {
  for (const word of ["/plain/path", "a b", "it's", "$(x)", "`x`", "a\\b", '"', "*", "~", "", "日本"]) {
    const { stdout } = spawnSync("sh", ["-c", `printf %s ${shellWord(word)}`], { encoding: "utf8" });
    expect(stdout).toBe(word);
  }
  expect(launcherText({ node: "/n", program: "/p q" }, {})).toContain("program='/p q'");
});
