import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rename,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isEndedByLock } from "../../src/daemon/auto-lock.ts";
import { closeVault } from "../../src/daemon/locks/close-vault.ts";
import { DaemonLock } from "../../src/daemon/locks/daemon-lock.ts";
import type { ProcessTable } from "../../src/daemon/locks/lock-holders.ts";
import { findHolders, readHolder, recordHolder } from "../../src/daemon/locks/lock-holders.ts";
import { takeLocks, vaultLockFolders } from "../../src/daemon/locks/vault-locks.ts";
import { errorOf } from "../support/codes.ts";
import { isAlive, until } from "../support/daemon-home.ts";

const LEVEL = import.meta.resolve("level");
const root = fileURLToPath(new URL("../..", import.meta.url));

let home: string;
let places: { readonly state: string; readonly vault: string; readonly socket: string };
const children: ChildProcess[] = [];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "ksl-"));
  places = { state: join(home, "state"), vault: join(home, "vault"), socket: join(home, "s") };
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  }
  await rm(home, { recursive: true, force: true });
});

/** A process that has locks, under the command line of a daemon's part or another. */
async function holder(
  folders: readonly string[],
  { program = "keepsaked.js", args = [] as readonly string[], isStubborn = false } = {},
): Promise<ChildProcess> {
  for (const folder of folders) await (await takeLocks([folder]))?.release();
  const path = join(home, program.replace(/js$/, "mjs"));
  await writeFile(
    path,
    `import { Level } from ${JSON.stringify(LEVEL)};
    ${isStubborn ? 'process.on("SIGTERM", () => {});' : ""}
    for (const folder of ${JSON.stringify(folders)}) await new Level(folder).open();
    process.stdout.write("held");
    setInterval(() => {}, 1_000);`,
  );
  const child = spawn(process.execPath, [path, ...args], { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  await once(child.stdout, "data");
  return child;
}

const all = () => {
  const { front, engine } = vaultLockFolders(places);
  return [...front, engine];
};
const front = () => vaultLockFolders(places).front;
const engine = () => vaultLockFolders(places).engine;
/** Nothing waits long in these tests. */
const NO_PATIENCE_MS = 0;

describe("the locks of a vault", () => {
  it("lie in the state folder and in the vault, none in the run folder", () => {
    expect(all()).toEqual([
      join(home, "state", "instance-lock"),
      join(home, "vault", "locks", "daemon"),
      join(home, "vault", "locks", "engine"),
    ]);
  });

  it("are taken all or not at all", async () => {
    const child = await holder([engine()]);
    expect(await takeLocks(all())).toBeUndefined();
    const others = await takeLocks(front());
    expect(others).toBeDefined();
    await others?.release();
    child.kill("SIGKILL");
    await once(child, "exit");
    await (await takeLocks(all()))?.release();
  });

  it("that cannot be used are given back as far as they were taken", async () => {
    await mkdir(join(home, "vault", "locks"), { recursive: true, mode: 0o700 });
    await symlink(home, engine());
    expect((await errorOf(takeLocks(all()))).code).toBe("UNSAFE_PATH");
    await (await takeLocks(front()))?.release();
  });
});

describe("closing a vault", () => {
  it("where there is neither vault nor state makes neither, and says that nobody has it", async () => {
    const { report, release } = await closeVault(places, "look");
    await release();
    expect(report).toEqual({ state: "free", ended: [] });
    expect(await readdir(home)).toEqual([]);
  });

  it("has every lock while it says that nobody has the vault", async () => {
    for (const place of [places.state, places.vault]) await mkdir(place, { mode: 0o700 });
    const { report, release } = await closeVault(places, "look");
    expect(report).toEqual({ state: "free", ended: [] });
    const script = `import { Level } from ${JSON.stringify(LEVEL)};
      for (const folder of ${JSON.stringify(all())})
        process.stdout.write(await new Level(folder).open().then(() => "free ", () => "taken "));`;
    const seen = async () => {
      const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let text = "";
      child.stdout.on("data", (bytes: Buffer) => (text += bytes.toString()));
      await once(child, "close");
      return text;
    };
    expect(await seen()).toBe("taken taken taken ");
    await release();
    expect(await seen()).toBe("free free free ");
  });

  it.each([0, 1, 2])("is not claimed while another process has lock %d alone", async (which) => {
    const child = await holder([all()[which] ?? ""]);
    for (const place of [places.state, places.vault]) await mkdir(place, { recursive: true, mode: 0o700 });
    const { report } = await closeVault(places, "look");
    expect(report).toEqual({ state: "held", holders: [child.pid] });
    expect(isAlive(child.pid ?? 0)).toBe(true);
  });

  it("ends who has it when that is wished, and takes the locks", async () => {
    const child = await holder(all());
    const { report, release } = await closeVault(places, "end");
    expect(report).toEqual({ state: "free", ended: [child.pid] });
    await until(() => child.signalCode === "SIGTERM");
    expect(await takeLocks([])).toBeDefined();
    await release();
  });

  it("ends one by force that does not end, and one that was stopped", async () => {
    const child = await holder([engine()], { args: ["engine"], isStubborn: true });
    child.kill("SIGSTOP");
    const { report, release } = await closeVault(places, "end");
    await release();
    expect(report).toEqual({ state: "free", ended: [child.pid] });
    await until(() => child.signalCode === "SIGKILL");
  });

  it("ends no process of another program that has a lock's file open, and claims nothing", async () => {
    const child = await holder(all(), { program: "backup.js" });
    const { report } = await closeVault(places, "end");
    expect(report).toEqual({ state: "held", holders: [] });
    expect(child.signalCode).toBeNull();
  });

  it("says what keeps it from looking", async () => {
    await mkdir(places.state);
    await chmod(places.state, 0o755);
    const { report } = await closeVault(places, "look");
    expect(report).toEqual({ state: "unknown", reason: expect.stringContaining(places.state) as unknown });
    await rm(places.state, { recursive: true });
    await symlink("state", places.state);
    expect((await closeVault(places, "end")).report.state).toBe("unknown");
    await rm(places.state);
    await writeFile(join(home, "file"), "");
    const below = { ...places, state: join(home, "file", "state") };
    expect((await closeVault(below, "end")).report.state).toBe("unknown");
  });
});

describe("who has a lock", () => {
  const withoutProc = (ps: ProcessTable["ps"]): ProcessTable => ({ proc: undefined, ps });
  const uid = process.getuid?.() ?? 0;

  it.runIf(process.platform === "linux")("is found without a word of it, fronts first", async () => {
    const second = await holder([engine()], { program: "daemon-main.js", args: ["engine"] });
    const first = await holder(front());
    expect(await findHolders(all())).toEqual([
      { pid: first.pid, part: "front" },
      { pid: second.pid, part: "engine" },
    ]);
  });

  it("is written down privately, and read back", async () => {
    await mkdir(places.state, { mode: 0o700 });
    const [folder] = front();
    await recordHolder(folder, { pid: 7, socket: "/s" });
    expect((await lstat(`${folder}.json`)).mode & 0o777).toBe(0o600);
    expect(await readHolder(folder)).toEqual({ pid: 7, socket: "/s" });
    expect(await readFile(`${folder}.json`, "utf8")).toBe('{"pid":7,"socket":"/s"}\n');
  });

  it.each(["", "{", '{"pid":-1}', '{"pid":1,"more":1}', "[]"])(
    "is nobody by what is no record: %j",
    async (text) => {
      await mkdir(places.state, { mode: 0o700 });
      await writeFile(`${front()[0]}.json`, text, { mode: 0o600 });
      expect(await readHolder(front()[0])).toBeUndefined();
    },
  );

  it("is written down if it can be, and matters no more than that", async () => {
    await expect(recordHolder(join(home, "missing", "lock"), { pid: 7 })).resolves.toBeUndefined();
    expect(await readHolder(join(home, "missing", "lock"))).toBeUndefined();
  });

  it.each([
    ["a front of this user", `  ${uid} /usr/bin/node /opt/my keepsake/bin/keepsaked.js\n`, "front"],
    ["an engine of this user", `${uid} node --x /k/dist/daemon/daemon-main.js engine\n`, "engine"],
    ["another user's", `${uid + 1} node /k/bin/keepsaked.js\n`, undefined],
    ["another program", `${uid} vim keepsaked.js.txt\n`, undefined],
    ["one that only looks", `${uid} node /k/bin/keepsaked.js locks look\n`, undefined],
    ["nobody", undefined, undefined],
  ])("is told without /proc by number and command line: %s", async (_what, line, part) => {
    await mkdir(places.state, { mode: 0o700 });
    await recordHolder(front()[0], { pid: 77 });
    const seen = await findHolders(
      all(),
      withoutProc((pid) => Promise.resolve(pid === 77 ? line : undefined)),
    );
    expect(seen).toEqual(part === undefined ? [] : [{ pid: 77, part }]);
  });
});

describe("a daemon", () => {
  it("is the only one whatever its state folder, and says where it listens", async () => {
    const lock = await DaemonLock.acquire(places, NO_PATIENCE_MS);
    expect(await lock?.isInPlace()).toBe(true);
    expect(await readHolder(front()[1])).toEqual({ pid: process.pid, socket: places.socket });
    await lock?.release();
    await holder([front()[1]]);
    const elsewhere = { ...places, state: join(home, "another") };
    expect((await errorOf(DaemonLock.acquire(elsewhere, NO_PATIENCE_MS))).code).toBe("DAEMON_UNREACHABLE");
  });

  it("that answers is left alone", async () => {
    await holder(front());
    const server = createServer().listen(places.socket);
    await once(server, "listening");
    expect(await DaemonLock.acquire(places, NO_PATIENCE_MS)).toBeUndefined();
    server.close();
  });

  it("that listens elsewhere is named by that place", async () => {
    await holder(front());
    const elsewhere = join(home, "elsewhere");
    await recordHolder(front()[0], { pid: 7, socket: elsewhere });
    const server = createServer().listen(elsewhere);
    await once(server, "listening");
    const error = await errorOf(DaemonLock.acquire(places));
    expect(error.message).toBe(`the daemon of this vault listens at ${elsewhere}, not at ${places.socket}`);
    server.close();
  });

  it("that does not answer is waited for, then named: one of 0.1.0 as well, which wrote nothing down", async () => {
    const child = await holder([front()[0]]);
    const error = await errorOf(DaemonLock.acquire(places, 100));
    expect([error.code, error.hint]).toEqual(["DAEMON_UNREACHABLE", '"keepsake lock" ends it']);
    expect(error.message).toContain(`(process ${child.pid})`);
    child.kill("SIGKILL");
    const lock = await DaemonLock.acquire(places);
    await lock?.release();
    expect(lock).toBeDefined();
  });

  it("notices when the lock's file is not the one it has", async () => {
    const lock = await DaemonLock.acquire(places, NO_PATIENCE_MS);
    await rename(places.state, join(home, "moved"));
    expect(await lock?.isInPlace()).toBe(false);
    await mkdir(front()[0], { recursive: true, mode: 0o700 });
    await writeFile(join(front()[0], "LOCK"), "");
    expect(await lock?.isInPlace()).toBe(false);
    await lock?.release();
  });
});

describe("a lock", () => {
  it.each([
    [{ isOpen: true, isUsed: true, client: "host" }, true],
    [{ isOpen: true, isUsed: false, client: "host" }, true],
    [{ isOpen: false, isUsed: true, client: "cli" }, true],
    [{ isOpen: false, isUsed: false, client: "cli" }, false],
    [{ isOpen: false, isUsed: true, client: "host" }, false],
    [{ isOpen: false, isUsed: false, client: "host" }, false],
  ])(
    "of a sealed engine ends it for the owner alone, and only when it was used: %j",
    (engineNow, isEnded) => {
      expect(isEndedByLock(engineNow)).toBe(isEnded);
    },
  );
});
