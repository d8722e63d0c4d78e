import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  PROJECT_ROOT,
  ThrowAwayHome,
  everyProcess,
  expectSuccess,
  killQuietly,
} from "../support/throw-away-home.ts";

const TURNS = join(PROJECT_ROOT, "test/fixtures/claude-code/lantern.jsonl");

interface Checked {
  readonly check: string;
  readonly host?: string;
  readonly outcome: string;
  readonly says: string;
  readonly command?: string;
  readonly mended?: string;
}

describe.sequential("doctor, by the real binaries", () => {
  const home = new ThrowAwayHome();
  const launcher = join(home.places.config, "bin", "keepsake");
  const cursorFile = join(home.folder, ".cursor", "mcp.json");
  let written: { readonly launcher: string; readonly cursor: string };

  beforeAll(async () => {
    mkdirSync(join(home.folder, ".cursor"));
    await home.init();
    expectSuccess(await home.run(["setup", "cursor", "--yes", "--no-import"]));
    written = { launcher: readFileSync(launcher, "utf8"), cursor: readFileSync(cursorFile, "utf8") };
  });
  beforeEach(() => {
    writeFileSync(launcher, written.launcher, { mode: 0o700 });
    writeFileSync(cursorFile, written.cursor);
  });
  afterAll(() => home.remove());

  async function examine(...more: readonly string[]) {
    const { code, stdout, stderr } = await home.run(["doctor", "--json", ...more]);
    const { ok, checks } = JSON.parse(stdout) as { ok: boolean; checks: readonly Checked[] };
    expect([ok, stderr]).toEqual([code === 0, ""]);
    const of = (name: string) =>
      checks.find(({ check, host }) => (host === undefined ? check : `${host} ${check}`) === name);
    const failed = checks.filter(({ outcome }) => outcome === "failure");
    return { code, of, failed: failed.map(({ check }) => check) };
  }

  it("finds nothing wrong where nothing is, and says so in words to a pipe", async () => {
    const { code, stdout } = await home.run(["doctor"]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/nothing is wrong\n$/)]);
    expect(stdout).toMatch(/^ok +cursor server +answers with 7 tools/m);
    expect(stdout).toMatch(/^ok +cursor hooks +4 events, silent and in time$/m);
  });

  it("names the mode that is wrong and changes none, whatever it may mend", async () => {
    chmodSync(home.places.clients, 0o755);
    const { code, of } = await examine("--fix", "--yes");
    expect([code, of("places")]).toMatchObject([
      1,
      { outcome: "failure", command: `chmod 700 ${home.places.clients}` },
    ]);
    expect(statSync(home.places.clients).mode & 0o777).toBe(0o755);
    chmodSync(home.places.clients, 0o700);
  });

  it("finds a launcher that is gone, and writes it anew", async () => {
    rmSync(launcher);
    const { failed, of } = await examine();
    expect(failed).toEqual(["launcher", "server", "hooks"]);
    expect(of("cursor server")?.command).toBe("keepsake setup cursor");
    const mended = await examine("--fix");
    expect([mended.code, mended.of("launcher")?.mended]).toEqual([0, expect.stringContaining("is gone")]);
    expect(readFileSync(launcher, "utf8")).toBe(written.launcher);
  });

  it("finds a Node.js that is gone by a real call, though the file is as it should be", async () => {
    writeFileSync(launcher, written.launcher.replace(/^node=.*$/m, "node=/nowhere/node"));
    const { failed, of } = await examine();
    expect(failed).toEqual(["server", "hooks"]);
    expect(of("cursor hooks")?.says).toContain("is not silent");
    expect(of("launcher")?.outcome).toBe("warning");
  });

  it("ends a program that never answers, with what it started", async () => {
    writeFileSync(launcher, "#!/bin/sh\nsleep 4711 & wait\n");
    const { failed, of } = await examine("--host", "cursor");
    expect(failed).toEqual(["server", "hooks"]);
    expect(of("cursor server")?.says).toContain("did not answer within 20 s");
    expect(
      everyProcess()
        .map(commandOf)
        .filter((line) => line.includes("4711")),
    ).toEqual([]);
  });

  it("tells a registration that somebody changed from one that is gone, and mends only its own", async () => {
    writeFileSync(cursorFile, written.cursor.replace('"cursor"', '"somebody"'));
    const changed = await examine("--fix", "--yes");
    expect(changed.of("cursor registration")).toMatchObject({
      outcome: "failure",
      command: "keepsake setup cursor --remove",
    });
    expect(readFileSync(cursorFile, "utf8")).toContain("somebody");
    writeFileSync(cursorFile, "{}\n");
    expect((await examine()).of("cursor server")?.outcome).toBe("failure");
    const mended = await examine("--fix");
    expect([mended.code, mended.of("cursor registration")?.mended]).toEqual([
      0,
      expect.stringContaining("has nothing of keepsake"),
    ]);
  });

  it("counts the turns that are missing, and imports them only when it is told to", async () => {
    const folder = join(home.folder, ".claude", "projects", "p");
    mkdirSync(folder, { recursive: true });
    copyFileSync(TURNS, join(folder, "lantern.jsonl"));
    const hourAgo = Date.now() / 1_000 - 3_600;
    utimesSync(join(folder, "lantern.jsonl"), hourAgo, hourAgo);
    expectSuccess(await home.run(["setup", "claude-code", "--yes", "--no-import"]));
    const { code, of } = await examine("--fix");
    expect([code, of("claude-code capture")]).toMatchObject([
      1,
      {
        says: "0 of 28 turns of the last 30 days are stored",
        command: `keepsake import ${join(home.folder, ".claude", "projects")}`,
      },
    ]);
    const mended = await examine("--fix", "--yes");
    expect([mended.code, mended.of("claude-code capture")?.says]).toEqual([
      0,
      "all 28 turns of the last 30 days are stored",
    ]);
    expectSuccess(await home.run(["lock"]));
    expect((await examine()).of("claude-code capture")?.outcome).toBe("skipped");
  });

  it("finds a clock that went back, and a file that a crash left", async () => {
    const day = 86_400;
    const ahead = Date.now() / 1_000 + 3 * day;
    const anchor = join(home.places.vault, "anchor");
    utimesSync(anchor, ahead, ahead);
    const left = join(home.places.config, ".config.json.0123456789abcdef.tmp");
    writeFileSync(left, "{}", { mode: 0o600 });
    utimesSync(left, ahead - 9 * day, ahead - 9 * day);
    const { of } = await examine();
    expect(of("clock")).toMatchObject({ outcome: "failure", command: "timedatectl set-ntp true" });
    expect(of("leftovers")).toMatchObject({ outcome: "warning", says: "1 file that a crash left" });
    utimesSync(anchor, Date.now() / 1_000, Date.now() / 1_000);
    expect((await examine("--fix")).of("leftovers")?.mended).toBe("1 file that a crash left");
  });

  it("finds a daemon that is dead, and starts it", async () => {
    for (const pid of home.processIds()) killQuietly(pid, "SIGKILL");
    const { of } = await examine("--host", "codex");
    expect(of("daemon")).toMatchObject({ outcome: "failure", command: "keepsake unlock" });
    for (const pid of home.processIds()) killQuietly(pid, "SIGKILL");
    expect((await examine("--fix", "--host", "codex")).of("daemon")).toMatchObject({
      outcome: "ok",
      mended: "does not run, so nothing is open",
    });
  });
});

describe("doctor on a disk that is full", () => {
  const home = new ThrowAwayHome();
  mkdirSync(home.places.vault, { recursive: true, mode: 0o700 });
  const options = ["-t", "tmpfs", "-o", "size=16m,mode=0700", "keepsake-doctor", home.places.vault];
  const isMounted = spawnSync("mount", options).status === 0;
  afterAll(async () => {
    if (isMounted) spawnSync("umount", [home.places.vault]);
    await home.remove();
  });

  it.skipIf(!isMounted)("says how much is free, and fails", async () => {
    const { code, stdout } = await home.run(["doctor"]);
    expect(code).toBe(1);
    expect(stdout).toContain(`failure  disk       16 MiB free at ${home.places.vault}\n`);
    expect(stdout).toMatch(/^failure +vault +there is none yet\n +run: keepsake init$/m);
    expect(stdout).toMatch(/^warning +hosts +none is set up$/m);
  });
});

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
