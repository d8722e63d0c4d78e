/** The real Gemini CLI in a throw-away home, talking to a model that is none. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { installPeer } from "../peers.mjs";
import { startGeminiModel } from "./gemini-model.mjs";
import { GAUGE, GAUGE_TURNS, OFFICE, OFFICE_TURNS, STEPS, STORM, STORM_TURNS } from "./harbour-talk.mjs";
import { filesBelow, run } from "./running.mjs";

const VERSION = "0.61.0";
const LIST = "@list.md says which. And who calibrates it?";

const SCENARIOS = [
  {
    name: "tool-and-resume",
    files: [[...GAUGE_TURNS, ...OFFICE_TURNS]],
    play: async ({ say }) => {
      await say([], GAUGE.say);
      await say(["--resume", "latest"], OFFICE.say);
    },
  },
  {
    name: "error",
    files: [[...OFFICE_TURNS, ...STORM_TURNS, ...GAUGE_TURNS]],
    play: async ({ say }) => {
      await say([], OFFICE.say);
      await say(["--resume", "latest"], STORM.say);
      await say(["--resume", "latest"], GAUGE.say);
    },
  },
  {
    name: "file-in-the-prompt",
    files: [[["user", LIST], OFFICE_TURNS[1]]],
    play: async ({ say }, folder) => {
      writeFileSync(join(folder, "list.md"), "Gauges seven and nine.\n");
      await say([], LIST);
    },
  },
];

const SETTINGS = {
  security: { auth: { selectedType: "gemini-api-key" }, folderTrust: { enabled: false } },
  privacy: { usageStatisticsEnabled: false },
  telemetry: { enabled: false },
  general: { disableAutoUpdate: true },
};

export const gemini = {
  id: "gemini",
  version: VERSION,
  scenarios: SCENARIOS,
  sessions: (home) => join(home, ".gemini", "tmp"),
  program: () => installPeer("@google/gemini-cli", VERSION, "bundle/gemini.js"),
  /** A resume begins a file of its own before it finds the one to go on with. */
  chats: (home) =>
    filesBelow(gemini.sessions(home), ".jsonl").filter(
      (path) => path.includes("/chats/") && readFileSync(path, "utf8").includes('"type":"gemini"'),
    ),

  /** @param hooks - of the person's own settings */
  prepare(home, folder, hooks) {
    mkdirSync(join(home, ".gemini"));
    mkdirSync(folder);
    const settings = hooks === undefined ? SETTINGS : { ...SETTINGS, hooks };
    writeFileSync(join(home, ".gemini", "settings.json"), JSON.stringify(settings));
  },

  async play({ play }, home, folder, variables = {}) {
    const model = await startGeminiModel(STEPS);
    const environment = {
      PATH: process.env.PATH ?? "",
      HOME: home,
      LANG: "C.UTF-8",
      TERM: "xterm-256color",
      GEMINI_API_KEY: "dummy",
      GEMINI_CLI_NO_RELAUNCH: "1",
      GOOGLE_GEMINI_BASE_URL: model.url,
    };
    const where = { folder, env: { ...environment, ...variables } };
    const args = [this.program(), "--yolo", "--model", "gemini-2.5-pro"];
    try {
      await play(
        { say: (more, text) => run(process.execPath, [...args, ...more, "--prompt", text], where) },
        folder,
      );
    } finally {
      model.close();
    }
    return model.bodies;
  },
};
