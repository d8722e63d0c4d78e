/**
 * The service with real programs: under a real user manager of systemd where one can be run, and beside daemons by hand and on demand
 * everywhere. `scripts/service-really.sh` says each thing that it looks at.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { programsInUnit } from "../../src/install/unit-text.ts";
import { PROJECT_ROOT, ThrowAwayHome, expectSuccess } from "../support/throw-away-home.ts";

const SKIPPED = 77;
const REALLY_MS = 600_000;
const BY_HAND = 3;
const CLIENTS = 20;

let home: ThrowAwayHome | undefined;
afterEach(async () => home?.remove());

describe("the service", () => {
  it(
    "is installed, started, killed, handed over and taken away under a real systemd",
    { timeout: REALLY_MS },
    (context) => {
      // Not below /tmp alone: a unit may have one of its own there.
      const folder = mkdtempSync("/var/tmp/ks-");
      try {
        const script = (name: string) => join(PROJECT_ROOT, "scripts", name);
        const args = [folder, script("service-really.sh")];
        const ran = spawnSync(script("with-user-manager.sh"), args, { encoding: "utf8" });
        if (ran.status === SKIPPED) context.skip(ran.stderr.trim());
        const told = `${ran.stdout}${ran.stderr}`;
        expect(ran.status, told).toBe(0);
        expect(ran.stdout.match(/^ok: /gm)?.length, told).toBe(31);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );

  it("never fights: of three daemons by hand, twenty commands and the service at once one daemon is left", async () => {
    home = new ThrowAwayHome();
    const own = home;
    expectSuccess(await own.run(["service", "install"], { env: { PATH: "/nowhere" } }));
    const unit = readFileSync(join(own.folder, ".config/systemd/user/keepsake.service"), "utf8");
    const [node = "", daemon = ""] = programsInUnit(unit);
    const start = (command: readonly string[]) => {
      const [file = "", ...args] = command;
      const child = spawn(file, args, { env: own.env, stdio: ["ignore", "ignore", "pipe"] });
      const said: Buffer[] = [];
      child.stderr.on("data", (chunk: Buffer) => said.push(chunk));
      const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
      return { child, ended, said };
    };
    const daemons = [
      ...Array.from({ length: BY_HAND }, () => start(own.commandLine("keepsaked", []))),
      start([node, daemon]),
    ];
    const asked = await Promise.all(Array.from({ length: CLIENTS }, () => own.run(["client", "list"])));
    expect(asked.map(({ code }) => code)).toEqual(Array.from({ length: CLIENTS }, () => 0));
    // Which one it is shows once those that were started in vain have ended.
    const front = await vi.waitFor(
      () => {
        const first = own.frontId();
        expect(parentsBeside(own, first)).toEqual(new Set([String(first)]));
        return first;
      },
      { timeout: 10_000, interval: 100 },
    );
    const others = daemons.filter(({ child }) => child.pid !== front);
    expect(others.length).toBeGreaterThanOrEqual(BY_HAND);
    for (const { ended, said } of others) {
      expect(await ended).toBe(0);
      expect(Buffer.concat(said).toString()).toContain("running already");
    }
    const zombies = spawnSync("ps", ["-o", "stat=", "--ppid", String(process.pid)], { encoding: "utf8" });
    expect(zombies.stdout).not.toMatch(/^Z/m);
    // Still a front, its engines, and no other process of this vault.
    expect(parentsBeside(own, front)).toEqual(new Set([String(front)]));
    expect(own.frontId()).toBe(front);
  });
});

/** Of every process of the vault but one. */
function parentsBeside(home: ThrowAwayHome, front: number | undefined): ReadonlySet<string> {
  const others = home.processIds().filter((pid) => pid !== front);
  const { stdout } = spawnSync("ps", ["-o", "ppid=", "-p", others.join(",")], { encoding: "utf8" });
  return new Set(stdout.trim().split(/\s+/));
}
