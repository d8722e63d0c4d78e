/**
 * Programs people and hosts start, on each version of Node: how long until they have done their work, and what of a processor they took,
 * beside a Node process of the same version that does nothing and is started, fed and heard out the same way.
 */
import { join } from "node:path";
import { PROJECT_ROOT } from "../../test/support/throw-away-home.ts";
import type { ThrowAwayHome } from "../../test/support/throw-away-home.ts";
import { connectTo, lock, unlock } from "./lock-figures.ts";
import { nodeVersions } from "./node-versions.ts";
import { timedRun } from "./program-run.ts";
import { summarise } from "./statistics.ts";
import type { Summary } from "./statistics.ts";

const ROUNDS = 15;
const HOST = "claude-code";

/** In the order of the page. */
const PROGRAMS = {
  emptyNode: "a Node process that does nothing",
  hook: "a prompt's hook, the vault open",
  status: "`keepsake status`",
  search: "`keepsake search`",
  mcp: "`keepsake-mcp`, to the list of tools and its end",
  esbuild: "`esbuild --version`, a native program that npm starts",
  prettier: "`prettier --version`",
  tsc: "`tsc --version`",
} as const;
const SEALED_PROGRAMS = {
  emptyNode: "a Node process that does nothing",
  sealedHook: "a prompt's hook, the vault sealed",
} as const;
export const PROGRAM_TITLES: Readonly<Record<ProgramName, string>> = { ...PROGRAMS, ...SEALED_PROGRAMS };
export type ProgramName = keyof typeof PROGRAMS | keyof typeof SEALED_PROGRAMS;

export interface ProgramFigures {
  readonly wall: Summary;
  readonly cpu: Summary;
  /** Of the empty Node in the same rounds. */
  readonly floor: { readonly wall: Summary; readonly cpu: Summary };
}

export interface ProcessFigures {
  readonly node: string;
  readonly programs: Readonly<Record<ProgramName, ProgramFigures>>;
}

/** @param home - with a running daemon and an open vault; they are that afterwards */
export async function measureProcesses(
  home: ThrowAwayHome,
  questions: readonly string[],
  say: (progress: string) => void,
): Promise<readonly ProcessFigures[]> {
  await home.run(["client", "add", "mcp"]);
  await home.run(["client", "add", HOST]);
  const versions = nodeVersions(say);
  const open = [];
  for (const { path } of versions)
    open.push(await inTurns(home, path, Object.keys(PROGRAMS) as ProgramName[], questions[0] ?? ""));
  await lock(home);
  const all: ProcessFigures[] = [];
  for (const [index, { version, path }] of versions.entries()) {
    const sealed = await inTurns(home, path, ["emptyNode", "sealedHook"], "");
    all.push({ node: version, programs: { ...sealed, ...open[index] } as ProcessFigures["programs"] });
  }
  const client = await connectTo(home);
  await unlock(client);
  client.close();
  await home.run(["client", "revoke", HOST, "--yes"]);
  return all;
}

async function inTurns(
  home: ThrowAwayHome,
  node: string,
  names: readonly ProgramName[],
  question: string,
): Promise<Partial<Record<ProgramName, ProgramFigures>>> {
  const samples = new Map(names.map((name) => [name, { wall: [] as number[], cpu: [] as number[] }]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, { wall, cpu }] of samples) {
      const { args, input } = COMMANDS[name](question, round);
      const options = { env: { ...home.env }, cwd: home.folder, input };
      const { wallMs, cpuMs } = await timedRun([...(name === "esbuild" ? [] : [node]), ...args], options);
      wall.push(wallMs);
      cpu.push(cpuMs);
    }
  }
  const summaries = [...samples].map(
    ([name, { wall, cpu }]) => [name, { wall: summarise(wall), cpu: summarise(cpu) }] as const,
  );
  const floor = summaries[0]?.[1];
  return Object.fromEntries(summaries.map(([name, summary]) => [name, { ...summary, floor }])) as Partial<
    Record<ProgramName, ProgramFigures>
  >;
}

type Command = { readonly args: readonly string[]; readonly input: string };

const cli = (...words: readonly string[]) => [join(PROJECT_ROOT, "bin/keepsake.js"), ...words];
const installed = (path: string): Command => ({
  args: [join(PROJECT_ROOT, "node_modules", path), "--version"],
  input: "",
});
const hook = (_question: string, round: number): Command => ({
  args: cli("hook", HOST, "UserPromptSubmit"),
  input: prompt(round),
});

const COMMANDS: Readonly<Record<ProgramName, (question: string, round: number) => Command>> = {
  emptyNode: (_question, round) => ({ args: ["-e", "0"], input: prompt(round) }),
  hook,
  sealedHook: hook,
  status: () => ({ args: cli("status"), input: "" }),
  search: (question) => ({ args: cli("search", "--all-projects", question), input: "" }),
  mcp: () => ({ args: [join(PROJECT_ROOT, "bin/keepsake-mcp.js")], input: HANDSHAKE }),
  esbuild: () => installed(".bin/esbuild"),
  prettier: () => installed("prettier/bin/prettier.cjs"),
  tsc: () => installed("typescript/bin/tsc"),
};

function prompt(round: number): string {
  return JSON.stringify({
    session_id: "00000000-0000-4000-8000-0000000000fe",
    cwd: PROJECT_ROOT,
    prompt: `prompt ${round} of the programs ${process.hrtime.bigint()}`,
    prompt_id: `00000000-0000-4000-8000-${String(process.hrtime.bigint()).slice(-12)}`,
  });
}

/** Standard input ends behind it, and with that the server. */
const HANDSHAKE = [
  {
    jsonrpc: "2.0",
    id: 1,
    method: "initialize",
    params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "bench", version: "1" } },
  },
  { jsonrpc: "2.0", method: "notifications/initialized" },
  { jsonrpc: "2.0", id: 2, method: "tools/list" },
]
  .map((message) => `${JSON.stringify(message)}\n`)
  .join("");
