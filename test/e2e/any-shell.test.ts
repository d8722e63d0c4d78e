/** Where a shell can stand: no folder, no home, no room, no output. Every command works there or says what is wrong. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadCommands } from "../../src/cli/registry.ts";
import { PASSPHRASE, ThrowAwayHome, expectSuccess } from "../support/throw-away-home.ts";

const COMMANDS = await loadCommands();
const home = new ThrowAwayHome();
const CANNOT = "the result could not be written to standard output";
let id = "";

/** A command line under a shell, with `"$@"` standing for keepsake. */
function inShell(script: string, args: readonly string[], { more = {}, cwd = home.folder } = {}) {
  const run = spawnSync("bash", ["-c", script, "bash", ...home.commandLine("keepsake", args)], {
    env: { ...home.env, ...more },
    cwd,
    encoding: "utf8",
  });
  return { code: run.status, stdout: run.stdout, stderr: run.stderr };
}

beforeAll(async () => {
  await home.init();
  id = expectSuccess(await home.run(["save", "the tide is blue"])).trim();
});
afterAll(() => home.remove());

describe("an output that takes nothing", () => {
  const lines = [
    ...COMMANDS.map(({ name }) => [...name.split(" "), "--help"]),
    ["--version"],
    ["mcp", "--version"],
    ["completion", "bash"],
    ["search", "tide"],
    ["search", "nothing-of-that", "--json"],
    ["recent"],
    ["get", "ID"],
    ["status"],
    ["config", "list"],
    ["key", "list"],
    ["client", "list", "--json"],
    ["audit", "--jsonl"],
    ["verify"],
  ];

  it.each(lines.map((line) => [line.join(" "), line] as const))("%s says so", (_, line) => {
    const args = line.map((word) => (word === "ID" ? id : word));
    for (const script of ['"$@" >/dev/full', '"$@" >&-']) {
      const { code, stderr } = inShell(script, args);
      expect([script, code, stderr.includes(CANNOT)]).toEqual([script, 1, true]);
    }
  });

  it("ends the MCP server, which nobody could hear", () => {
    const request = { jsonrpc: "2.0", id: 1, method: "ping" };
    for (const where of [">/dev/full", ">&-"]) {
      const { code, stderr } = inShell(`printf '%s\\n' '${JSON.stringify(request)}' | "$@" ${where}`, [
        "mcp",
      ]);
      expect([where, code, stderr.includes(CANNOT)]).toEqual([where, 1, true]);
    }
  });

  it("is no matter to a reader that has seen enough, to /dev/null and to who throws it away", () => {
    for (const script of ['"$@" | true; exit ${PIPESTATUS[0]}', '"$@" >/dev/null', '"$@" 2>&-', '"$@" <&-']) {
      expect([script, inShell(script, ["search", "tide"])]).toMatchObject([script, { code: 0, stderr: "" }]);
    }
    const [command = "", ...rest] = home.commandLine("keepsake", ["search", "tide"]);
    expect(spawnSync(command, rest, { env: home.env, stdio: "ignore" }).status).toBe(0);
  });

  it("costs nobody a recovery key unheard", () => {
    for (const script of ['"$@" >/dev/full', '"$@" | true; exit ${PIPESTATUS[0]}']) {
      const { code, stderr } = inShell(script, ["key", "add", "recovery", "--json"]);
      expect([code, stderr.includes("the recovery key could not be written")]).toEqual([1, true]);
    }
  });
});

describe("a working folder that was deleted", () => {
  const leave = 'mkdir gone && cd gone && rmdir ../gone && "$@"';

  it("keeps nobody from what needs no folder", () => {
    for (const args of [
      ["status"],
      ["search", "tide"],
      ["save", "from nowhere"],
      ["config", "list"],
      ["--help"],
    ]) {
      expect([args, inShell(leave, args)]).toMatchObject([args, { code: 0 }]);
    }
  });

  it("is named where a path starts in it", () => {
    const file = inShell(leave, ["import", "notes.md"]);
    expect([file.code, file.stderr]).toEqual([
      2,
      'keepsake: error: "notes.md" starts in the working folder, which was deleted\nkeepsake: hint: give the whole path, or change to a folder that is there\n',
    ]);
  });

  it("and any other are no place to look for the vault from", () => {
    for (const [script, more] of [
      [leave, { KEEPSAKE_HOME: "relative" }],
      ['"$@"', { KEEPSAKE_HOME: "~/keepsake" }],
      ['"$@"', { KEEPSAKE_SOCKET: "run/keepsake.sock" }],
    ] as const) {
      const { code, stderr } = inShell(script, ["status"], { more });
      const [variable] = Object.keys(more);
      expect([code, stderr]).toEqual([
        2,
        `keepsake: error: ${variable} is a relative path: another place in every folder\nkeepsake: hint: set it to a whole path, one that starts with /\n`,
      ]);
    }
  });

  it("keeps no MCP server from starting", () => {
    const initialize = {
      jsonrpc: "2.0",
      id: 1,
      method: "initialize",
      params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "x", version: "1" } },
    };
    const script = `${leave} <<< '${JSON.stringify(initialize)}'`;
    expect(inShell(script, ["mcp"]).stdout).toContain('"serverInfo"');
  });
});

describe("a home that is not named", () => {
  it("is no matter where KEEPSAKE_HOME is, and is found in the list of users", () => {
    const without = 'env -u HOME "$@"';
    expect(inShell(without, ["search", "tide"]).code).toBe(0);
    expect(inShell('HOME= KEEPSAKE_HOME= "$@"', ["config", "list"]).code).toBe(0);
    expect(readdirSync(home.folder)).not.toContain(".local");
  });

  it.skipIf(process.getuid?.() !== 0)("is asked for where nobody knows it", () => {
    const script = 'setpriv --reuid=12345 --clear-groups env -u HOME -u KEEPSAKE_HOME "$@"';
    const { code, stderr } = inShell(script, ["status"], { cwd: "/" });
    expect([code, stderr]).toEqual([
      2,
      "keepsake: error: HOME is not set, and the system knows no home folder of this user\nkeepsake: hint: set HOME, or KEEPSAKE_HOME to a folder for all of keepsake\n",
    ]);
  });
});

describe("what sync tools and file managers leave", () => {
  const litter = [
    ".DS_Store",
    "._keyring.a",
    "Thumbs.db",
    "desktop.ini",
    ".dropbox",
    "~lock.keyring#",
    "cli.sync-conflict-20261129-101010-ABCDEFG.json",
    ".syncthing.keyring.a.tmp",
  ];

  it("is neither a vault nor a client, and stays", async () => {
    const other = new ThrowAwayHome();
    const { vault, config, clients, state, run } = other.places;
    try {
      for (const folder of [vault, config, clients, state, run]) {
        mkdirSync(join(folder, ".stfolder"), { recursive: true, mode: 0o700 });
        for (const name of litter) writeFileSync(join(folder, name), "x", { mode: 0o644 });
      }
      expect((await other.run(["status"])).stderr).toContain("no vault yet");
      await other.init();
      expectSuccess(await other.run(["lock"]));
      await other.unlock();
      const clientsListed = JSON.parse((await other.run(["client", "list", "--json"])).stdout) as {
        clients: readonly { id: string }[];
      };
      expect(clientsListed.clients.map((each) => each.id)).toEqual(["cli"]);
      expectSuccess(await other.run(["purge", "--yes"]));
      expectSuccess(await other.run(["verify"]));
      for (const folder of [vault, config, clients, state, run])
        expect(readdirSync(folder)).toEqual(expect.arrayContaining([".stfolder", ...litter]));
    } finally {
      await other.remove();
    }
  });
});

describe("a passphrase file", () => {
  it("may begin with a byte order mark and end with CR LF", async () => {
    const other = new ThrowAwayHome();
    try {
      const args = ["init", "--no-recovery", "--passphrase-fd", "3"];
      expectSuccess(await other.run(args, { passphrase: `\uFEFF${PASSPHRASE}\r\n` }));
      expectSuccess(await other.run(["lock"]));
      await other.unlock();
    } finally {
      await other.remove();
    }
  });

  it("is refused for one of the commonest passphrases, and nothing is made", async () => {
    const other = new ThrowAwayHome();
    try {
      for (const passphrase of ["password1", "Passw0rd!", "qwertyuiop"]) {
        const { code, stderr } = await other.run(["init", "--passphrase-fd", "3"], { passphrase });
        expect([code, stderr.includes("one of the first that anybody would guess")]).toEqual([2, true]);
      }
      expect((await other.run(["status"])).stdout).toContain("none yet");
      const long = { passphrase: "correct horse ".repeat(250) };
      expectSuccess(await other.run(["init", "--no-recovery", "--passphrase-fd", "3"], long));
    } finally {
      await other.remove();
    }
  });
});

const disk = mkdtempSync(join(tmpdir(), "ks-disk-"));
const canMount = spawnSync("mount", ["-t", "tmpfs", "-o", "size=48m,mode=700", "none", disk]).status === 0;
if (!canMount) console.warn("SKIPPED: a read-only disk needs the right to mount a tmpfs");
afterAll(() => {
  if (canMount) spawnSync("umount", ["-l", disk]);
  rmSync(disk, { recursive: true, force: true });
});

describe.skipIf(!canMount)("a disk", () => {
  const onDisk = new ThrowAwayHome({ KEEPSAKE_HOME: join(disk, "k") });
  const stop = async () => {
    const { frontPid } = JSON.parse((await onDisk.run(["status", "--json"])).stdout) as { frontPid: number };
    process.kill(frontPid);
    while ((await onDisk.run(["status"])).code === 0) await new Promise((resolve) => setTimeout(resolve, 50));
  };
  afterAll(() => onDisk.remove());

  it("that is full is no damage", async () => {
    await onDisk.init();
    expectSuccess(await onDisk.run(["save", "the tide is blue"]));
    spawnSync("bash", ["-c", `head -c 60M /dev/zero >${join(disk, "filler")}`]);
    for (let tries = 0; tries < 3; tries += 1) await onDisk.run(["save"], { input: "x".repeat(60_000) });
    const { code, stdout, stderr } = await onDisk.run(["verify"]);
    expect([code, stdout.includes("all of it is sound"), stderr.includes("the disk is full")]).toEqual([
      1,
      true,
      true,
    ]);
    expect((await onDisk.run(["search", "tide"])).code).toBe(0);
    rmSync(join(disk, "filler"));
  });

  it("that is mounted to be read only can be read: the reason is named, and nothing is lost", async () => {
    await stop();
    expect(spawnSync("mount", ["-o", "remount,ro", disk]).status).toBe(0);
    expect((await onDisk.run(["search", "tide"])).code).toBe(4);
    const unlocked = await onDisk.run(["unlock", "--passphrase-fd", "3"], { passphrase: PASSPHRASE });
    expect([unlocked.code, unlocked.stderr.includes("mounted to be read only")]).toEqual([0, true]);
    const found = await onDisk.run(["search", "tide"]);
    expect(found.stdout).toContain("the tide is blue");
    const [memory = ""] = found.stdout.split("\t");
    expect((await onDisk.run(["get", memory])).stdout).toContain("the tide is blue");
    expect((await onDisk.run(["status"])).stdout).toContain("mounted to be read only");
    for (const args of [
      ["save", "lost?"],
      ["forget", memory, "--yes"],
      ["key", "add", "recovery"],
      ["repair", "--yes"],
    ]) {
      const refused = await onDisk.run(args);
      expect([args, refused.code, refused.stderr.includes("does not accept writes")]).toEqual([
        args,
        1,
        true,
      ]);
    }
    await stop();
    expect(spawnSync("mount", ["-o", "remount,rw", disk]).status).toBe(0);
    await onDisk.unlock();
    expectSuccess(await onDisk.run(["save", "written again"]));
    expect((await onDisk.run(["recent", "-a"])).stdout.trim().split("\n")).toHaveLength(2);
    expectSuccess(await onDisk.run(["verify"]));
  });
});
