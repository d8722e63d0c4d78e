/**
 * Makes test/fixtures/claude-code anew: transcripts written by the real Claude Code, which talks to a model that is none, in a
 * throw-away home. `<name>.jsonl` is a file as the host wrote it, with the host's own long texts and this machine's paths taken
 * out; `<name>.turns.json` is what was said in it, told by the scenario and not by keepsake's reader.
 *
 *   node scripts/make-transcripts/claude-code.mjs     [name …]    (tmux; about 2 minutes; 380 MB into .peers/ once)
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { claudeCode, transcripts } from "../real-hosts/claude-code.mjs";
import { inThrowAwayHome } from "../real-hosts/running.mjs";
import { publicLines, turnsOf } from "./public-lines.mjs";

const FIXTURES = fileURLToPath(new URL("../../test/fixtures/claude-code/", import.meta.url));
const wanted = process.argv.slice(2);

for (const scenario of claudeCode.scenarios) {
  if (wanted.length > 0 && !wanted.includes(scenario.name)) continue;
  await inThrowAwayHome(async (home) => {
    const folder = join(home, "lantern");
    claudeCode.prepare(home, folder);
    await claudeCode.play(scenario, home, folder);
    writeFixtures(scenario, home);
  });
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
