/** TypeScript programs for tests that need a process of their own to kill: bundled once, run by plain Node. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { PROJECT_ROOT } from "./throw-away-home.ts";

/** @returns the path of the bundle */
export async function bundleProgram(source: string, name: string): Promise<string> {
  const folder = join(PROJECT_ROOT, "node_modules", ".cache", "keepsake");
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, `${name}-${process.pid}.mjs`);
  await build({
    entryPoints: [source],
    outfile,
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "error",
  });
  return outfile;
}

export interface Ended {
  readonly output: string;
  readonly errors: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running program whose output is collected and can be waited for. */
export class Program {
  readonly child: ChildProcess;
  #output = "";
  #errors = "";
  #hasEnded = false;
  readonly #ended: Promise<Ended>;

  constructor(command: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const [file = process.execPath, ...args] = command;
    this.child = spawn(file, args, { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "pipe"] });
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => (this.#output += text));
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.#errors += text));
    this.#ended = new Promise((resolve) => {
      this.child.on("close", (code, signal) => {
        this.#hasEnded = true;
        resolve({ output: this.#output, errors: this.#errors, code, signal });
      });
    });
  }

  get output(): string {
    return this.#output;
  }

  /** Resolves when the output holds `text`, or the program has ended. */
  async said(text: string): Promise<void> {
    while (!this.#output.includes(text) && !this.#hasEnded) {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  ended(): Promise<Ended> {
    return this.#ended;
  }
}
