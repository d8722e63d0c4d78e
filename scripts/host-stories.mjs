/**
 * The whole story with the real hosts, each in a throw-away home and without an account: set up, talk, lock, talk on, look for
 * every word in every file keepsake wrote, unlock, every turn there once and word for word, the next session begins with the
 * brief, and removing leaves every file of the host as it was.
 *
 *   node scripts/host-stories.mjs [host[:scenario] …]     (tmux; hosts are installed into .peers/ once; about 8 minutes)
 *
 * Each scenario of a host is played twice: with the vault open, and with it locked. Exits 1 unless all of it is as it should be;
 * says what it skipped and why.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, lstatSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { claudeCode } from "./real-hosts/claude-code.mjs";
import { codex } from "./real-hosts/codex.mjs";
import { copilot } from "./real-hosts/copilot.mjs";
import { gemini } from "./real-hosts/gemini.mjs";
import { stopDaemon } from "./quickstart/throw-away-home.mjs";
import { inThrowAwayHome } from "./real-hosts/running.mjs";

const KEEPSAKE = fileURLToPath(new URL("../bin/keepsake.js", import.meta.url));
const PASSPHRASE = "only for stories of hosts";
/** In the note that a brief begins with; no scenario says it. */
const NOTE = "The lantern room is painted every fourth autumn.";
/** What the model says where a host asks it for more than the scenario holds. */
const NOTHING_TO_ADD = "Nothing to add.";
const SETTLED_MS = 8_000;

/** Codex runs hooks that the person has looked at; nobody can look here. */
const HOSTS = [
  { host: claudeCode },
  { host: codex, flags: ["--dangerously-bypass-hook-trust"] },
  { host: gemini },
  { host: copilot },
];

const wanted = process.argv.slice(2);
const failures = [];
let stories = 0;

for (const { host, flags = [] } of HOSTS) {
  const chosen = host.scenarios.filter(({ name }) => isWanted(host.id, name));
  if (chosen.length === 0) {
    say(`${host.id}: skipped, not asked for`);
    continue;
  }
  const program = attempt(() => host.program());
  if (program instanceof Error) {
    say(`${host.id}: skipped, ${program.message}`);
    continue;
  }
  for (const scenario of chosen)
    for (const sealed of [false, true]) await story(host, scenario, { sealed, flags });
}

say(`${stories} stories, ${failures.length} failures`);
for (const failure of failures) say(`failed: ${failure}`);
process.exitCode = failures.length === 0 && stories > 0 ? 0 : 1;

async function story(host, scenario, { sealed, flags }) {
  const name = `${host.id} ${scenario.name}, ${sealed ? "locked" : "open"}`;
  const check = (isSo, what) => {
    if (!isSo) failures.push(`${name}: ${what}`);
    return isSo;
  };
  stories += 1;
  const from = Date.now();
  await inThrowAwayHome(async (home) => {
    const folder = join(home, "lantern");
    const own = join(home, "k");
    const keepsake = (args, input = "") => command(args, { home, folder, own, input });
    host.prepare(home, folder);
    spawnSync("git", ["init", "-q", folder]);
    const before = filesOf(home, own);
    keepsake(["init", "--passphrase-fd", "0"], PASSPHRASE);
    keepsake(["save", NOTE, "--pin", "--project", folder, "--new-project"]);
    try {
      const setup = keepsake(["setup", host.id, "--yes", "--no-import"]);
      if (!check(setup.exit === 0, `setup exits with ${setup.exit}: ${setup.err}`)) return;
      const afterSetup = filesOf(home, own);
      if (sealed) keepsake(["lock"]);
      const asked = await host.play(scenario, home, folder, {}, flags);
      const said = expectedOf(scenario);
      const isSaid = (turn, [role, text, isInside]) =>
        turn.role === role &&
        (isInside ? turn.text.endsWith(`\n${text}`) || turn.text === text : turn.text === text);
      if (sealed) {
        const found = canariesIn(own, [...said.map(([, text]) => text), NOTE]);
        check(found.length === 0, `words in plaintext in ${found.join(", ")}`);
        keepsake(["unlock", "--passphrase-fd", "0"], PASSPHRASE);
      } else {
        check(
          asked.some((body) => body.includes(NOTE)),
          "no session began with the brief",
        );
      }
      const stored = await turnsStored(keepsake, said.length);
      for (const each of said) {
        const [role, text] = each;
        const times = stored.filter((turn) => isSaid(turn, each)).length;
        check(times === 1, `${times === 0 ? "missing" : `stored ${times} times`}: ${role} ${text}`);
      }
      const others = stored.filter(
        (turn) => turn.text !== NOTHING_TO_ADD && !said.some((each) => isSaid(turn, each)),
      );
      check(others.length === 0, `not said: ${JSON.stringify(others.map(({ role, text }) => [role, text]))}`);
      const again = keepsake(["import", host.sessions(home), "--json"]);
      check(
        again.exit !== 0 || JSON.parse(again.out).lines.stored === 0,
        `an import stores again: ${again.out}${again.err}`,
      );
      const removed = keepsake(["setup", host.id, "--remove", "--yes"]);
      check(removed.exit === 0, `removing exits with ${removed.exit}: ${removed.err}`);
      for (const path of changedBy(before, afterSetup)) {
        check(filesOf(home, own).get(path) === before.get(path), `${path} is not as it was`);
      }
    } finally {
      stopDaemon(() => keepsake(["status", "--json"]).out);
    }
  });
  say(`${name}: ${((Date.now() - from) / 1_000).toFixed(0)} s`);
}

/** What a scenario says, each thing once however many files of the host hold it. */
function expectedOf({ files }) {
  const seen = new Map(files.flat().map((each) => [`${each[0]} ${each[1]}`, each]));
  return [...seen.values()];
}

/** The turns stored, once there are as many as expected or nothing comes any more. */
async function turnsStored(keepsake, count) {
  const end = Date.now() + SETTLED_MS;
  for (;;) {
    const { out } = keepsake(["recent", "--kind", "turn", "--all-projects", "--limit", "100", "--json"]);
    const { memories = [] } = out === "" ? {} : JSON.parse(out);
    if (memories.length >= count || Date.now() > end) return memories;
    await new Promise((resolve) => {
      setTimeout(resolve, 500);
    });
  }
}

function command(args, { home, folder, own, input }) {
  const env = { PATH: process.env.PATH ?? "", HOME: home, LANG: "C.UTF-8", KEEPSAKE_HOME: own };
  const { status, stdout, stderr } = spawnSync(process.execPath, [KEEPSAKE, ...args], {
    cwd: folder,
    env,
    input,
    encoding: "utf8",
    timeout: 60_000,
  });
  return { exit: status, out: stdout, err: stderr };
}

/** A digest of every file below the home but keepsake's own and the folder talked in. */
function filesOf(home, own) {
  const digests = new Map();
  for (const entry of readdirSync(home, { recursive: true, encoding: "utf8" })) {
    const path = join(home, entry);
    if (path.startsWith(own) || !existsSync(path) || !lstatSync(path).isFile()) continue;
    digests.set(entry, createHash("sha256").update(readFileSync(path)).digest("hex"));
  }
  return digests;
}

function changedBy(before, after) {
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (path) => before.get(path) !== after.get(path),
  );
}

function canariesIn(folder, texts) {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((entry) => {
    const path = join(folder, entry);
    if (!existsSync(path) || !lstatSync(path).isFile()) return false;
    const bytes = readFileSync(path);
    return texts.some((text) => bytes.includes(text));
  });
}

function isWanted(id, name) {
  return wanted.length === 0 || wanted.includes(id) || wanted.includes(`${id}:${name}`);
}

function attempt(act) {
  try {
    return act();
  } catch (error) {
    return error;
  }
}

function say(line) {
  process.stdout.write(`${line}\n`);
}
