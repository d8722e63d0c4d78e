/**
 * The keychain against a real gnome-keyring on a session bus of its own: unlocked, locked, absent and hanging.
 * `scripts/install-secret-service.sh` installs what is needed.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";

const here = dirname(fileURLToPath(import.meta.url));
/** Inside node_modules, so that the bundle finds the packages it leaves outside. */
const built = join(here, "..", "..", "node_modules", ".cache", `keepsake-secret-service-${process.pid}`);
const probe = join(built, "secret-service-probe.js");

const missing = await whatIsMissing();
if (missing !== undefined) {
  console.warn(`SKIPPED: no Secret Service to test with (${missing}); run scripts/install-secret-service.sh`);
}

beforeAll(() => {
  if (missing !== undefined) return;
  buildSync({
    entryPoints: [
      join(here, "secret-service-probe.ts"),
      join(here, "..", "..", "src", "keys", "keychain-main.ts"),
    ],
    outdir: built,
    entryNames: "[name]",
    bundle: true,
    platform: "node",
    format: "esm",
    packages: "external",
  });
  writeFileSync(join(built, "package.json"), '{"type":"module"}');
});

afterAll(() => {
  rmSync(built, { recursive: true, force: true });
});

describe.skipIf(missing !== undefined)("the keychain of a desktop", () => {
  let home = "";

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "keepsake-session-"));
    mkdirSync(join(home, "run"), { mode: 0o700 });
    onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  });

  /** Runs shell commands on a session bus; `probe` in them runs the probe. */
  function onBus(commands: string, busConfiguration?: string): unknown {
    const options = busConfiguration === undefined ? [] : [`--config-file=${busConfiguration}`];
    const script = `probe() { "$NODE" "$PROBE" "$@"; }\n${commands}`;
    return run("dbus-run-session", [...options, "--", "sh", "-c", script]);
  }

  function run(command: string, args: readonly string[]): unknown {
    const { stdout, stderr } = spawnSync(command, args, {
      encoding: "utf8",
      timeout: 50_000,
      env: {
        PATH: process.env["PATH"],
        HOME: home,
        XDG_RUNTIME_DIR: join(home, "run"),
        NODE: process.execPath,
        PROBE: probe,
      },
    });
    if (stdout === "") throw new Error(`the probe said nothing: ${stderr}`);
    return JSON.parse(stdout);
  }

  /** A bus on which the Secret Service is what `service` starts, or nobody. */
  function busWith(service?: string): string {
    const services = join(home, "services");
    mkdirSync(services);
    if (service !== undefined) {
      const entry = `[D-BUS Service]\nName=org.freedesktop.secrets\nExec=${service}\n`;
      writeFileSync(join(services, "org.freedesktop.secrets.service"), entry);
    }
    const path = join(home, "bus.conf");
    writeFileSync(
      path,
      `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
        "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
      <busconfig><type>session</type><listen>unix:tmpdir=/tmp</listen><auth>EXTERNAL</auth>
        <servicedir>${services}</servicedir>
        <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>`,
    );
    return path;
  }

  const unlockKeyring = "printf pass | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1\n";
  const startLocked = "gnome-keyring-daemon --start --components=secrets >/dev/null 2>&1\n";

  test("keeps a slot's secret, opens the slot, and forgets it", { timeout: 60_000 }, () => {
    expect(onBus(`${unlockKeyring} probe round-trip`)).toEqual({
      opened: true,
      milliseconds: expect.any(Number),
      forgotten: true,
      afterwards: {
        code: "KEYCHAIN_UNAVAILABLE",
        message: "the keychain is locked or has no entry for this vault",
      },
    });
  });

  test("still opens the slot in another session", { timeout: 60_000 }, () => {
    const slot = join(home, "slot.json");
    expect(onBus(`${unlockKeyring} probe store '${slot}'`)).toBe(true);
    expect(onBus(`${unlockKeyring} probe open '${slot}'`)).toBe(true);
  });

  test("that is locked opens nothing, keeps nothing and says so", { timeout: 60_000 }, () => {
    const slot = join(home, "slot.json");
    expect(onBus(`${unlockKeyring} probe store '${slot}'`)).toBe(true);
    expect(onBus(`${startLocked} probe open '${slot}'`)).toEqual({
      code: "KEYCHAIN_UNAVAILABLE",
      message: "the keychain is locked or has no entry for this vault",
    });
    expect(onBus(`${startLocked} probe round-trip`)).toEqual({
      code: "KEYCHAIN_UNAVAILABLE",
      message: "the keychain is locked",
    });
    expect(onBus(`${unlockKeyring} probe open '${slot}'`)).toBe(true);
  });

  test("that is absent, on a bus or without one, says so", { timeout: 60_000 }, () => {
    const absent = { code: "KEYCHAIN_UNAVAILABLE", message: "there is no keychain here" };
    expect(onBus("probe round-trip", busWith())).toEqual(absent);
    expect(run(process.execPath, [probe, "round-trip"])).toEqual(absent);
  });

  test(
    "that hangs is given up in time, and does not keep the process from ending",
    { timeout: 60_000 },
    () => {
      const started = performance.now();
      const found = onBus("probe hang 700", busWith('/bin/sh -c "exec sleep 8 >/dev/null 2>&1 </dev/null"'));
      expect(performance.now() - started).toBeLessThan(6_000);
      expect(found).toMatchObject({
        answer: { code: "KEYCHAIN_UNAVAILABLE", message: "the keychain did not answer within 0.7 s" },
      });
      expect(found).toHaveProperty("milliseconds", expect.closeTo(700, -3));
    },
  );
});

async function whatIsMissing(): Promise<string | undefined> {
  if (process.platform !== "linux") return "not on Linux";
  for (const program of ["dbus-run-session", "gnome-keyring-daemon"]) {
    try {
      execFileSync("sh", ["-c", `command -v ${program}`], { stdio: "ignore" });
    } catch {
      return program;
    }
  }
  return import("keytar").then(
    () => undefined,
    () => "keytar or libsecret",
  );
}
