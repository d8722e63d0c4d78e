/**
 * A home with a daemon of its own for one test: the daemon's sources, bundled once a run (so that they are never older
 * than the sources under test), as real processes.
 */
import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openClient } from "../../src/client/open-client.ts";
import type { KeepsakeClient } from "../../src/client/keepsake-client.ts";
import type { Places } from "../../src/platform/places.ts";
import { resolvePlaces } from "../../src/platform/places.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** @returns the path of the bundled `daemon-main.ts` */
export function buildDaemon(): string {
  // Below node_modules, from where the packages are found.
  const cache = join(ROOT, "node_modules", ".cache");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "keepsake-daemon-"));
  const built = spawnSync(
    join(ROOT, "node_modules/.bin/esbuild"),
    [
      "src/daemon/daemon-main.ts",
      "--bundle",
      "--splitting",
      "--format=esm",
      "--platform=node",
      "--packages=external",
      "--out-extension:.js=.mjs",
      "--entry-names=daemon/[name]",
      "--chunk-names=daemon/[name]-[hash]",
      `--outdir=${join(folder, "dist")}`,
      "--log-level=error",
    ],
    { cwd: ROOT, encoding: "utf8" },
  );
  if (built.status !== 0) throw new Error(built.stderr);
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  copyFileSync(join(ROOT, "package.json"), join(folder, "package.json"));
  return join(folder, "dist", "daemon", "daemon-main.mjs");
}

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/** A front that a test started. */
export interface StartedFront {
  readonly pid: number;
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
}

export class DaemonHome {
  readonly folder: string;
  readonly environment: Record<string, string>;
  readonly places: Places;
  readonly #main: string;
  readonly #fronts: StartedFront[] = [];

  constructor(main: string, environment: Readonly<Record<string, string>> = {}) {
    this.#main = main;
    this.folder = realpathSync(mkdtempSync(join(tmpdir(), "ksd-")));
    this.environment = {
      PATH: process.env["PATH"] ?? "",
      HOME: this.folder,
      KEEPSAKE_HOME: join(this.folder, "k"),
      ...environment,
    };
    this.places = resolvePlaces(this.environment);
  }

  /** Starts a front without waiting for anything. */
  start(
    options: { readonly prefix?: readonly string[]; readonly args?: readonly string[] } = {},
  ): StartedFront {
    const [command = "", ...args] = [
      ...(options.prefix ?? []),
      process.execPath,
      this.#main,
      ...(options.args ?? []),
    ];
    const child = spawn(command, args, {
      env: this.environment,
      cwd: this.folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const ended = new Promise<Ended>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code, signal) => resolve({ code, signal, stderr }));
    });
    const front = { pid: child.pid ?? 0, process: child, ended };
    this.#fronts.push(front);
    return front;
  }

  /** Starts a front and waits until an engine answers. */
  async serve(options: Parameters<DaemonHome["start"]>[0] = {}): Promise<StartedFront> {
    const front = this.start(options);
    const client = await Promise.race([
      this.connect(),
      front.ended.then(({ code, stderr }) => {
        throw new Error(`the daemon ended with ${code}: ${stderr}`);
      }),
    ]);
    client.close();
    return front;
  }

  /** A client that has said hello; waits for a daemon that is starting. */
  async connect(client = "cli"): Promise<KeepsakeClient> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await openClient({ client, places: this.places });
      } catch (error) {
        if (attempt >= 400) throw error;
        await pause(25);
      }
    }
  }

  async status(): Promise<{ readonly pid: number; readonly state: string }> {
    const client = await this.connect();
    try {
      return await client.call("vault.status", {});
    } finally {
      client.close();
    }
  }

  log(): readonly Record<string, unknown>[] {
    return readFileSync(this.places.log, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** Processes of this home's daemons: every process that has its folder in the environment. */
  processIds(): readonly number[] {
    const own = `HOME=${this.folder}`;
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => readProc(pid, "environ").split("\0").includes(own));
  }

  /** Ends every process, also those a tracer or a shell stands before, and removes the folder. */
  async remove(): Promise<void> {
    await until(() => {
      const pids = this.processIds();
      for (const pid of pids) kill(pid, "SIGKILL");
      return pids.length === 0;
    });
    await Promise.all(this.#fronts.map(({ ended }) => ended));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}

export function isAlive(pid: number): boolean {
  return readProc(pid, "cmdline") !== "";
}

export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // it is gone
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** Waits until something is true; generous, since the machine may be busy. */
export async function until(isTrue: () => boolean | Promise<boolean>, ms = 60_000): Promise<void> {
  const end = performance.now() + ms;
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error("waited in vain");
    await pause(10);
  }
}
