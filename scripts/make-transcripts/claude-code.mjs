/**
 * Makes test/fixtures/claude-code anew: transcripts written by the real Claude Code, which talks to a model that is none, in a
 * throw-away home. `<name>.jsonl` is a file as the host wrote it, with the host's own long texts and this machine's paths taken
 * out; `<name>.turns.json` is what was said in it, told by the scenario and not by keepsake's reader.
 *
 *   node scripts/make-transcripts/claude-code.mjs     [name …]    (tmux; about 2 minutes; 380 MB into .peers/ once)
 */
import { spawnSync, spawn } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { installPeer } from "../peers.mjs";
import { startModel } from "./anthropic-model.mjs";
import { SCENARIOS } from "./claude-code-scenarios.mjs";
import { publicLines, turnsOf } from "./public-lines.mjs";
import { inThrowAwayHome } from "./shared.mjs";
import { openTerminal } from "./terminal.mjs";

const VERSION = "2.1.332";
const KEY = "sk-ant-dummy-key-0123456789abcdefghij";
const RUN_MS = 60_000;
const FIXTURES = fileURLToPath(new URL("../../test/fixtures/claude-code/", import.meta.url));

const claude = installPeer(
  "@anthropic-ai/claude-code",
  VERSION,
  `../claude-code-${process.platform}-${process.arch}/claude`,
);

const wanted = process.argv.slice(2);

for (const scenario of SCENARIOS.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  await inThrowAwayHome(async (home) => {
    const folder = join(home, "lantern");
    prepareHome(home, folder);
    const model = await startModel(scenario.steps);
    try {
      await scenario.play(player(home, folder, model.url));
    } finally {
      model.close();
    }
    writeFixtures(scenario, home);
  });
}

/** No account, no questions on the first start, and one command that needs no permission. */
function prepareHome(home, folder) {
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
}

function player(home, folder, url) {
  const env = {
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

function transcripts(home) {
  const projects = join(home, ".claude", "projects");
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

function writeFixtures({ name, files }, home) {
  const found = transcripts(home);
  if (found.length !== files.length)
    throw new Error(`${name}: ${found.length} files, ${files.length} expected`);
  for (const [index, { lines }] of found.entries()) {
    const said = files[index];
    const fixture = files.length === 1 ? name : `${name}-${index + 1}`;
    const shown = publicLines(lines, { home, said });
    writeFileSync(
      join(FIXTURES, `${fixture}.jsonl`),
      `${shown.map((line) => JSON.stringify(line)).join("\n")}\n`,
    );
    const turns = turnsOf(shown, said);
    writeFileSync(join(FIXTURES, `${fixture}.turns.json`), `${JSON.stringify(turns, undefined, 2)}\n`);
    process.stdout.write(`${fixture}: ${shown.length} lines, ${turns.length} turns\n`);
  }
}
