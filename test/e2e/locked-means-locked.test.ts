/**
 * "Nothing is open" and "locked" are said only of a vault that nobody has open, whatever the environment and whatever happened to
 * the socket; and the owner gets in whatever else the daemon does.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { KeepsakeClient } from "../../src/client/keepsake-client.ts";
import { openClient } from "../../src/client/open-client.ts";
import type { Places } from "../../src/platform/places.ts";
import { resolvePlaces } from "../../src/platform/places.ts";
import { isAlive, pause, until } from "../support/daemon-home.ts";
import { ThrowAwayHome, expectSuccess, killQuietly } from "../support/throw-away-home.ts";

/** Nothing of keepsake's own is set: the places of a person who set nothing up. */
class PlainHome extends ThrowAwayHome {
  readonly plain: Places;

  constructor() {
    super({ KEEPSAKE_HOME: "" });
    this.plain = resolvePlaces({}, process.platform, this.folder);
  }

  open(client = "cli"): Promise<KeepsakeClient> {
    return openClient({ client, places: this.plain });
  }

  async pids(): Promise<{ readonly engine: number; readonly front: number; readonly state: string }> {
    const client = await this.open();
    try {
      const { pid, frontPid, state } = await client.call("vault.status", {});
      return { engine: pid, front: frontPid ?? 0, state };
    } finally {
      client.close();
    }
  }
}

let home: PlainHome;
let aside: string;
beforeAll(async () => {
  home = new PlainHome();
  aside = join(home.folder, "aside");
  await home.init();
});
afterEach(() => {
  home.prefix = [];
  rmSync(aside, { recursive: true, force: true });
});
afterAll(() => home.remove());

interface Way {
  readonly env?: Readonly<Record<string, string>>;
  readonly prefix?: () => readonly string[];
  readonly befall?: (pids: { readonly engine: number; readonly front: number }) => void;
  readonly mend?: () => void;
  /** The daemon locks and ends by itself within 20 s, which may be before a command has looked on a busy machine. */
  readonly mayEnd?: boolean;
}

const { XDG_RUNTIME_DIR: ofThisSession = "/run/user/0" } = process.env;
const socket = () => home.plain.socket;
const token = () => join(home.plain.clients, "cli.json");

const WAYS: Readonly<Record<string, Way>> = {
  "another XDG_RUNTIME_DIR is set": { env: { XDG_RUNTIME_DIR: `${ofThisSession}/other` } },
  "nothing but HOME and PATH is set, as under cron and ssh": {
    prefix: () => ["env", "-i", `HOME=${home.folder}`, `PATH=${process.env["PATH"]}`],
  },
  "KEEPSAKE_SOCKET leads elsewhere": { env: { KEEPSAKE_SOCKET: "/tmp/keepsake-nobody-listens-here" } },
  "the socket was removed": { befall: () => rmSync(socket()) },
  "the socket was moved": { befall: () => renameSync(socket(), aside) },
  "the run folder is gone": { befall: () => rmSync(dirname(socket()), { recursive: true }) },
  "the run folder was moved": { befall: () => renameSync(dirname(socket()), aside) },
  "a file lies in the socket's place": {
    befall: () => {
      rmSync(socket());
      writeFileSync(socket(), "", { mode: 0o600 });
    },
    mend: () => rmSync(socket(), { force: true }),
    mayEnd: true,
  },
  "the engine was stopped": { befall: ({ engine }) => killQuietly(engine, "SIGSTOP") },
  "the front was stopped": { befall: ({ front }) => killQuietly(front, "SIGSTOP") },
  "the front was killed while the engine was stopped": {
    befall: ({ engine, front }) => {
      killQuietly(engine, "SIGSTOP");
      killQuietly(front, "SIGKILL");
    },
  },
  "cli's token is gone": {
    befall: () => renameSync(token(), aside),
    mend: () => renameSync(aside, token()),
  },
};

describe("with an open vault", () => {
  it.each(Object.keys(WAYS))("when %s, it is not called closed, and lock closes it", async (name) => {
    const { env = {}, prefix, befall, mend, mayEnd = false } = WAYS[name] ?? {};
    await home.unlock();
    const pids = await home.pids();
    try {
      befall?.(pids);
      if (prefix !== undefined) home.prefix = prefix();
      const status = await home.run(["status"], { env });
      const isThere = isAlive(pids.engine);
      expect(isThere || mayEnd).toBe(true);
      if (isThere) expect(status.stdout + status.stderr).not.toMatch(/nothing is open|does not run|no vault/);
      if (status.code === 0) expect(status.stdout).toContain("open since");

      const lock = await home.run(["lock"], { env });
      // An engine that answered ends behind its answer; one that was ended is gone by the time that is said.
      if (lock.stdout === "locked\n") await until(() => !isAlive(pids.engine));
      else if (!mayEnd)
        expect(lock.stdout).toMatch(/^locked: the daemon did not answer and was ended \(process /);
      expect([lock.code, isAlive(pids.engine)]).toEqual([0, false]);
    } finally {
      home.prefix = [];
      mend?.();
    }
  });

  it("a daemon whose socket is gone makes it anew, and stays open", async () => {
    await home.unlock();
    const before = await home.pids();
    rmSync(dirname(socket()), { recursive: true });
    await until(() => existsSync(socket()));
    expect(await home.pids()).toEqual(before);
  });

  it("a command that needs the daemon waits for its socket, and starts no second one", async () => {
    await home.unlock();
    const before = await home.pids();
    rmSync(socket());
    expectSuccess(await home.run(["save", "kept without a socket"]));
    expect((await home.pids()).front).toBe(before.front);
  });

  it("a daemon that cannot have its socket locks and ends", async () => {
    await home.unlock();
    const { engine, front } = await home.pids();
    rmSync(socket());
    mkdirSync(socket());
    await until(() => !isAlive(engine) && !isAlive(front));
    const refused = await home.run(["save", "x"]);
    rmSync(socket(), { recursive: true });
    expect([refused.code, refused.stderr]).toEqual([
      1,
      expect.stringContaining(`${socket()} is not a socket`),
    ]);
    expect(readFileSync(home.plain.log, "utf8")).toContain('"event":"socket-lost"');
    const status = await home.run(["status", "--json"]);
    expect([status.code, JSON.parse(status.stdout)]).toEqual([
      3,
      { state: "stopped", hasVault: true, socket: socket() },
    ]);
  });

  it("a socket elsewhere is told, and starts no second daemon", async () => {
    await home.unlock();
    const before = await home.pids();
    const save = await home.run(["save", "x"], { env: { KEEPSAKE_SOCKET: join(home.folder, "other") } });
    expect([save.code, save.stderr]).toEqual([3, expect.stringContaining("another daemon has this vault")]);
    expect(await home.pids()).toEqual(before);
  });
});

describe("a client that may only write", () => {
  it("keeps the daemon from nobody by capturing and locking in a loop", async () => {
    expectSuccess(await home.run(["client", "add", "hook", "--scope", "write"]));
    await home.unlock();
    expectSuccess(await home.run(["lock"]));
    let isOver = false;
    let longestGapMs = 0;
    let rounds = 0;
    const loop = async () => {
      const client = await home.open("hook");
      for (let last = performance.now(); !isOver; rounds += 1) {
        const turn = {
          messageId: `m${rounds}`,
          role: "user",
          text: "x",
          at: "2026-11-20T00:00:00Z",
        } as const;
        await client.call("memory.capture", { session: "s", turns: [turn] }).catch(() => pause(20));
        await client.call("vault.lock", {});
        longestGapMs = Math.max(longestGapMs, performance.now() - last);
        last = performance.now();
      }
      client.close();
    };
    const before = await home.pids();
    const looping = loop();
    await until(() => rounds > 20);
    expectSuccess(await home.run(["status"]));
    expect((await home.pids()).engine).toBe(before.engine);
    isOver = true;
    await looping;
    console.log(`longest round of capture and lock: ${Math.round(longestGapMs)} ms`);
    await home.unlock();
    expect((await home.pids()).state).toBe("open");
  });
});
