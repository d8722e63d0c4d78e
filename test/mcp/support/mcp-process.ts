/** The bundled MCP server as a process, spoken to line by line or by the official client. */
import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { bundleProgram } from "../../../scripts/bundle-program.mjs";
import { knownAnswers } from "../../../scripts/known-answers.mjs";
import { plainChecks } from "../../../scripts/plain-checks.mjs";
import { PROJECT_ROOT } from "../../support/throw-away-home.ts";
import type { Era } from "./session.ts";

/** Bundles `src/mcp/mcp-main.ts` as the product's build does, outside the package: no daemon can be started from there. */
export async function bundleServer(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "ksm-bundle-"));
  await bundleProgram(folder, "mcp", "src/mcp/mcp-main.ts", [
    await plainChecks(PROJECT_ROOT),
    await knownAnswers(PROJECT_ROOT),
  ]);
  return join(folder, "mcp.js");
}

export interface SpawnOptions {
  readonly bundle: string;
  readonly home: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

function environment({ home, env }: SpawnOptions): Record<string, string> {
  return { PATH: process.env["PATH"] ?? "", HOME: home, KEEPSAKE_HOME: home, ...env };
}

export interface Line {
  readonly id?: number;
  readonly result?: {
    readonly isError?: boolean;
    readonly content?: readonly { readonly text: string }[];
    readonly [key: string]: unknown;
  };
  readonly error?: { readonly code: number; readonly message: string };
}

/** A session of 2025-11-25 in raw JSON lines. */
export class RawSession {
  readonly child: ChildProcessWithoutNullStreams;
  stdout = "";
  stderr = "";
  #nextId = 1;

  constructor(options: SpawnOptions) {
    this.child = spawn(process.execPath, [options.bundle, ...(options.args ?? [])], {
      cwd: options.cwd ?? options.home,
      env: environment(options),
    });
    this.child.stdout.setEncoding("utf8").on("data", (text: string) => (this.stdout += text));
    this.child.stderr.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    this.child.stdin.on("error", () => {});
  }

  get lines(): readonly Line[] {
    return this.stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Line);
  }

  write(text: string): void {
    this.child.stdin.write(text);
  }

  async request(method: string, params: unknown): Promise<Line> {
    const id = this.#nextId++;
    this.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
    for (;;) {
      const answer = this.lines.find((line) => line.id === id);
      if (answer !== undefined) return answer;
      if (this.child.exitCode !== null) throw new Error("the MCP server ended");
      await new Promise((resolve) => {
        setTimeout(resolve, 5);
      });
    }
  }

  async initialize(): Promise<Line> {
    const answer = await this.request("initialize", {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "raw", version: "1" },
    });
    this.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
    return answer;
  }

  async call(name: string, args: Record<string, unknown> = {}): Promise<{ text: string; isError: boolean }> {
    const { result } = await this.request("tools/call", { name, arguments: args });
    return { text: result?.content?.[0]?.text ?? "", isError: result?.isError === true };
  }

  exit(): Promise<number | null> {
    return new Promise((resolve) => {
      if (this.child.exitCode !== null) resolve(this.child.exitCode);
      else this.child.once("exit", (code) => resolve(code));
    });
  }
}

/** The official client over stdio, in one of the two eras. */
export async function connectClient(era: Era, options: SpawnOptions): Promise<Client> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [options.bundle, ...(options.args ?? [])],
    cwd: options.cwd ?? options.home,
    env: environment(options),
    stderr: "ignore",
  });
  const mode = era === "modern" ? { versionNegotiation: { mode: { pin: "2026-07-28" } } } : {};
  const client = new Client({ name: "official", version: "1" }, mode);
  await client.connect(transport);
  return client;
}
