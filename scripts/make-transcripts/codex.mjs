/**
 * Makes test/fixtures/codex anew: rollouts written by the real Codex, which talks to a model that is none, in a throw-away home.
 *
 *   node scripts/make-transcripts/codex.mjs     (half a minute; 330 MB into .peers/ once)
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
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
import { filesBelow, inThrowAwayHome, run, writeFixture } from "./shared.mjs";

const VERSION = "0.171.0";
const FIXTURES = fileURLToPath(new URL("../../test/fixtures/codex/", import.meta.url));
const PIXEL =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

const codex = installPeer("@openai/codex", VERSION, "bin/codex.js");

/** In the order the files are begun: what is said in each. */
const SCENARIOS = [
  {
    name: "tool-and-resume",
    files: [[...GAUGE_TURNS, ...OFFICE_TURNS]],
    play: async (say) => {
      await say([], GAUGE.say);
      await say(["resume", "--last"], OFFICE.say);
    },
  },
  {
    name: "fork",
    files: [[...GAUGE_TURNS, ...OFFICE_TURNS], FORK_TURNS],
    play: async (say, threads) => {
      await say([], GAUGE.say);
      await say(["fork", threads()[0]], FORK.say);
      await say(["resume", threads()[0]], OFFICE.say);
    },
  },
  {
    name: "error",
    files: [[...STORM_TURNS, ...OFFICE_TURNS]],
    play: async (say) => {
      await say([], STORM.say);
      await say(["resume", "--last"], OFFICE.say);
    },
  },
  {
    name: "image-and-instructions",
    files: [OFFICE_TURNS],
    play: async (say, _threads, folder) => {
      writeFileSync(join(folder, "AGENTS.md"), "Answer as a harbour master would.\n");
      writeFileSync(join(folder, "pixel.png"), Buffer.from(PIXEL, "base64"));
      await say(["--image", "pixel.png", "--"], OFFICE.say);
    },
  },
];

mkdirSync(FIXTURES, { recursive: true });
for (const { name, files, play } of SCENARIOS) {
  await inThrowAwayHome(async (home) => {
    const folder = join(home, "lantern");
    mkdirSync(join(home, ".codex"));
    mkdirSync(folder);
    const model = await startResponsesModel(STEPS);
    const env = { PATH: process.env.PATH ?? "", HOME: home, LANG: "C.UTF-8", TERM: "xterm-256color" };
    const settings = [
      'model = "none"',
      'model_provider = "none"',
      'approval_policy = "never"',
      'sandbox_mode = "danger-full-access"',
      "[model_providers.none]",
      'name = "none"',
      `base_url = "${model.url}/v1"`,
      'wire_api = "responses"',
      "requires_openai_auth = false",
      "supports_websockets = false",
      "request_max_retries = 0",
    ];
    writeFileSync(join(home, ".codex", "config.toml"), `${settings.join("\n")}\n`);
    const rollouts = () => filesBelow(join(home, ".codex", "sessions"), ".jsonl");
    const exec = ["exec", "--skip-git-repo-check"];
    try {
      await play(
        (args, text) => run(process.execPath, [codex, ...exec, ...args, text], { folder, env }),
        () => rollouts().map(threadOf),
        folder,
      );
    } finally {
      model.close();
    }
    const found = rollouts();
    if (found.length !== files.length)
      throw new Error(`${name}: ${found.length} files, ${files.length} expected`);
    for (const [index, path] of found.entries()) {
      const fixture = files.length === 1 ? name : `${name}-${index + 1}`;
      writeFixture({ folder: FIXTURES, name: fixture, path, home, said: files[index] }, idOf);
    }
  });
}

function threadOf(path) {
  return /[0-9a-f-]{36}(?=\.jsonl$)/.exec(path)[0];
}

/** Where the host says it to the person; what it sends to the model says it again. */
function idOf({ type, payload }, role, text) {
  const item = type === "event_msg" && payload.type === "item_completed" ? payload.item : {};
  const kind = role === "user" ? "UserMessage" : "AgentMessage";
  return item.type === kind && item.content.some((part) => part.text === text) ? item.id : undefined;
}
