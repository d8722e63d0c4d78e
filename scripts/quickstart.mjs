/**
 * `npm run quickstart`: with nothing but Node and npm, installs, builds and then runs keepsake's main job in a throw-away home,
 * with real commands. In an installed keepsake, `node "$(npm root -g)/keepsake/scripts/quickstart.mjs"`, there is nothing to build. Everything printed behind a `$` was run, and what follows is what it printed. Each step is checked; the
 * exit code is 0 only if all of them did what they say. The home and the daemon are gone at the end.
 *
 * Nothing is imported but Node until the packages are installed.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { openMcpHost } from "./quickstart/mcp-host.mjs";
import { expect, failures, heading, note, show } from "./quickstart/transcript.mjs";
import { filesBelow, searchBytes, wordsOfTranscript } from "./quickstart/plaintext.mjs";
import { createHome } from "./quickstart/throw-away-home.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const transcript = join(root, "test", "fixtures", "claude-code", "lantern.jsonl");
const PASSPHRASE = "only for this quickstart";
const QUESTION = "what colour is low water drawn in";
const ANSWER = "low water in amber";
const TAG = "harbour-decision";
const SEALED = 4;

const isCheckout = existsSync(join(root, "package-lock.json"));
if (isCheckout) {
  heading("Install and build");
  prepare("installing what the lockfile names", [join("scripts", "install-if-needed.mjs")]);
  prepare("building", [join("scripts", "build.mjs")]);
}

const home = createHome(root);
try {
  await mainJob();
} catch (error) {
  expect(false, `the quickstart stopped: ${error.message}`);
} finally {
  home.remove();
}

const failed = failures();
heading(failed.length === 0 ? "All of it worked" : "Not all of it worked");
for (const failure of failed) note(`failed: ${failure}`);
note(
  home.isGone()
    ? "The throw-away home and its daemon are gone."
    : "The throw-away home could not be removed.",
);
const own = isCheckout
  ? '"npm run release", "npm install -g --ignore-scripts ./release/keepsake-*.tgz", then '
  : "";
note(`Your own: ${own}"keepsake init". README.md has the rest.`);
process.exitCode = failed.length === 0 && home.isGone() ? 0 : 1;

async function mainJob() {
  heading("Create a vault, close it, open it");
  const init = keepsake(["init", "--passphrase-fd", "0"], PASSPHRASE);
  expect(
    init.exit === 0 && /^KS\w{3}(?:-\w{5}){11}\n$/.test(init.out),
    "init creates a vault and prints a recovery key",
  );
  const untouched = filesBelow(home.path);
  expect(keepsake(["lock"]).exit === 0, "lock closes it");
  expect(
    keepsake(["unlock", "--passphrase-fd", "0"], "not the passphrase").exit === 6,
    "a wrong passphrase exits with 6",
  );
  expect(keepsake(["unlock", "--passphrase-fd", "0"], PASSPHRASE).exit === 0, "the right one opens it");

  heading("Import a conversation and search it");
  const imported = keepsake(["import", transcript]);
  expect(
    imported.exit === 0 && /\b28 {2}stored/.test(imported.out),
    "28 turns of the conversation are stored",
  );
  const again = keepsake(["import", transcript]);
  expect(
    /\b0 {2}stored/.test(again.out) && /\b28 {2}there already/.test(again.out),
    "importing again stores nothing twice",
  );
  const saved = keepsake(["save", "The harbour board wants the watch list on paper.", "--tag", TAG]);
  expect(saved.exit === 0, "a note is saved");
  const found = keepsake(["search", ...QUESTION.split(" "), "--all-projects", "--limit", "3"]);
  const best = found.out.split("\n")[0] ?? "";
  expect(found.exit === 0 && best.includes(ANSWER), "the search finds the turn that answers");

  heading("The same search through the MCP server");
  expect(keepsake(["client", "add", "mcp"]).exit === 0, "a client of its own is added for AI hosts");
  await searchThroughMcp(best.split("\t")[0] ?? "");

  heading("Lock");
  expect(keepsake(["lock"]).exit === 0, "lock ends the process that held the keys");
  const refused = keepsake(["search", ...QUESTION.split(" ")]);
  expect(refused.exit === SEALED && refused.out === "", `a search is refused with exit code ${SEALED}`);

  heading("What is on the disk");
  proveNothingIsReadable(untouched);
}

/** A command of keepsake, run and shown. */
function keepsake(args, input) {
  const { status, stdout, stderr } = home.run([join(root, "bin", "keepsake.js"), ...args], input);
  show(["keepsake", ...args], input, stdout, stderr, status);
  return { exit: status, out: stdout };
}

async function searchThroughMcp(expectedId) {
  const client = await openMcpHost({
    command: process.execPath,
    args: [join(root, "bin", "keepsake-mcp.js")],
    env: home.environment,
  });
  note(`(spoken by ${client.name})`);
  try {
    const { tools } = await client.listTools();
    show(["(MCP) tools/list"], undefined, `${tools.map(({ name }) => name).join(" ")}\n`, "", 0);
    expect(tools.length === 7, "the MCP server offers seven tools");
    const call = { name: "memory_search", arguments: { query: QUESTION, project: "*", limit: 3 } };
    const answer = await client.callTool(call);
    const text = answer.content.map((part) => part.text ?? "").join("\n");
    show([`(MCP) tools/call ${JSON.stringify(call)}`], undefined, `${text}\n`, "", 0);
    expect(text.includes(ANSWER) && text.includes(expectedId), "it finds the same turn");
  } finally {
    await client.close();
  }
}

/**
 * Looks for every word of the conversation in every byte of every file. Words that keepsake's own files hold before anything is
 * stored (names of events, of LevelDB's settings…) prove nothing and are left out, and said so.
 */
function proveNothingIsReadable(untouched) {
  const wanted = [
    ...wordsOfTranscript(readFileSync(transcript, "utf8")),
    TAG,
    "/home/mira/code/lantern",
    QUESTION,
  ];
  const own = new Set(searchBytes(untouched, wanted).map(({ word }) => word));
  const words = wanted.filter((word) => !own.has(word));
  const files = filesBelow(home.path);
  const bytes = files.reduce((sum, { content }) => sum + content.length, 0);
  const hits = searchBytes(files, words);
  const control = searchBytes(
    [{ path: "the conversation itself", content: readFileSync(transcript) }],
    words,
  );
  note(
    `${words.length} words and names (the tag, the project and the question among them), looked for in ${files.length} files of ${bytes} bytes:`,
  );
  note(`  found in keepsake's files: ${hits.length}`);
  note(`  found in the conversation's own file, to show that the search works: ${control.length}`);
  note(
    `  left out, because keepsake's files held them before anything was stored: ${[...own].join(" ") || "none"}`,
  );
  for (const { path } of hits) note(`  a word stands in ${path}`);
  expect(
    words.length > 200 && hits.length === 0 && control.length > 200,
    "nothing of it can be read in any file",
  );
}

function prepare(what, args) {
  note(`${what} …`);
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  if (status === 0) return;
  note(`failed: ${what}`);
  process.exit(1);
}
