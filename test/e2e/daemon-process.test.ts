import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { Secret } from "../../src/base/secret.ts";
import { greet, openSocket } from "../../src/client/open-client.ts";
import type { Places } from "../../src/platform/places.ts";
import { resolvePlaces } from "../../src/platform/places.ts";
import { readTokenFile } from "../../src/platform/token-file.ts";
import { DaemonHome, buildDaemon, isAlive, kill, pause, readProc, until } from "../support/daemon-home.ts";

const isRoot = process.getuid?.() === 0;
const OTHER_USER = 65_534;
const hasStrace = spawnSync("strace", ["-V"]).status === 0;

let main: string;
let home: DaemonHome;
beforeAll(() => {
  main = buildDaemon();
});
afterEach(async () => {
  await home.remove();
});

/** A turn to capture: works in every state, and makes the engine one that has been used. */
const turn = { messageId: "m1", role: "user", text: "x", at: "2026-11-20T00:00:00Z" } as const;

/** Uses the engine and locks; @returns how long until another one answered, in milliseconds. */
async function lockOnce(): Promise<number> {
  const client = await home.connect();
  await client.call("memory.capture", { session: "s", turns: [turn] }).catch(() => undefined);
  const start = performance.now();
  await client.call("vault.lock", {});
  await until(() => !client.isConnected);
  await home.status();
  return performance.now() - start;
}

/** Ports a process listens on, by the sockets it has open. */
function listeningTcp(pid: number): readonly string[] {
  const own = new Set(openSockets(pid));
  return ["tcp", "tcp6"]
    .flatMap((table) => readProc(pid, `net/${table}`).split("\n").slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state, , , , , , inode]) => state === "0A" && inode !== undefined && own.has(inode))
    .map(([, local = ""]) => local);
}

function openSockets(pid: number): readonly string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
    } catch {
      return [];
    }
  });
}

describe("one daemon", () => {
  it("tells a second one that it is running already: exit 0, and the first goes on", async () => {
    home = new DaemonHome(main);
    const first = await home.serve();
    const { pid } = await home.status();
    const second = await home.start().ended;
    expect(second).toEqual({ code: 0, signal: null, stderr: "keepsake: the daemon is running already\n" });
    expect((await home.status()).pid).toBe(pid);
    expect(isAlive(first.pid)).toBe(true);
  });

  it("is what is left of ten that start at once", async () => {
    home = new DaemonHome(main);
    const fronts = Array.from({ length: 10 }, () => home.start());
    await home.status();
    await until(() => fronts.filter(({ pid }) => isAlive(pid)).length === 1);
    await home.status();
    expect(fronts.filter(({ pid }) => isAlive(pid))).toHaveLength(1);
  });

  it("is refused for the same vault by another socket, and for the same socket by another vault", async () => {
    home = new DaemonHome(main);
    await home.serve();
    home.environment["KEEPSAKE_SOCKET"] = join(home.folder, "k", "other", "s");
    expect(await home.start().ended).toMatchObject({
      code: 3,
      stderr: expect.stringContaining(
        `the daemon of this vault listens at ${home.places.socket}, not at `,
      ) as unknown,
    });

    const other = new DaemonHome(main, { KEEPSAKE_SOCKET: home.places.socket });
    const refused = await other.start().ended;
    await other.remove();
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`UNSAFE_PATH: another program answers at ${home.places.socket}`);
    await expect(home.status()).resolves.toMatchObject({ state: "missing" });
  });

  it("is found in another session of the user, with another run folder and another state folder", async () => {
    home = new DaemonHome(main);
    const session = (name: string) => ({
      XDG_RUNTIME_DIR: join(home.folder, name),
      XDG_STATE_HOME: join(home.folder, name),
    });
    delete home.environment["KEEPSAKE_HOME"];
    Object.assign(home.environment, session("first"));
    const first = home.start();
    const { socket } = resolvePlaces({}, process.platform, home.folder);
    await until(() => existsSync(socket));
    Object.assign(home.environment, session("second"));
    expect(await home.start().ended).toMatchObject({
      code: 0,
      stderr: "keepsake: the daemon is running already\n",
    });
    expect(isAlive(first.pid)).toBe(true);
  });

  it("takes no arguments, and is no engine without a front", async () => {
    home = new DaemonHome(main);
    for (const args of [["--help"], ["engine"], ["engine", "x"], ["locks", "end"], ["locks"]]) {
      expect(await home.start({ args }).ended).toMatchObject({ code: 2, stderr: /^keepsake: error: .+\n$/ });
    }
    expect(existsSync(home.places.vault)).toBe(false);
  });
});

describe("the engine", () => {
  it("is replaced after kill -9, while the front stays and new connections wait for it", async () => {
    home = new DaemonHome(main);
    const front = await home.serve();
    const before = await home.status();
    kill(before.pid, "SIGKILL");
    const clients = await Promise.all(Array.from({ length: 8 }, () => home.connect()));
    for (const client of clients) client.close();
    const after = await home.status();
    expect(after.pid).not.toBe(before.pid);
    expect(isAlive(front.pid)).toBe(true);
    expect(home.log()).toContainEqual(
      expect.objectContaining({
        event: "engine-ended",
        signal: "SIGKILL",
        counts: expect.objectContaining({ announced: 0 }) as unknown,
      }),
    );
  });

  it("leaves a connection it had not claimed when it was killed to the next one, unread", async () => {
    home = new DaemonHome(main);
    await home.serve();
    const engine = (await home.status()).pid;
    const token = await readTokenFile(join(home.places.clients, "cli.json"));
    kill(engine, "SIGSTOP");
    const socket = await openSocket(home.places.socket);
    const greeted = greet(socket, { client: "cli", token: new Secret(token?.token ?? new Uint8Array()) });
    await pause(200);
    kill(engine, "SIGKILL");
    const client = await greeted;
    expect((await client.call("vault.status", {})).pid).not.toBe(engine);
    client.close();
  });

  it("ends at a lock and another one, sealed, takes its place shortly", async () => {
    home = new DaemonHome(main);
    await home.serve();
    const before = (await home.status()).pid;
    const milliseconds = await lockOnce();
    const after = await home.status();
    expect(after.pid).not.toBe(before);
    expect(isAlive(before)).toBe(false);
    expect(milliseconds).toBeLessThan(30_000);
    console.log(`lock until the next engine answered: ${Math.round(milliseconds)} ms`);
  });

  it("stays when it is locked without having been used", async () => {
    home = new DaemonHome(main);
    await home.serve();
    const before = (await home.status()).pid;
    const client = await home.connect();
    await client.call("vault.lock", {});
    await pause(200);
    expect(client.isConnected).toBe(true);
    expect((await home.status()).pid).toBe(before);
    client.close();
  });

  it("ends when its front is killed, and a new daemon starts at once", async () => {
    home = new DaemonHome(main);
    const front = await home.serve();
    const engine = (await home.status()).pid;
    const connected = await home.connect();
    front.process.kill("SIGKILL");
    await until(() => !connected.isConnected);
    const next = await home.serve();
    await until(() => !isAlive(engine));
    expect((await home.status()).pid).not.toBe(engine);
    expect(existsSync(home.places.socket)).toBe(true);
    next.process.kill("SIGTERM");
    expect(await next.ended).toMatchObject({ code: 0 });
    expect(home.processIds()).toEqual([]);
  });

  it("waits for an engine whose front was killed and which is not gone yet", async () => {
    home = new DaemonHome(main);
    const front = await home.serve();
    const engine = (await home.status()).pid;
    kill(engine, "SIGSTOP");
    front.process.kill("SIGKILL");
    await front.ended;
    const next = home.start();
    await until(() => existsSync(home.places.socket) && home.processIds().length >= 3);
    await pause(1_500);
    const isReadyTwice = () => home.log().filter(({ event }) => event === "engine-ready").length > 1;
    expect(isReadyTwice()).toBe(false);
    kill(engine, "SIGCONT");
    await until(isReadyTwice);
    expect((await home.status()).pid).not.toBe(engine);
    expect([isAlive(engine), isAlive(next.pid)]).toEqual([false, true]);
  });

  it("gives back every connection: neither process keeps descriptors", async () => {
    home = new DaemonHome(main);
    const front = await home.serve();
    const engine = (await home.status()).pid;
    const descriptors = () => [front.pid, engine].map((pid) => openSockets(pid).length);
    await pause(100);
    const before = descriptors();
    const isBack = () => descriptors().every((count, index) => count <= (before[index] ?? 0));
    for (let round = 0; round < 20; round++) {
      const clients = await Promise.all(Array.from({ length: 6 }, () => home.connect()));
      expect(isBack()).toBe(false);
      for (const client of clients) client.close();
      const raw = await openSocket(home.places.socket);
      raw.destroy();
      // A client may have eight connections at a time, those that are being closed among them.
      await until(isBack);
    }
  });
});

describe("the front", () => {
  it("survives running out of descriptors, and serves again when there are some", async () => {
    home = new DaemonHome(main);
    const front = await home.serve();
    const engine = (await home.status()).pid;
    const room = readdirSync(`/proc/${front.pid}/fd`).length + 10;
    execFileSync("prlimit", ["--pid", String(front.pid), `--nofile=${room}`]);
    kill(engine, "SIGSTOP");
    const sockets = await Promise.all(Array.from({ length: 60 }, () => openSocket(home.places.socket)));
    for (const socket of sockets) socket.resume();
    await until(() => sockets.some(({ closed }) => closed));
    for (const socket of sockets) socket.destroy();
    kill(engine, "SIGCONT");
    expect((await home.status()).pid).toBe(engine);
    expect(isAlive(front.pid)).toBe(true);
  });
});

describe("ending", () => {
  it.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
    "by %s is clean: exit 0, no process, no socket",
    async (signal) => {
      home = new DaemonHome(main);
      const front = await home.serve();
      front.process.kill(signal);
      expect(await front.ended).toEqual({ code: 0, signal: null, stderr: "" });
      expect(existsSync(home.places.socket)).toBe(false);
      expect(readdirSync(home.places.run)).toEqual([]);
      expect(home.processIds()).toEqual([]);
      expect(home.log().at(-1)).toMatchObject({ event: "front-stopped" });
    },
  );

  it("by a signal to both processes, as a service manager sends it, is clean as well", async () => {
    home = new DaemonHome(main);
    const front = await home.serve();
    const engine = (await home.status()).pid;
    for (const pid of [engine, front.pid]) kill(pid, "SIGTERM");
    expect(await front.ended).toMatchObject({ code: 0, stderr: "" });
    expect(home.processIds()).toEqual([]);
  });

  it("lets the next daemon start while it is still under way", async () => {
    home = new DaemonHome(main);
    const first = await home.serve();
    first.process.kill("SIGTERM");
    await home.serve();
    expect(await first.ended).toMatchObject({ code: 0 });
    await expect(home.status()).resolves.toMatchObject({ state: "missing" });
  });
});

describe("what the daemon leaves on the machine", () => {
  it.each(["000", "022", "077"])("is private from birth under umask %s", async (umask) => {
    home = new DaemonHome(main);
    await home.serve({ prefix: ["/bin/sh", "-c", `umask ${umask}; exec "$0" "$@"`] });
    const loose: string[] = [];
    const look = (path: string) => {
      const found = lstatSync(path);
      const wanted = found.isDirectory() ? 0o700 : 0o600;
      if ((found.mode & 0o7777) !== wanted) loose.push(`${path} ${(found.mode & 0o7777).toString(8)}`);
      if (found.isDirectory()) for (const name of readdirSync(path)) look(join(path, name));
    };
    look(join(home.folder, "k"));
    expect(loose).toEqual([]);
    expect(lstatSync(home.places.socket).isSocket()).toBe(true);
  });

  it.for(["000", "022"])(
    "includes a socket bound under umask 0177 and never chmodded, umask %s",
    async (umask, context) => {
      if (!hasStrace) context.skip("strace is not installed");
      home = new DaemonHome(main);
      const trace = join(home.folder, "trace");
      const strace = [
        "strace",
        "-f",
        "-qq",
        "-e",
        "trace=umask,bind,rename,chmod,fchmod,fchmodat",
        "-o",
        trace,
      ];
      await home.serve({ prefix: [...strace, "/bin/sh", "-c", `umask ${umask}; exec "$0" "$@"`] });
      const calls = readFileSync(trace, "utf8")
        .split("\n")
        .map((line) => line.replace(/^\d+\s+/, ""));
      const bind = calls.findIndex((call) => call.startsWith("bind(") && call.includes("AF_UNIX"));
      const before = calls.slice(0, bind).findLast((call) => call.startsWith("umask("));
      expect(before).toMatch(/^umask\(0177\)/);
      expect(calls.slice(bind).find((call) => call.startsWith("rename("))).toContain(home.places.socket);
      expect(calls.filter((call) => /^f?chmod/.test(call))).toEqual([]);
    },
  );

  it("shows nothing of the user's work in command lines, environments and current folders", async () => {
    home = new DaemonHome(main, {
      CLAUDE_PROJECT_DIR: "/home/u/canary-project",
      PWD: "/home/u/canary-project",
      NODE_OPTIONS: "--inspect=127.0.0.1:0 --title=canary-title",
    });
    const front = await home.serve();
    const engine = (await home.status()).pid;
    expect(readProc(engine, "environ")).not.toMatch(/canary|NODE_OPTIONS/);
    for (const pid of [front.pid, engine]) {
      expect(readProc(pid, "cmdline")).not.toMatch(/canary-project/);
      expect(readlinkSync(`/proc/${pid}/cwd`)).toBe("/");
      expect(listeningTcp(pid)).toEqual([]);
    }
  });

  it("is no core dump: no page is dumped and the engine's limit is zero", async () => {
    home = new DaemonHome(main);
    const front = await home.serve({ prefix: ["/bin/sh", "-c", `ulimit -c unlimited; exec "$0" "$@"`] });
    const engine = (await home.status()).pid;
    for (const pid of [front.pid, engine]) {
      expect(Number.parseInt(readProc(pid, "coredump_filter"), 16)).toBe(0);
    }
    expect(readProc(engine, "limits")).toMatch(/^Max core file size\s+0\s+0\s/m);
  });

  it("is no debugger, however often it gets SIGUSR1", async () => {
    const control = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000); console.log('up')"], {
      stdio: ["ignore", "pipe", "ignore"],
      env: { ...process.env, NODE_OPTIONS: "" },
    });
    await once(control.stdout, "data");
    kill(control.pid ?? 0, "SIGUSR1");
    await until(() => listeningTcp(control.pid ?? 0).length > 0);
    control.kill("SIGKILL");

    home = new DaemonHome(main);
    const front = await home.serve();
    const engine = (await home.status()).pid;
    for (let count = 0; count < 100; count++) {
      for (const pid of [front.pid, engine]) kill(pid, "SIGUSR1");
      if (count % 10 === 0) await pause(5);
    }
    await pause(300);
    expect((await home.status()).pid).toBe(engine);
    expect([front.pid, engine].flatMap(listeningTcp)).toEqual([]);
  });

  it("is no report or heap snapshot on a signal or a crash", async () => {
    home = new DaemonHome(main);
    const front = await home.serve();
    const engine = (await home.status()).pid;
    kill(engine, "SIGUSR2");
    await until(() => !isAlive(engine));
    await home.status();
    const isReport = (name: string) => /^report\.|\.heapsnapshot$|^core/.test(name);
    expect(
      [...readdirSync(home.folder, { recursive: true, encoding: "utf8" }), ...readdirSync("/")].filter(
        isReport,
      ),
    ).toEqual([]);
    expect(isAlive(front.pid)).toBe(true);
  });
});

describe("starting", () => {
  type Folder = Extract<keyof Places, "vault" | "config" | "clients" | "state" | "run">;
  const folders: readonly Folder[] = ["vault", "config", "clients", "state", "run"];
  const refused = async (path: string, names: readonly string[] = []) => {
    const { code, stderr } = await home.start().ended;
    expect(code).toBe(1);
    expect(stderr).toContain(`keepsake: error: UNSAFE_PATH: ${path} `);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(readdirSync(path)).toEqual(names);
    expect(existsSync(home.places.socket)).toBe(false);
  };

  it.each(folders)("is refused when the %s folder is loose, and changes nothing about it", async (folder) => {
    home = new DaemonHome(main);
    const path = home.places[folder];
    mkdirSync(path, { recursive: true, mode: 0o700 });
    chmodSync(path, 0o750);
    await refused(path);
    expect(lstatSync(path).mode & 0o777).toBe(0o750);
  });

  it.each(folders)("is refused when the %s folder is a link, and leaves its target alone", async (folder) => {
    home = new DaemonHome(main);
    const path = home.places[folder];
    const victim = join(home.folder, "victim");
    mkdirSync(victim, { mode: 0o700 });
    mkdirSync(join(path, ".."), { recursive: true, mode: 0o700 });
    symlinkSync(victim, path);
    await refused(path);
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
  });

  it.for(folders)("is refused when the %s folder belongs to somebody else", async (folder, context) => {
    if (!isRoot) context.skip("needs root to give a folder to another user");
    home = new DaemonHome(main);
    const path = home.places[folder];
    mkdirSync(path, { recursive: true, mode: 0o700 });
    chownSync(path, OTHER_USER, OTHER_USER);
    await refused(path);
    expect(lstatSync(path).uid).toBe(OTHER_USER);
  });

  it("is refused for a socket path of 120 bytes", async () => {
    home = new DaemonHome(main);
    home.environment["KEEPSAKE_SOCKET"] = join(home.folder, "x".repeat(119 - home.folder.length));
    const { code, stderr } = await home.start().ended;
    expect([code, stderr.includes("PATH_TOO_LONG")]).toEqual([1, true]);
    expect(readdirSync(home.folder)).toEqual([]);
  });

  it.each([
    ["misspelt", `{"lock": {"idel": "1m"}}`, 0o600],
    ["loose", "{}", 0o644],
  ])(
    "is refused with a configuration that is %s, whose limits could be weaker than meant",
    async (_what, content, mode) => {
      home = new DaemonHome(main);
      mkdirSync(home.places.config, { recursive: true, mode: 0o700 });
      writeFileSync(join(home.places.config, "config.json"), content);
      chmodSync(join(home.places.config, "config.json"), mode);
      const { code, stderr } = await home.start().ended;
      expect([code, stderr.includes("INVALID_CONFIG")]).toEqual([2, true]);
      expect(existsSync(home.places.socket)).toBe(false);
    },
  );

  it("is refused when the log is a link", async () => {
    home = new DaemonHome(main);
    mkdirSync(home.places.state, { recursive: true, mode: 0o700 });
    symlinkSync(join(home.folder, "victim"), home.places.log);
    const { code, stderr } = await home.start().ended;
    expect([code, stderr.includes(`UNSAFE_PATH: ${home.places.log} `)]).toEqual([1, true]);
    expect(existsSync(join(home.folder, "victim"))).toBe(false);
  });

  it("replaces the socket and the temporaries that a killed daemon left", async () => {
    home = new DaemonHome(main);
    const first = await home.serve();
    first.process.kill("SIGKILL");
    await first.ended;
    const left = join(home.places.clients, ".cli.json.0123456789abcdef.tmp");
    writeFileSync(left, "", { mode: 0o600 });
    expect(existsSync(home.places.socket)).toBe(true);
    await home.serve();
    expect(existsSync(left)).toBe(false);
  });

  it("works again after its locks were damaged", async () => {
    home = new DaemonHome(main);
    const first = await home.serve();
    first.process.kill("SIGTERM");
    await first.ended;
    for (const lock of ["vault/locks/daemon", "vault/locks/engine", "state/instance-lock"]) {
      writeFileSync(join(home.folder, "k", lock, "CURRENT"), "damaged");
    }
    await expect(home.serve()).resolves.toBeDefined();
  });
});

describe("another user", () => {
  const connectAs = (uid: number, path: string) => {
    const script = `require("node:net").connect(process.argv[1])
      .on("connect", () => { console.log("connected"); process.exit(); })
      .on("error", (error) => console.log(error.code))`;
    const args = [
      "--reuid",
      String(uid),
      "--regid",
      String(uid),
      "--clear-groups",
      process.execPath,
      "-e",
      script,
      path,
    ];
    return execFileSync("setpriv", args, { encoding: "utf8" }).trim();
  };

  it.for(["000", "022", "077"])(
    "gets EACCES from the folder, and from the socket itself, umask %s",
    async (umask, context) => {
      if (!isRoot) context.skip("needs root to become another user");
      home = new DaemonHome(main);
      await home.serve({ prefix: ["/bin/sh", "-c", `umask ${umask}; exec "$0" "$@"`] });
      const { socket } = home.places;
      expect(connectAs(0, socket)).toBe("connected");
      expect(connectAs(OTHER_USER, socket)).toBe("EACCES");
      for (const folder of [home.places.run, join(home.folder, "k"), home.folder]) chmodSync(folder, 0o711);
      expect(connectAs(OTHER_USER, socket)).toBe("EACCES");
      chmodSync(socket, 0o666);
      expect(connectAs(OTHER_USER, socket)).toBe("connected");
    },
  );
});

describe("inside a systemd unit", () => {
  it("starts where every folder above shows the overflow id and the core limit may not be set", async (context) => {
    const enter = ["unshare", "--user", "--map-user=0", "--map-group=0"];
    if (spawnSync(enter[0] ?? "", [...enter.slice(1), "true"]).status !== 0)
      context.skip("no user namespaces here");
    home = new DaemonHome(main);
    await home.serve({ prefix: enter });
    await expect(home.status()).resolves.toMatchObject({ state: "missing" });
  });
});
