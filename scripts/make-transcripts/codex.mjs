/**
 * Makes test/fixtures/codex anew: rollouts written by the real Codex, which talks to a model that is none, in a throw-away home.
 *
 *   node scripts/make-transcripts/codex.mjs     (half a minute; 330 MB into .peers/ once)
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { codex } from "../real-hosts/codex.mjs";
import { inThrowAwayHome } from "../real-hosts/running.mjs";
import { writeFixture } from "./fixtures.mjs";

const FIXTURES = fileURLToPath(new URL("../../test/fixtures/codex/", import.meta.url));

mkdirSync(FIXTURES, { recursive: true });
for (const scenario of codex.scenarios) {
  await inThrowAwayHome(async (home) => {
    const { name, files } = scenario;
    const folder = join(home, "lantern");
    codex.prepare(home, folder);
    await codex.play(scenario, home, folder);
    const found = codex.rollouts(home);
    if (found.length !== files.length)
      throw new Error(`${name}: ${found.length} files, ${files.length} expected`);
    for (const [index, path] of found.entries()) {
      const fixture = files.length === 1 ? name : `${name}-${index + 1}`;
      writeFixture({ folder: FIXTURES, name: fixture, path, home, said: files[index] }, idOf);
    }
  });
}

/** Where the host says it to the person; what it sends to the model says it again. */
function idOf({ type, payload }, role, text) {
  const item = type === "event_msg" && payload.type === "item_completed" ? payload.item : {};
  const kind = role === "user" ? "UserMessage" : "AgentMessage";
  return item.type === kind && item.content.some((part) => part.text === text) ? item.id : undefined;
}
