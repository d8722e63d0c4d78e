/**
 * Makes test/fixtures/gemini anew: chats written by the real Gemini CLI, which talks to a model that is none, in a throw-away home
 * where hooks put words into every prompt.
 *
 *   node scripts/make-transcripts/gemini.mjs     (a minute; 120 MB into .peers/ once)
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gemini } from "../real-hosts/gemini.mjs";
import { inThrowAwayHome } from "../real-hosts/running.mjs";
import { writeFixture } from "./fixtures.mjs";

const FIXTURES = fileURLToPath(new URL("../../test/fixtures/gemini/", import.meta.url));

/** A hook that answers with words for the model. */
const hook = (words) => {
  const answer = JSON.stringify({ hookSpecificOutput: { additionalContext: words } });
  return [{ hooks: [{ type: "command", command: `printf '%s' '${answer}'` }] }];
};
const HOOKS = { SessionStart: hook("What the harbour knows."), BeforeAgent: hook("Words of a hook.") };

mkdirSync(FIXTURES, { recursive: true });
for (const scenario of gemini.scenarios) {
  await inThrowAwayHome(async (home) => {
    const { name, files } = scenario;
    const folder = join(home, "lantern");
    gemini.prepare(home, folder, HOOKS);
    await gemini.play(scenario, home, folder);
    const paths = gemini.chats(home);
    if (paths.length !== 1) throw new Error(`${name}: ${paths.length} files, 1 expected`);
    writeFixture({ folder: FIXTURES, name, path: paths[0], home, said: files[0] }, idOf);
  });
}

/** The line of its own that a message has. */
function idOf({ id, type, content }, role, text) {
  if (type !== (role === "user" ? "user" : "gemini")) return undefined;
  const words = typeof content === "string" ? content : content.map((part) => part.text ?? "").join("");
  return (role === "user" ? words.includes(text) : words === text) ? id : undefined;
}
