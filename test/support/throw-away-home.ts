/**
 * A home for one test or benchmark: its own folder, its own daemon, the real binaries. Everything ends with `remove`,
 * whatever state it is in.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openClient } from "../../src/client/open-client.ts";
import type { KeepsakeClient } from "../../src/client/keepsake-client.ts";
import { resolvePlaces } from "../../src/platform/places.ts";
import type { Places } from "../../src/platform/places.ts";

export const PROJECT_ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const PASSPHRASE = "correct horse battery staple";

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Bytes for standard input; closed at once when absent. */
  readonly input?: string | Uint8Array;
  /** Written to file descriptor 3, which `--passphrase-fd 3` reads. */
  readonly passphrase?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export class ThrowAwayHome {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly places: Places;
  /** A program every command and MCP server is started under, such as `["unshare", "-n"]`. */
  prefix: readonly string[] = [];
  #daemon: ChildProcess | undefined;

  constructor(env: Readonly<Record<string, string>> = {}) {
    this.folder = mkdtempSync(join(tmpdir(), "ks-"));
    this.env = {
      PATH: process.env["PATH"] ?? "",
      HOME: this.folder,
      LANG: "C.UTF-8",
      KEEPSAKE_HOME: join(this.folder, "k"),
      ...env,
    };
    this.places = resolvePlaces(this.env);
  }

  /** Runs `keepsake` to its end. */
  run(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
    const [command = "", ...rest] = this.commandLine("keepsake", args);
    const child = spawn(command, rest, {
      cwd: options.cwd ?? this.folder,
      env: { ...this.env, ...options.env },
      stdio: ["pipe", "pipe", "pipe", "pipe"],
    });
    const secret = child.stdio[3];
    if (secret !== null && secret !== undefined && "write" in secret) {
      secret.on("error", () => {});
      secret.end(options.passphrase ?? "");
    }
    child.stdin.on("error", () => {});
    child.stdin.end(options.input ?? "");
    return finished(child);
  }

  /** How one of the real binaries is started here. */
  commandLine(
    program: "keepsake" | "keepsaked" | "keepsake-mcp",
    args: readonly string[],
  ): readonly string[] {
    return [...this.prefix, process.execPath, join(PROJECT_ROOT, "bin", `${program}.js`), ...args];
  }

  /** A client of the socket in this process; waits for a daemon that is starting, starts none. */
  async connect(client = "cli"): Promise<KeepsakeClient> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await openClient({ client, places: this.places });
      } catch (error) {
        if (attempt >= 400) throw error;
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    }
  }

  /** The state the daemon is in and the engine that says so. */
  async status(): Promise<{
    readonly state: string;
    readonly pid: number;
    readonly waiting?: number | undefined;
  }> {
    const client = await this.connect();
    try {
      return await client.call("vault.status", {});
    } finally {
      client.close();
    }
  }

  /** Creates the vault; it is open afterwards. */
  async init(...more: readonly string[]): Promise<void> {
    const args = ["init", "--no-recovery", "--no-input", "--passphrase-fd", "3", ...more];
    expectSuccess(await this.run(args, { passphrase: PASSPHRASE }));
  }

  async unlock(): Promise<void> {
    expectSuccess(await this.run(["unlock", "--passphrase-fd", "3"], { passphrase: PASSPHRASE }));
  }

  /** Starts a daemon as a child of this process and waits until it answers. */
  async startDaemon(prefix: readonly string[] = []): Promise<ChildProcess> {
    const [command = "", ...args] = [...prefix, ...this.commandLine("keepsaked", [])];
    const child = spawn(command, args, { env: { ...this.env }, cwd: "/", stdio: ["ignore", "pipe", "pipe"] });
    this.#daemon = child;
    for (let attempt = 0; attempt < 200; attempt++) {
      if ((await this.run(["status"])).code === 0) return child;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error("the daemon did not start");
  }

  /** Ids of every process of this home's daemon, front first. */
  processIds(): readonly number[] {
    return everyProcess()
      .filter((pid) => isOurs(pid, this.env["KEEPSAKE_HOME"] ?? ""))
      .toSorted((a, b) => a - b);
  }

  frontId(): number | undefined {
    const ids = this.processIds();
    return ids.find((pid) => !ids.includes(parentOf(pid)));
  }

  /** The engine that serves; its successor, which waits, was started after it. */
  engineId(): number | undefined {
    const front = this.frontId();
    return this.processIds().find((pid) => parentOf(pid) === front);
  }

  /** Ends every process that was started with this home, whatever its program, and removes the folder. */
  async remove(): Promise<void> {
    this.#daemon?.kill("SIGKILL");
    for (let attempt = 0; attempt < 500; attempt++) {
      const left = everyProcess().filter((pid) => environOf(pid).includes(`HOME=${this.folder}`));
      if (left.length === 0) break;
      for (const pid of left) killQuietly(pid, "SIGKILL");
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Collects a child's output and waits for its end. */
export function finished(child: ChildProcess): Promise<Finished> {
  const collected = { stdout: "", stderr: "" };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (collected.stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (collected.stderr += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...collected }));
  });
}

/** @throws Error with the output when a command failed */
export function expectSuccess({ code, stdout, stderr }: Finished): string {
  if (code !== 0) throw new Error(`exit ${code}: ${stderr}${stdout}`);
  return stdout;
}

export function killQuietly(pid: number | undefined, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(pid, signal);
  } catch {
    // It ended by itself.
  }
}

export function everyProcess(): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** The environment a process was started with; empty when it is gone or not ours to read. */
export function environOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return [];
  }
}

function isOurs(pid: number, home: string): boolean {
  const environ = environOf(pid);
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
    return environ.includes(`KEEPSAKE_HOME=${home}`) && /keepsaked\.js|daemon\/daemon-main/.test(command);
  } catch {
    return false;
  }
}

function parentOf(pid: number): number {
  try {
    return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
