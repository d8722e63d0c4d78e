/** The real Copilot CLI in a throw-away home, talking to a model that is none. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { installPeer } from "../peers.mjs";
import { startModel } from "./anthropic-model.mjs";
import { GAUGE, GAUGE_TURNS, OFFICE, OFFICE_TURNS, STEPS, STORM, STORM_TURNS } from "./harbour-talk.mjs";
import { filesBelow, run } from "./running.mjs";

const VERSION = "1.0.102";

/** Each text is said in a run that goes on with the session of the one before. */
const inTurn =
  (...texts) =>
  async ({ say }) => {
    for (const [index, text] of texts.entries()) await say(index > 0 ? ["--continue"] : [], text);
  };

const SCENARIOS = [
  {
    name: "tool-and-resume",
    files: [[...GAUGE_TURNS, ...OFFICE_TURNS]],
    play: inTurn(GAUGE.say, OFFICE.say),
  },
  {
    name: "error",
    files: [[...OFFICE_TURNS, ...STORM_TURNS, ...GAUGE_TURNS]],
    play: inTurn(OFFICE.say, STORM.say, GAUGE.say),
  },
];

/** Blocks and errors as the model of Anthropic's API takes them. */
const BLOCKS = STEPS.map(({ say, answers }) => ({
  say,
  answers: answers.map((answer) =>
    "error" in answer[0]
      ? answer[0]
      : answer.map((block) =>
          "run" in block ? { tool: "bash", input: { command: block.run, description: "look" } } : block,
        ),
  ),
}));

export const copilot = {
  id: "copilot",
  version: VERSION,
  scenarios: SCENARIOS,
  sessions: (home) => join(home, ".copilot", "session-state"),
  program: () =>
    installPeer("@github/copilot", VERSION, `../copilot-${process.platform}-${process.arch}/copilot`),
  events: (home) => filesBelow(copilot.sessions(home), "events.jsonl"),

  prepare(_home, folder) {
    mkdirSync(folder);
  },

  async play({ play }, home, folder, variables = {}) {
    const model = await startModel(BLOCKS);
    const environment = {
      PATH: process.env.PATH ?? "",
      HOME: home,
      LANG: "C.UTF-8",
      TERM: "xterm-256color",
      COPILOT_OFFLINE: "true",
      COPILOT_PROVIDER_TYPE: "anthropic",
      COPILOT_PROVIDER_BASE_URL: model.url,
      COPILOT_PROVIDER_API_KEY: "dummy",
      COPILOT_MODEL: "claude-sonnet-4.5",
    };
    const where = { folder, env: { ...environment, ...variables } };
    try {
      await play({
        say: (more, text) => run(this.program(), ["--allow-all-tools", ...more, "-p", text], where),
      });
    } finally {
      model.close();
    }
    return model.bodies;
  },
};
