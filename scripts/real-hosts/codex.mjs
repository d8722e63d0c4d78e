/** The real Codex in a throw-away home, talking to a model that is none. */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { installPeer } from "../peers.mjs";
import {
  FORK,
  FORK_TURNS,
  GAUGE,
  GAUGE_TURNS,
  OFFICE,
  OFFICE_TURNS,
  STEPS,
  STORM,
  STORM_TURNS,
} from "./harbour-talk.mjs";
import { startResponsesModel } from "./responses-model.mjs";
import { filesBelow, run } from "./running.mjs";

const VERSION = "0.171.0";
const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/** `files`: what is said in each, in the order the files are begun. */
const SCENARIOS = [
  {
    name: "tool-and-resume",
    files: [[...GAUGE_TURNS, ...OFFICE_TURNS]],
    play: async ({ say }) => {
      await say([], GAUGE.say);
      await say(["resume", "--last"], OFFICE.say);
    },
  },
  {
    name: "fork",
    files: [[...GAUGE_TURNS, ...OFFICE_TURNS], FORK_TURNS],
    play: async ({ say, threads }) => {
      await say([], GAUGE.say);
      await say(["fork", threads()[0]], FORK.say);
      await say(["resume", threads()[0]], OFFICE.say);
    },
  },
  {
    name: "error",
    files: [[...STORM_TURNS, ...OFFICE_TURNS]],
    play: async ({ say }) => {
      await say([], STORM.say);
      await say(["resume", "--last"], OFFICE.say);
    },
  },
  {
    name: "image-and-instructions",
    files: [OFFICE_TURNS],
    play: async ({ say }, folder) => {
      writeFileSync(join(folder, "AGENTS.md"), "Answer as a harbour master would.\n");
      writeFileSync(join(folder, "pixel.png"), Buffer.from(PIXEL, "base64"));
      await say(["--image", "pixel.png", "--"], OFFICE.say);
    },
  },
];

export const codex = {
  id: "codex",
  version: VERSION,
  scenarios: SCENARIOS,
  sessions: (home) => join(home, ".codex", "sessions"),
  program: () => installPeer("@openai/codex", VERSION, "bin/codex.js"),
  rollouts: (home) => filesBelow(codex.sessions(home), ".jsonl"),

  prepare(home, folder) {
    mkdirSync(join(home, ".codex"));
    spawnSync("git", ["init", "-q", "-b", "main", folder]);
    const settings = [
      'model = "none"',
      'model_provider = "none"',
      'approval_policy = "never"',
      'sandbox_mode = "danger-full-access"',
    ];
    writeFileSync(join(home, ".codex", "config.toml"), `${settings.join("\n")}\n`);
  },

  async play({ play }, home, folder, variables = {}, flags = []) {
    const model = await startResponsesModel(STEPS);
    const provider = [
      'name="none"',
      `base_url="${model.url}/v1"`,
      'wire_api="responses"',
      "requires_openai_auth=false",
      "supports_websockets=false",
      "request_max_retries=0",
    ];
    const settings = ["-c", `model_providers.none={${provider.join(",")}}`];
    const environment = {
      PATH: process.env.PATH ?? "",
      HOME: home,
      LANG: "C.UTF-8",
      TERM: "xterm-256color",
    };
    const where = { folder, env: { ...environment, ...variables } };
    const args = [this.program(), "exec", "--skip-git-repo-check", ...settings, ...flags];
    const player = {
      say: (more, text) => run(process.execPath, [...args, ...more, text], where),
      threads: () => codex.rollouts(home).map((path) => /[0-9a-f-]{36}(?=\.jsonl$)/.exec(path)[0]),
    };
    try {
      await play(player, folder);
    } finally {
      model.close();
    }
    return model.bodies;
  },
};
