/**
 * Makes test/fixtures/copilot anew: a session written by the real Copilot CLI, which talks to a model that is none, in a throw-away
 * home.
 *
 *   node scripts/make-transcripts/copilot.mjs     (half a minute; 200 MB into .peers/ once)
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { copilot } from "../real-hosts/copilot.mjs";
import { inThrowAwayHome } from "../real-hosts/running.mjs";
import { writeFixture } from "./fixtures.mjs";

const FIXTURES = fileURLToPath(new URL("../../test/fixtures/copilot/", import.meta.url));

mkdirSync(FIXTURES, { recursive: true });
for (const scenario of copilot.scenarios) {
  await inThrowAwayHome(async (home) => {
    const { name, files } = scenario;
    const folder = join(home, "lantern");
    copilot.prepare(home, folder);
    await copilot.play(scenario, home, folder);
    const paths = copilot.events(home);
    if (paths.length !== 1) throw new Error(`${name}: ${paths.length} files, 1 expected`);
    writeFixture({ folder: FIXTURES, name, path: paths[0], home, said: files[0] }, idOf);
  });
}

function idOf({ type, data }, role, text) {
  return type === `${role}.message` && data.content === text ? data.messageId : undefined;
}
