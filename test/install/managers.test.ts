/** What each manager is asked, and what its answers mean. Those of systemd are its own, those of launchd as its page shows them. */
import { mkdirSync, symlinkSync, existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { createRunCommand } from "../../src/install/service-manager.ts";
import { startedBy } from "../../src/install/running-daemon.ts";
import { expectCode } from "../support/codes.ts";
import { MISSING, ServiceHome, answered } from "./service-home.ts";

let home: ServiceHome;
afterEach(() => home.delete());

const SHOWN =
  "Type=exec\nMainPID=0\nActiveState=inactive\nLoadState=loaded\nUnitFileState=disabled\nResult=success\n";

describe("systemd", () => {
  it.each([
    ["is not there", undefined, "there is no systemd here"],
    ["does not answer", answered("", 1), "systemd's user manager does not answer in this session"],
    ["answers", answered("Version=252\n"), undefined],
  ])("%s", async (_, version, said) => {
    home = new ServiceHome(() => version);
    expect(await home.manager.absence()).toBe(said);
  });

  it("tells which view the kernel allows by trying it, with all that the unit has", async () => {
    const tried = async (play: Readonly<Record<string, ReturnType<typeof answered> | undefined>>) => {
      home = new ServiceHome((line) => play[line.split(" ")[0] ?? ""]);
      const { view } = await home.manager.probe();
      home.delete();
      return view;
    };
    const answers = { systemctl: answered() };
    expect(await tried({ ...answers, "systemd-run": answered() })).toBe("closed");
    for (const exit of [217, 218, 225, 226])
      expect(await tried({ ...answers, "systemd-run": answered("", exit), unshare: answered() })).toBe(
        "open",
      );
    // An older systemd-run that does not know a property says nothing of the kernel.
    expect(await tried({ ...answers, "systemd-run": answered("", 1), unshare: answered() })).toBe("closed");
    expect(await tried({ ...answers, "systemd-run": answered("", 1), unshare: answered("", 1) })).toBe(
      "open",
    );
    expect(await tried({ unshare: answered("", 1) })).toBe("open");
    expect(await tried({})).toBe("closed");
    home = new ServiceHome(() => answered());
    await home.manager.probe();
    const [, run = ""] = home.ran;
    for (const property of [
      "PrivateUsers=yes",
      "ProtectSystem=strict",
      "PrivateNetwork=yes",
      "CapabilityBoundingSet=",
    ])
      expect(run).toContain(`-p ${property}`);
  });

  it.each([
    ["runs", SHOWN.replace("PID=0", "PID=82").replace("=inactive", "=active"), { isActive: true, pid: 82 }],
    [
      "failed",
      SHOWN.replace("=inactive", "=failed").replace("=success", "=exit-code"),
      { failure: "exit-code" },
    ],
    ["waits", SHOWN.replace("=disabled", "=enabled"), { isEnabled: true }],
  ])("says what it knows of the service: %s", async (_, shown, wanted) => {
    home = new ServiceHome(() => answered(shown));
    expect(await home.manager.state()).toEqual({ isEnabled: false, isActive: false, ...wanted });
  });

  it("reads its units anew, enables and starts it; a step that fails is an error", async () => {
    home = new ServiceHome(() => answered(SHOWN));
    await home.manager.start();
    expect(home.ran.map((line) => line.split(" ")[3])).toEqual([
      "daemon-reload",
      "show",
      "enable",
      "reset-failed",
      "restart",
    ]);
    home.delete();
    for (const step of ["daemon-reload", "enable", "restart", "disable"]) {
      home = new ServiceHome((line) => answered(SHOWN, line.includes(step) ? 1 : 0));
      await expectCode(step === "disable" ? home.manager.stop() : home.manager.start(), "DAEMON_UNREACHABLE");
      home.delete();
    }
  });

  it("is told of when it looks for units elsewhere", async () => {
    home = new ServiceHome(() => answered(SHOWN.replace("=loaded", "=not-found")), {
      environment: { XDG_CONFIG_HOME: "/somewhere/else" },
    });
    await expectCode(home.manager.start(), "INVALID_CONFIG");
    expect(home.path).toBe("/somewhere/else/systemd/user/keepsake.service");
  });

  it("forgets a link to it that no manager took away, and leaves one to anything else", async () => {
    for (const [target, isLeft] of [
      ["../keepsake.service", false],
      ["/opt/other.service", true],
    ] as const) {
      home = new ServiceHome(() => MISSING);
      const link = join(dirname(home.path), "default.target.wants", "keepsake.service");
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(target, link);
      await home.manager.forget();
      const { lstatSync } = await import("node:fs");
      expect(lstatSync(link, { throwIfNoEntry: false }) !== undefined).toBe(isLeft);
      expect(existsSync(dirname(link))).toBe(true);
      home.delete();
    }
  });
});

describe("launchd", () => {
  const PRINTED =
    "io.github.keepsake.keepsake = {\n\tactive count = 1\n\tstate = running\n\n\tpid = 4711\n}\n";
  const onMac = (play: (line: string) => ReturnType<typeof answered> | undefined) =>
    new ServiceHome(play, { platform: "darwin" });

  it("says whether the agent runs, by the person's own domain", async () => {
    home = onMac(() => answered(PRINTED));
    expect(await home.manager.state()).toEqual({ isEnabled: true, isActive: true, pid: 4711 });
    expect(home.ran).toEqual(["launchctl print gui/501/io.github.keepsake.keepsake"]);
    home.delete();
    home = onMac(() => answered("", 113));
    expect(await home.manager.state()).toEqual({ isEnabled: false, isActive: false });
    expect(await home.manager.absence()).toContain("nobody is logged in");
  });

  it("loads the agent anew, and unloads it only where it is loaded", async () => {
    home = onMac(() => answered(PRINTED));
    await home.manager.start();
    expect(home.ran.map((line) => line.split(" ")[1])).toEqual(["print", "bootout", "enable", "bootstrap"]);
    home.delete();
    home = onMac((line) => answered("", line.includes("print") ? 113 : 0));
    await home.manager.stop();
    await home.manager.start();
    expect(home.ran.map((line) => line.split(" ")[1])).toEqual(["print", "print", "enable", "bootstrap"]);
    home.delete();
    home = onMac((line) => answered("", line.includes("bootstrap") ? 5 : 0));
    await expectCode(home.manager.start(), "DAEMON_UNREACHABLE");
  });
});

describe("programs of the system", () => {
  it("are run with what they need and no more, and their ends are told apart", async () => {
    home = new ServiceHome(() => undefined);
    const run = createRunCommand({ PATH: process.env["PATH"] ?? "" }, 501);
    const { exit, out } = await run("env", []);
    expect([
      exit,
      out
        .split("\n")
        .filter((line) => !line.startsWith("PATH="))
        .toSorted(),
    ]).toEqual([0, ["", "LC_ALL=C", "XDG_RUNTIME_DIR=/run/user/501"]]);
    expect(await run("sh", ["-c", "exit 7"])).toMatchObject({ exit: 7, isMissing: false });
    expect(await run("no-such-program-anywhere", [])).toMatchObject({ exit: undefined, isMissing: true });
    expect(
      (await createRunCommand({ XDG_RUNTIME_DIR: "/r", PATH: "/usr/bin:/bin" }, 1)("env", [])).out,
    ).toContain("=/r\n");
  });

  it("tell a daemon in a terminal from one on demand", async () => {
    home = new ServiceHome(() => undefined);
    const daemon = { pid: 9, isOpen: false, version: "1" };
    const by = (out: string, pid?: number) => startedBy(daemon, pid, () => Promise.resolve(answered(out)));
    expect(await by("pts/3\n")).toBe("by hand");
    expect(await by("ttys001\n")).toBe("by hand");
    expect(await by("?\n")).toBe("on demand");
    expect(await by("??\n", 8)).toBe("on demand");
    expect(await by("pts/3\n", 9)).toBe("service");
  });
});
