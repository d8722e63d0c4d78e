/**
 * Makes test/fixtures/gemini anew: chats written by the real Gemini CLI, which talks to a model that is none, in a throw-away home
 * where hooks put words into every prompt.
 *
 *   node scripts/make-transcripts/gemini.mjs     (a minute; 120 MB into .peers/ once)
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installPeer } from "../peers.mjs";
import { startGeminiModel } from "./gemini-model.mjs";
import { GAUGE, GAUGE_TURNS, OFFICE, OFFICE_TURNS, STEPS, STORM, STORM_TURNS } from "./harbour-talk.mjs";
import { filesBelow, inThrowAwayHome, run, writeFixture } from "./shared.mjs";

const VERSION = "0.61.0";
const FIXTURES = fileURLToPath(new URL("../../test/fixtures/gemini/", import.meta.url));
const LIST = "@list.md says which. And who calibrates it?";

const gemini = installPeer("@google/gemini-cli", VERSION, "bundle/gemini.js");

const SCENARIOS = [
  {
    name: "tool-and-resume",
    said: [...GAUGE_TURNS, ...OFFICE_TURNS],
    play: async (say) => {
      await say([], GAUGE.say);
      await say(["--resume", "latest"], OFFICE.say);
    },
  },
  {
    name: "error",
    said: [...OFFICE_TURNS, ...STORM_TURNS, ...GAUGE_TURNS],
    play: async (say) => {
      await say([], OFFICE.say);
      await say(["--resume", "latest"], STORM.say);
      await say(["--resume", "latest"], GAUGE.say);
    },
  },
  {
    name: "file-in-the-prompt",
    said: [["user", LIST], OFFICE_TURNS[1]],
    play: async (say, folder) => {
      writeFileSync(join(folder, "list.md"), "Gauges seven and nine.\n");
      await say([], LIST);
    },
  },
];

/** A hook that answers with words for the model. */
const hook = (words) => {
  const answer = JSON.stringify({ hookSpecificOutput: { additionalContext: words } });
  return [{ hooks: [{ type: "command", command: `printf '%s' '${answer}'` }] }];
};
const SETTINGS = {
  security: { auth: { selectedType: "gemini-api-key" }, folderTrust: { enabled: false } },
  privacy: { usageStatisticsEnabled: false },
  telemetry: { enabled: false },
  general: { disableAutoUpdate: true },
  hooks: { SessionStart: hook("What the harbour knows."), BeforeAgent: hook("Words of a hook.") },
};

mkdirSync(FIXTURES, { recursive: true });
for (const { name, said, play } of SCENARIOS) {
  await inThrowAwayHome(async (home) => {
    const folder = join(home, "lantern");
    mkdirSync(join(home, ".gemini"));
    mkdirSync(folder);
    writeFileSync(join(home, ".gemini", "settings.json"), JSON.stringify(SETTINGS));
    const model = await startGeminiModel(STEPS);
    const env = {
      PATH: process.env.PATH ?? "",
      HOME: home,
      LANG: "C.UTF-8",
      TERM: "xterm-256color",
      GEMINI_API_KEY: "dummy",
      GEMINI_CLI_NO_RELAUNCH: "1",
      GOOGLE_GEMINI_BASE_URL: model.url,
    };
    const args = [gemini, "--yolo", "--model", "gemini-2.5-pro"];
    try {
      await play(
        (more, text) => run(process.execPath, [...args, ...more, "--prompt", text], { folder, env }),
        folder,
      );
    } finally {
      model.close();
    }
    // A resume begins a file of its own before it finds the one to go on with.
    const paths = filesBelow(join(home, ".gemini", "tmp"), ".jsonl").filter(
      (path) => path.includes("/chats/") && readFileSync(path, "utf8").includes('"type":"gemini"'),
    );
    if (paths.length !== 1) throw new Error(`${name}: ${paths.length} files, 1 expected`);
    writeFixture({ folder: FIXTURES, name, path: paths[0], home, said }, idOf);
  });
}

/** The line of its own that a message has. */
function idOf({ id, type, content }, role, text) {
  if (type !== (role === "user" ? "user" : "gemini")) return undefined;
  const words = typeof content === "string" ? content : content.map((part) => part.text ?? "").join("");
  return (role === "user" ? words.includes(text) : words === text) ? id : undefined;
}
