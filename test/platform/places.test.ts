import { userInfo } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { resolvePlaces } from "../../src/platform/places.ts";

describe("resolvePlaces", () => {
  it("follows the XDG variables on Linux", () => {
    const environment = {
      XDG_DATA_HOME: "/x/data",
      XDG_CONFIG_HOME: "/x/config",
      XDG_STATE_HOME: "/x/state",
    };
    expect(resolvePlaces(environment, "linux", "/home/u")).toEqual({
      vault: "/x/data/keepsake",
      config: "/x/config/keepsake",
      clients: "/x/config/keepsake/clients",
      inboxToken: "/x/config/keepsake/inbox.token",
      state: "/x/state/keepsake",
      log: "/x/state/keepsake/keepsake.log",
      run: "/x/data/keepsake-run",
      socket: "/x/data/keepsake-run/keepsake.sock",
      setBy: environment,
    });
  });

  it.each([{}, { HOME: "" }, { HOME: "relative" }])(
    "takes the home of the system's list of users where the environment names none: %j",
    (environment) => {
      const { vault } = resolvePlaces(environment, "linux");
      expect(vault).toBe(join(userInfo().homedir, ".local/share/keepsake"));
    },
  );

  it("takes the home of the environment that it is given", () => {
    expect(resolvePlaces({ HOME: "/home/v" }, "linux").vault).toBe("/home/v/.local/share/keepsake");
    expect(resolvePlaces({ HOME: "/home/v", KEEPSAKE_HOME: "/k" }, "linux").vault).toBe("/k/vault");
  });

  it("uses the specification's defaults when no variable is set, and a folder beside the vault for the socket", () => {
    expect(resolvePlaces({}, "linux", "/home/u")).toEqual({
      vault: "/home/u/.local/share/keepsake",
      config: "/home/u/.config/keepsake",
      clients: "/home/u/.config/keepsake/clients",
      inboxToken: "/home/u/.config/keepsake/inbox.token",
      state: "/home/u/.local/state/keepsake",
      log: "/home/u/.local/state/keepsake/keepsake.log",
      run: "/home/u/.local/share/keepsake-run",
      socket: "/home/u/.local/share/keepsake-run/keepsake.sock",
      setBy: {},
    });
  });

  it.each(["", "relative/folder", "./x"])("ignores the XDG value %j, which is not absolute", (value) => {
    const environment = {
      XDG_DATA_HOME: value,
      XDG_CONFIG_HOME: value,
      XDG_STATE_HOME: value,
    };
    expect(resolvePlaces(environment, "linux", "/home/u")).toEqual(resolvePlaces({}, "linux", "/home/u"));
  });

  it("keeps vault, configuration and clients in one folder on macOS, and ignores XDG there", () => {
    const environment = { XDG_DATA_HOME: "/x/data", XDG_RUNTIME_DIR: "/run/user/7" };
    expect(resolvePlaces(environment, "darwin", "/Users/u")).toEqual({
      vault: "/Users/u/Library/Application Support/keepsake",
      config: "/Users/u/Library/Application Support/keepsake/config",
      clients: "/Users/u/Library/Application Support/keepsake/config/clients",
      inboxToken: "/Users/u/Library/Preferences/keepsake/inbox.token",
      state: "/Users/u/Library/Logs/keepsake",
      log: "/Users/u/Library/Logs/keepsake/keepsake.log",
      run: "/Users/u/Library/Logs/keepsake/run",
      socket: "/Users/u/Library/Logs/keepsake/run/keepsake.sock",
      setBy: {},
    });
  });

  it.each(["linux", "darwin"] as const)("puts everything under KEEPSAKE_HOME on %s", (platform) => {
    const environment = { KEEPSAKE_HOME: "/own", XDG_RUNTIME_DIR: "/run/user/7", XDG_DATA_HOME: "/x" };
    expect(resolvePlaces(environment, platform, "/home/u")).toEqual({
      vault: "/own/vault",
      config: "/own/config",
      clients: "/own/config/clients",
      inboxToken: "/own/config/inbox.token",
      state: "/own/state",
      log: "/own/state/keepsake.log",
      run: "/own/run",
      socket: "/own/run/keepsake.sock",
      setBy: { KEEPSAKE_HOME: "/own" },
    });
  });

  it("lets KEEPSAKE_SOCKET move the socket and nothing else", () => {
    const moved = resolvePlaces({ KEEPSAKE_HOME: "/own", KEEPSAKE_SOCKET: "/other/s" }, "linux", "/home/u");
    expect(moved).toEqual({
      ...resolvePlaces({ KEEPSAKE_HOME: "/own" }, "linux", "/home/u"),
      socket: "/other/s",
      setBy: { KEEPSAKE_HOME: "/own", KEEPSAKE_SOCKET: "/other/s" },
    });
  });

  it("takes empty variables of its own for none", () => {
    expect(resolvePlaces({ KEEPSAKE_HOME: "", KEEPSAKE_SOCKET: "" }, "linux", "/home/u")).toEqual(
      resolvePlaces({}, "linux", "/home/u"),
    );
  });

  it.each([
    ["KEEPSAKE_HOME", "own"],
    ["KEEPSAKE_HOME", "~/keepsake"],
    ["KEEPSAKE_SOCKET", "./run/s"],
  ])("refuses %s=%s, which would be another place in every folder", (variable, path) => {
    expect(() => resolvePlaces({ [variable]: path }, "linux", "/home/u")).toThrow(
      expect.objectContaining({
        code: "USAGE",
        message: `${variable} is a relative path: another place in every folder`,
      }),
    );
  });

  it.each(["linux", "darwin"] as const)(
    "finds the socket of a vault on %s whatever the session sets: TMPDIR, XDG_RUNTIME_DIR, configuration and state",
    (platform) => {
      const session = {
        TMPDIR: "/a",
        XDG_RUNTIME_DIR: "/run/user/7",
        XDG_CONFIG_HOME: "/x/config",
        XDG_STATE_HOME: "/x/state",
      };
      const { vault, run, socket } = resolvePlaces(session, platform, "/home/u");
      expect(resolvePlaces({}, platform, "/home/u")).toMatchObject({ vault, run, socket });
      expect(run.startsWith(`${vault}/`)).toBe(false);
    },
  );
});
