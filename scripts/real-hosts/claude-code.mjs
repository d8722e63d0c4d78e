/** The real Claude Code in a throw-away home, talking to a model that is none: `-p` and stream-json, or a terminal of tmux. */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { installPeer } from "../peers.mjs";
import { startModel } from "./anthropic-model.mjs";
import { SCENARIOS } from "./claude-code-scenarios.mjs";
import { openTerminal } from "./terminal.mjs";

const VERSION = "2.1.332";
const KEY = "sk-ant-dummy-key-0123456789abcdefghij";
const RUN_MS = 60_000;

export const claudeCode = {
  id: "claude-code",
  version: VERSION,
  scenarios: SCENARIOS,
  sessions: (home) => join(home, ".claude", "projects"),
  program: () =>
    installPeer(
      "@anthropic-ai/claude-code",
      VERSION,
      `../claude-code-${process.platform}-${process.arch}/claude`,
    ),

  /** No account, no questions on the first start, and one command that needs no permission. */
  prepare(home, folder) {
    spawnSync("git", ["init", "-q", "-b", "main", folder]);
    mkdirSync(join(home, ".claude"));
    const trusted = { hasTrustDialogAccepted: true, hasCompletedProjectOnboarding: true };
    const state = {
      hasCompletedOnboarding: true,
      customApiKeyResponses: { approved: [KEY.slice(-20)], rejected: [] },
      projects: { [folder]: trusted },
    };
    writeFileSync(join(home, ".claude.json"), JSON.stringify(state));
    const settings = { permissions: { allow: ["Bash(sleep:*)", "Bash(echo:*)", "Agent", "Task"] } };
    writeFileSync(join(home, ".claude", "settings.json"), JSON.stringify(settings));
  },

  /** Plays a scenario; `variables` are added to the host's environment. @returns what the model was sent */
  async play({ steps, play }, home, folder, variables = {}) {
    const model = await startModel(steps);
    const env = { ...environment(home, model.url), ...variables };
    try {
      await play(player(this.program(), home, folder, env));
    } finally {
      model.close();
    }
    return model.bodies;
  },
};

function environment(home, url) {
  return {
    PATH: process.env.PATH ?? "",
    HOME: home,
    LANG: "C.UTF-8",
    TERM: "xterm-256color",
    IS_SANDBOX: "1",
    DISABLE_AUTOUPDATER: "1",
    DISABLE_TELEMETRY: "1",
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_API_KEY: KEY,
  };
}

function player(claude, home, folder, env) {
  return {
    /** One run without a terminal; `input` are lines of its stream of JSON. */
    print: (args, input = "") =>
      new Promise((resolve) => {
        const child = spawn(claude, ["-p", ...args], { cwd: folder, env, timeout: RUN_MS });
        child.stdin.end(input);
        child.stdout.resume();
        child.stderr.resume();
        child.on("close", resolve);
      }),
    /** @param {(terminal: ReturnType<typeof openTerminal>) => Promise<void>} act */
    async terminal(args, act) {
      const terminal = openTerminal([claude, ...args], { folder, env });
      try {
        await terminal.waitFor(/❯/);
        await sleep(1_000);
        await act(terminal);
        await sleep(1_000);
      } finally {
        terminal.close();
      }
    },
    /** Session ids, oldest first. */
    sessions: () => transcripts(home).map(({ name }) => name),
  };
}

/** What it wrote, the file that was written last at the end. */
export function transcripts(home) {
  const projects = claudeCode.sessions(home);
  return readdirSync(projects)
    .flatMap((project) => readdirSync(join(projects, project)).map((file) => join(projects, project, file)))
    .filter((path) => path.endsWith(".jsonl"))
    .map((path) => {
      const lines = readFileSync(path, "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line));
      const times = lines.flatMap(({ timestamp }) => (timestamp === undefined ? [] : [timestamp]));
      return { name: path.split("/").at(-1).replace(".jsonl", ""), lines, from: times.at(-1) ?? "" };
    })
    .toSorted((one, other) => (one.from < other.from ? -1 : 1));
}
