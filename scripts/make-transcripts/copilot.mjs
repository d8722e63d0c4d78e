/**
 * Makes test/fixtures/copilot anew: a session written by the real Copilot CLI, which talks to a model that is none, in a throw-away
 * home.
 *
 *   node scripts/make-transcripts/copilot.mjs     (half a minute; 200 MB into .peers/ once)
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installPeer } from "../peers.mjs";
import { startModel } from "./anthropic-model.mjs";
import { GAUGE, GAUGE_TURNS, OFFICE, OFFICE_TURNS, STEPS, STORM, STORM_TURNS } from "./harbour-talk.mjs";
import { filesBelow, inThrowAwayHome, run, writeFixture } from "./shared.mjs";

const VERSION = "1.0.102";
const FIXTURES = fileURLToPath(new URL("../../test/fixtures/copilot/", import.meta.url));

const copilot = installPeer(
  "@github/copilot",
  VERSION,
  `../copilot-${process.platform}-${process.arch}/copilot`,
);

const SCENARIOS = [
  { name: "tool-and-resume", says: [GAUGE.say, OFFICE.say], said: [...GAUGE_TURNS, ...OFFICE_TURNS] },
  {
    name: "error",
    says: [OFFICE.say, STORM.say, GAUGE.say],
    said: [...OFFICE_TURNS, ...STORM_TURNS, ...GAUGE_TURNS],
  },
];

/** Blocks and errors as the model of Anthropic's API takes them. */
const steps = STEPS.map(({ say, answers }) => ({
  say,
  answers: answers.map((answer) =>
    "error" in answer[0]
      ? answer[0]
      : answer.map((block) =>
          "run" in block ? { tool: "bash", input: { command: block.run, description: "look" } } : block,
        ),
  ),
}));

mkdirSync(FIXTURES, { recursive: true });
for (const { name, says, said } of SCENARIOS) {
  await inThrowAwayHome(async (home) => {
    const folder = join(home, "lantern");
    mkdirSync(folder);
    const model = await startModel(steps);
    const env = {
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
    try {
      for (const [index, text] of says.entries())
        await run(copilot, ["--allow-all-tools", ...(index > 0 ? ["--continue"] : []), "-p", text], {
          folder,
          env,
        });
    } finally {
      model.close();
    }
    const paths = filesBelow(join(home, ".copilot", "session-state"), "events.jsonl");
    if (paths.length !== 1) throw new Error(`${name}: ${paths.length} files, 1 expected`);
    writeFixture({ folder: FIXTURES, name, path: paths[0], home, said }, idOf);
  });
}

function idOf({ type, data }, role, text) {
  return type === `${role}.message` && data.content === text ? data.messageId : undefined;
}
