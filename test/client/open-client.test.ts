import { existsSync, readFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openClient } from "../../src/client/open-client.ts";
import { findDaemonPath, startDaemon } from "../../src/client/start-daemon.ts";
import { resolvePlaces } from "../../src/platform/places.ts";
import type { Places } from "../../src/platform/places.ts";
import { encodeTokenFile } from "../../src/platform/token-file.ts";
import { RawClient, closeServer, eventually } from "../server/support.ts";
import { codeOfPromise, errorOf } from "../support/codes.ts";
import { TOKEN, answerHello } from "./support.ts";

/** How long whoever waits in vain would wait: longer than any test may take. */
const AN_HOUR_MS = 3_600_000;

let home: string;
let places: Places;
const cleanups: (() => Promise<void>)[] = [];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "keepsake-open-"));
  places = {
    socket: join(home, "s"),
    clients: join(home, "clients"),
    log: join(home, "keepsake.log"),
    vault: join(home, "vault"),
    config: join(home, "config"),
    inboxToken: join(home, "config", "inbox.token"),
    state: join(home, "state"),
    run: join(home, "run"),
  };
  await mkdir(places.clients, { mode: 0o700 });
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
  await rm(home, { recursive: true, force: true });
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function writeToken(id: string, mode = 0o600): Promise<void> {
  const file = { id, token: TOKEN, scopes: ["read"], projects: undefined, created: 0 };
  await writeFile(join(places.clients, `${id}.json`), encodeTokenFile(file), { mode });
  await chmod(join(places.clients, `${id}.json`), mode);
}

/** Listens on the socket of these places. */
async function listen(serve: (peer: RawClient) => Promise<void> | void = answerHello): Promise<void> {
  const sockets = new Set<RawClient>();
  const server = createServer((socket) => {
    const peer = new RawClient(socket);
    sockets.add(peer);
    void serve(peer);
  });
  await new Promise<void>((resolve) => server.listen(places.socket, resolve));
  cleanups.push(async () => {
    for (const peer of sockets) peer.destroy();
    await closeServer(server);
  });
}

/** A program in the place of the daemon. */
async function program(source: string): Promise<string> {
  const path = join(home, "daemon.mjs");
  await writeFile(path, source);
  return path;
}

describe("opening a client", () => {
  test("reads its token and says hello", async () => {
    await writeToken("host");
    await listen();
    const client = await openClient({ client: "host", places });
    expect(client.isConnected).toBe(true);
    client.close();
  });

  test("without a daemon fails at once and starts none, unless it may", async () => {
    const opening = openClient({ client: "cli", places, waitMs: AN_HOUR_MS });
    expect(await codeOfPromise(opening)).toBe("DAEMON_UNREACHABLE");
  });

  test("that has no token file says which and how to make it", async () => {
    await listen();
    const error = await errorOf(openClient({ client: "host", places }));
    expect([error.code, error.message, error.hint]).toEqual([
      "NOT_FOUND",
      `there is no client host: ${join(places.clients, "host.json")} is missing`,
      'run "keepsake client add host" in a terminal',
    ]);
  });

  test("says of the owner, whose token is removed, what heals it", async () => {
    await listen();
    const error = await errorOf(openClient({ client: "cli", places, waitMs: 100 }));
    expect([error.code, error.hint]).toEqual(["NOT_FOUND", expect.stringContaining('run "keepsake lock"')]);
  });

  test("says at once that the path is at fault, and waits for no daemon", async () => {
    await symlink(join(home, "loop"), join(home, "loop"));
    const looped = resolvePlaces({ KEEPSAKE_HOME: join(home, "loop") });
    const daemonPath = await program("setInterval(() => {}, 1_000);");
    for (const daemon of [undefined, daemonPath]) {
      const error = await errorOf(
        openClient({ client: "cli", places: looped, daemonPath: daemon, waitMs: AN_HOUR_MS }),
      );
      expect([error.code, error.message]).toEqual(["UNSAFE_PATH", expect.stringContaining("(ELOOP: ")]);
      expect(error.hint).toContain("KEEPSAKE_HOME");
    }
  });

  test("refuses a token file that others can read", async () => {
    await writeToken("host", 0o640);
    await listen();
    expect(await codeOfPromise(openClient({ client: "host", places }))).toBe("UNSAFE_PATH");
  });

  test.each(["../cli", "", "CLI", "a/b", "a\0b"])("refuses the name %j", async (name) => {
    await listen();
    expect(await codeOfPromise(openClient({ client: name, places }))).toBe("INVALID_PARAMS");
  });

  test("waits for the first client's token, which the daemon is about to write", async () => {
    await listen();
    const opening = openClient({ client: "cli", places });
    await pause(80);
    await writeToken("cli");
    const client = await opening;
    expect(client.isConnected).toBe(true);
    client.close();
    await rm(join(places.clients, "cli.json"));
    expect(await codeOfPromise(openClient({ client: "cli", places, waitMs: 80 }))).toBe("NOT_FOUND");
  });

  test("tries again when the engine it reached is just ending", async () => {
    await writeToken("cli");
    let connections = 0;
    await listen(async (peer) => {
      connections += 1;
      if (connections < 4) peer.destroy();
      else await answerHello(peer);
    });
    const client = await openClient({ client: "cli", places });
    expect(connections).toBe(4);
    client.close();
  });

  test("tries again when the daemon has no place free, and says so when there is none in its time", async () => {
    await writeToken("cli");
    let connections = 0;
    let freeAt = 3;
    await listen(async (peer) => {
      connections += 1;
      if (connections >= freeAt) return answerHello(peer);
      await peer.next();
      peer.sendJson({ id: null, error: { code: "TOO_MANY_CONNECTIONS", message: "full" } });
    });
    const client = await openClient({ client: "cli", places });
    expect(connections).toBe(3);
    client.close();
    freeAt = Infinity;
    expect(await codeOfPromise(openClient({ client: "cli", places, waitMs: 100 }))).toBe(
      "TOO_MANY_CONNECTIONS",
    );
  });

  test("tries again when the daemon has no engine yet, and says in the end that nobody answered", async () => {
    await writeToken("cli");
    let connections = 0;
    let readyAt = 3;
    await listen(async (peer) => {
      connections += 1;
      if (connections >= readyAt) return answerHello(peer);
      await peer.next();
      peer.sendJson({ id: null, error: { code: "TIMEOUT", message: "no engine came in time" } });
    });
    const client = await openClient({ client: "cli", places });
    expect(connections).toBe(3);
    client.close();
    readyAt = Infinity;
    expect(await codeOfPromise(openClient({ client: "cli", places, waitMs: 100 }))).toBe(
      "DAEMON_UNREACHABLE",
    );
  });

  test("names the file that keeps the daemon from answering", async () => {
    await writeToken("cli");
    await mkdir(places.vault, { mode: 0o700 });
    const path = join(places.vault, "unlock.failures");
    await symlink("/etc/hostname", path);
    await listen((peer) => void peer.socket.destroy());
    const error = await errorOf(openClient({ client: "cli", places, waitMs: 120 }));
    expect([error.code, error.message]).toEqual(["UNSAFE_PATH", `${path} is not a regular file`]);
  });

  test("gives up on a daemon that hangs, in its time", async () => {
    await writeToken("cli");
    await listen(() => undefined);
    const from = performance.now();
    const error = await errorOf(openClient({ client: "cli", places, waitMs: 120 }));
    expect(error.code).toBe("DAEMON_UNREACHABLE");
    expect(error.hint).toContain(places.log);
    expect(performance.now() - from).toBeLessThan(20_000);
  });

  test("does not try again, nor start anything, where something untrusted listens", async () => {
    await writeToken("cli");
    let connections = 0;
    await listen((peer) => {
      connections += 1;
      peer.sendJson({ id: 1, result: {} });
    });
    const daemonPath = await program(
      "import { writeFileSync } from 'node:fs'; writeFileSync(process.env.HOME + '/ran', '');",
    );
    const environment = { HOME: home };
    expect(await codeOfPromise(openClient({ client: "cli", places, daemonPath, environment }))).toBe(
      "DAEMON_UNTRUSTED",
    );
    expect(connections).toBe(1);
    expect(existsSync(join(home, "ran"))).toBe(false);
  });

  test("starts a daemon and waits for its socket and its first client", async () => {
    const daemonPath = await program(`
      import { writeFileSync } from "node:fs";
      writeFileSync(process.env.HOME + "/ran", "");
    `);
    const opening = openClient({ client: "cli", places, daemonPath, environment: { HOME: home } });
    await eventually(() => existsSync(join(home, "ran")));
    await listen();
    await pause(40);
    await writeToken("cli");
    const client = await opening;
    expect(client.isConnected).toBe(true);
    client.close();
  });

  test.runIf(process.platform === "linux")(
    "names the place in which the daemon could make no folder",
    async () => {
      const daemonPath = await program("process.exit(1);");
      const nowhere = resolvePlaces({ KEEPSAKE_HOME: "/proc/keepsake" });
      const error = await errorOf(
        openClient({ client: "cli", places: nowhere, daemonPath, environment: {} }),
      );
      expect([error.code, error.message, error.hint]).toEqual([
        "UNSAFE_PATH",
        "/proc/keepsake cannot be used (ENOENT: no folder can be made there)",
        expect.stringContaining("look at KEEPSAKE_HOME"),
      ]);
    },
  );

  test("does not wait for a daemon that ended with an error", async () => {
    const daemonPath = await program("process.exit(1);");
    const environment = { HOME: home };
    const opening = openClient({ client: "cli", places, daemonPath, environment, waitMs: AN_HOUR_MS });
    expect(await codeOfPromise(opening)).toBe("DAEMON_UNREACHABLE");
  });
});

describe("the daemon that is started", () => {
  test.runIf(process.platform === "linux")(
    "gets the allowed environment, / as its folder, nothing of the terminal, and a session of its own",
    async () => {
      const daemonPath = await program(`
      import { readlinkSync, renameSync, writeFileSync, readFileSync } from "node:fs";
      const seen = {
        environment: process.env,
        cwd: process.cwd(),
        execArgv: process.execArgv,
        argv: process.argv.slice(2),
        streams: [0, 1, 2].map((fd) => readlinkSync("/proc/self/fd/" + fd)),
        session: Number(readFileSync("/proc/self/stat", "utf8").split(") ")[1].split(" ")[3]),
        pid: process.pid,
      };
      writeFileSync(process.env.HOME + "/seen.tmp", JSON.stringify(seen));
      renameSync(process.env.HOME + "/seen.tmp", process.env.HOME + "/seen.json");
    `);
      await startDaemon(daemonPath, {
        HOME: home,
        PATH: "/usr/bin",
        LANG: "C.UTF-8",
        KEEPSAKE_HOME: join(home, "k"),
        NODE_OPTIONS: "--require /tmp/evil.js",
        NODE_EXTRA_CA_CERTS: "/tmp/evil.pem",
        LD_PRELOAD: "/tmp/evil.so",
        LD_LIBRARY_PATH: "/tmp",
        DYLD_INSERT_LIBRARIES: "/tmp/evil.dylib",
        CLAUDE_PROJECT_DIR: "/canary",
        KEEPSAKE_PASSPHRASE: "canary",
        PWD: "/canary",
      });
      await eventually(() => existsSync(join(home, "seen.json")));
      const seen = JSON.parse(readFileSync(join(home, "seen.json"), "utf8")) as {
        environment: Record<string, string>;
        cwd: string;
        execArgv: string[];
        argv: string[];
        streams: string[];
        session: number;
        pid: number;
      };
      expect(seen.environment).toEqual({
        HOME: home,
        PATH: "/usr/bin",
        LANG: "C.UTF-8",
        KEEPSAKE_HOME: join(home, "k"),
      });
      expect([seen.cwd, seen.execArgv, seen.argv]).toEqual(["/", [], []]);
      expect(seen.streams).toEqual(["/dev/null", "/dev/null", "/dev/null"]);
      expect(seen.session).toBe(seen.pid);
    },
  );

  test("that cannot be started has failed", async () => {
    const started = await startDaemon(join(home, "missing.mjs"), { HOME: home });
    await eventually(() => started.hasFailed);
    const twice = await startDaemon(await program("process.exit(0)"), { HOME: home });
    await pause(300);
    expect(twice.hasFailed).toBe(false);
  });
});

describe("the daemon's path", () => {
  test("is found from the sources, the modules and the bundles of a package", async () => {
    await mkdir(join(home, "bin"));
    await writeFile(join(home, "package.json"), "{}");
    await writeFile(join(home, "bin", "keepsaked.js"), "");
    for (const module of [
      "src/client/start-daemon.ts",
      "dist/client/start-daemon.js",
      "dist/bundle/cli.js",
    ]) {
      expect(findDaemonPath(pathToFileURL(join(home, module)).href)).toBe(join(home, "bin", "keepsaked.js"));
    }
    expect(findDaemonPath(pathToFileURL(join(home, "a/b/c/d/e.js")).href)).toBeUndefined();
    await rm(join(home, "package.json"));
    expect(findDaemonPath(pathToFileURL(join(home, "dist/bundle/cli.js")).href)).toBeUndefined();
  });

  test("is the one of this package", async () => {
    const path = findDaemonPath(import.meta.resolve("../../src/client/start-daemon.ts"));
    expect(await readFile(path ?? "", "utf8")).toContain("daemon/daemon-main.js");
  });
});
