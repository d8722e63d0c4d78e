import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { answered } from "../install/service-home.ts";
import { keepsake } from "./harness.ts";
import type { Setting } from "./harness.ts";

const SEALED = { state: "sealed", keychain: false, version: "0.1.0", pid: 8, frontPid: 7 } as const;
const OPEN = {
  ...SEALED,
  state: "open",
  open: { since: "2026-11-29T10:00:00Z", memories: 1, index: { complete: true } },
} as const;
const SHOWN = "MainPID=7\nActiveState=active\nLoadState=loaded\nUnitFileState=enabled\nResult=success\n";

let home: string;
let unit: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "ks-service-"));
  unit = join(home, ".config/systemd/user/keepsake.service");
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const service = (args: readonly string[], setting: Setting = {}) =>
  keepsake(["service", ...args], { environment: { HOME: home }, isStopped: true, ...setting });

/** systemd, answering `show` and doing whatever it is told. */
const withSystemd = (shown = SHOWN, vault: object = SEALED): Setting => ({
  isStopped: false,
  answers: { "vault.status": () => vault as never },
  locks: [{ state: "free", ended: [] }],
  runs: (file, args) => Promise.resolve(answered(file === "ps" ? "?\n" : args.includes("show") ? shown : "")),
});

describe("service install", () => {
  it("writes the unit where no systemd runs, and says what starts it", async () => {
    const { exit, out, err } = await service(["install"]);
    expect([exit, existsSync(unit)]).toEqual([0, true]);
    expect(out).toContain(unit);
    expect(err).toContain("it was not started: there is no systemd here");
    expect(err).toContain("systemctl --user daemon-reload && systemctl --user enable --now keepsake.service");
    const again = await service(["install", "--json"]);
    expect(JSON.parse(again.out)).toMatchObject({
      manager: "systemd",
      path: unit,
      view: "closed",
      started: false,
    });
  });

  it("shows all of it with --dry-run and changes nothing", async () => {
    const { exit, out } = await service(["install", "--dry-run"]);
    expect([exit, existsSync(join(home, ".config"))]).toEqual([0, false]);
    expect(out).toContain(`write ${unit}\n`);
    expect(out).toContain("+ PrivateUsers=yes\n");
    const json = await service(["install", "--dry-run", "--json"]);
    expect(JSON.parse(json.out)).toMatchObject({ status: "planned", started: false, files: [unit] });
  });

  it("ends the daemon that runs, starts the service's, and leaves one as it is that runs already", async () => {
    const first = await service(["install"], withSystemd());
    expect([first.exit, first.locks[0]]).toEqual([0, "end"]);
    expect(first.out).toContain("process 7");
    const again = await service(["install"], withSystemd());
    expect([again.exit, again.locks]).toEqual([0, []]);
    expect(again.out).toContain("installed already");
  });

  it("asks before it locks an open vault; without a terminal or at a no it changes nothing", async () => {
    const { exit, err } = await service(["install"], withSystemd(SHOWN, OPEN));
    expect([exit, existsSync(unit)]).toEqual([2, false]);
    expect(err).toContain("the vault is open and would be locked");
    const no = await service(["install"], { ...withSystemd(SHOWN, OPEN), typed: [false] });
    expect([no.exit, existsSync(unit), no.questions.length]).toEqual([130, false, 1]);
    const yes = await service(["install", "--yes"], withSystemd(SHOWN, OPEN));
    expect([yes.exit, existsSync(unit), yes.locks[0]]).toEqual([0, true, "end"]);
    expect(yes.err).toContain("the vault was locked");
  });

  it("touches no unit of anybody else's, nor does uninstall", async () => {
    mkdirSync(dirname(unit), { recursive: true });
    writeFileSync(unit, "[Service]\nExecStart=/bin/true\n");
    for (const args of [["install"], ["install", "--dry-run"], ["uninstall"]]) {
      const { exit, err } = await service(args);
      expect([exit, err]).toEqual([2, expect.stringContaining("is not of")]);
    }
    expect(readFileSync(unit, "utf8")).toBe("[Service]\nExecStart=/bin/true\n");
  });

  it("says on a Mac that it was never run on one", async () => {
    const { exit, err } = await service(["install"], { platform: "darwin" });
    expect(exit).toBe(0);
    expect(err).toContain("never been run on a Mac");
    expect(existsSync(join(home, "Library/LaunchAgents/io.github.keepsake.keepsake.plist"))).toBe(true);
  });
});

describe("service uninstall", () => {
  it("is a success where none is installed, and removes what install wrote", async () => {
    const none = await service(["uninstall"]);
    expect([none.exit, none.out]).toEqual([0, "no service is installed\n"]);
    await service(["install"]);
    const { exit, out } = await service(["uninstall", "--json"]);
    expect([exit, JSON.parse(out), existsSync(unit)]).toEqual([0, { status: "removed", path: unit }, false]);
  });

  it("asks before it ends an open daemon of the service, and not for another one", async () => {
    await service(["install"], withSystemd());
    const open = await service(["uninstall"], withSystemd(SHOWN, OPEN));
    expect([open.exit, existsSync(unit)]).toEqual([2, true]);
    const other = await service(["uninstall"], withSystemd(SHOWN.replace("PID=7", "PID=0"), OPEN));
    expect([other.exit, existsSync(unit), other.err]).toEqual([0, false, ""]);
  });
});

describe("service status", () => {
  it("says what is installed and who started the daemon", async () => {
    const none = await service(["status"]);
    expect([none.exit, none.connects]).toEqual([0, ["running"]]);
    expect(none.out).toContain("not installed");
    await service(["install"], withSystemd());
    const own = await service(["status", "--json"], withSystemd());
    expect(JSON.parse(own.out)).toMatchObject({
      state: "current",
      absence: null,
      service: { isEnabled: true, isActive: true, pid: 7 },
      daemon: { pid: 7, startedBy: "service", isOpen: false },
    });
    const other = await service(
      ["status"],
      withSystemd(SHOWN.replace("PID=7", "PID=0").replace("=active", "=inactive")),
    );
    expect(other.out).toContain("started on demand");
    expect(other.out).toContain("does not run now; starts when you log in");
  });

  it("says that it is outdated, has failed, or starts what is gone", async () => {
    await service(["install"]);
    writeFileSync(unit, readFileSync(unit, "utf8").replace(/ExecStart="[^"]*"/, 'ExecStart="/gone/node"'));
    const failed = SHOWN.replace("=active", "=failed")
      .replace("=success", "exit-code")
      .replace("PID=7", "PID=0");
    const { out } = await service(["status"], { ...withSystemd(failed), isStopped: true });
    expect(out).toContain('run "keepsake service install" again');
    expect(out).toContain("/gone/node is no longer there");
    expect(out).toContain("failed");
  });
});
