/** What the makers of transcripts share: a host's run in a throw-away home, a model on loopback, fixtures without this machine in them. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const RUN_MS = 90_000;
const REMOVALS = 20;
const REMOVAL_MS = 250;
const PUBLIC_HOME = "/home/mira";
/** Longer texts of the host keep their beginning and their end, since these tell their shape. */
const HOST_WORDS = 160;

/** @param {(home: string) => Promise<void>} act */
export async function inThrowAwayHome(act) {
  const home = mkdtempSync(join(tmpdir(), "keepsake-host-"));
  try {
    await act(home);
  } finally {
    await removeBehindHost(home);
  }
}

/** A host that was told to end may still write its last files, into folders that were empty a moment ago. */
async function removeBehindHost(home) {
  for (let left = REMOVALS; ; left--)
    try {
      rmSync(home, { recursive: true, force: true });
      return;
    } catch (error) {
      if (error.code !== "ENOTEMPTY" || left === 0) throw error;
      await sleep(REMOVAL_MS);
    }
}

/** One run of a program to its end; what it prints. */
export function run(command, args, { folder, env }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: folder,
      env,
      timeout: RUN_MS,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let printed = "";
    child.stdout.on("data", (chunk) => (printed += chunk));
    child.stderr.on("data", (chunk) => (printed += chunk));
    child.on("close", (code) => resolve({ code, printed }));
  });
}

/**
 * A server on loopback.
 *
 * @param {(url: string, body: object, response: import("node:http").ServerResponse) => void} answer
 */
export async function serve(answer) {
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      let asked = {};
      try {
        asked = JSON.parse(body);
      } catch {
        // Not every request has a body.
      }
      answer(request.url ?? "", asked, response);
    });
  });
  await new Promise((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Answers in order of each step `{ say, answers }`: the step is the last one whose words stand in the newest text of the person. */
export function answering(steps) {
  const given = new Map();
  return (textsOfPerson) => {
    for (const text of textsOfPerson.toReversed()) {
      const step = steps.findLast(({ say }) => text.includes(say));
      if (step === undefined) continue;
      const number = given.get(step) ?? 0;
      given.set(step, number + 1);
      return step.answers[number] ?? [{ text: "Nothing to add." }];
    }
    return [{ text: "Nothing to add." }];
  };
}

export function sendJson(response, status, value) {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
}

/** Every file below a folder with that suffix, oldest first. */
export function filesBelow(folder, suffix) {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(suffix))
    .toSorted()
    .map((name) => join(folder, name));
}

/**
 * Writes `<name>.jsonl` and `<name>.turns.json`.
 *
 * @param {{ folder: string, name: string, path: string, home: string, said: readonly (readonly [string, string])[] }} fixture
 * @param {(line: object, text: string) => string | undefined} idOf - the id of a line that says a text in the role given
 */
export function writeFixture({ folder, name, path, home, said }, idOf) {
  const ours = said.map(([, text]) => text);
  const lines = readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => publicValue(JSON.parse(line), { home, ours }));
  writeFileSync(join(folder, `${name}.jsonl`), `${lines.map((line) => JSON.stringify(line)).join("\n")}\n`);
  const taken = new Set();
  const turns = said.map(([role, text]) => {
    const found = lines.flatMap((line) => idOf(line, role, text) ?? []).find((id) => !taken.has(id));
    if (found === undefined) throw new Error(`no line of ${name} says: ${text}`);
    taken.add(found);
    return { id: found, role, text };
  });
  writeFileSync(join(folder, `${name}.turns.json`), `${JSON.stringify(turns, undefined, 2)}\n`);
  process.stdout.write(`${name}: ${lines.length} lines, ${turns.length} turns\n`);
}

/** Without this machine's paths, whole or as a host writes them in the name of a folder, and without long texts of the host. */
export function publicValue(value, { home, ours }) {
  const clean = (inner) => publicValue(inner, { home, ours });
  if (typeof value === "string") {
    const text = value
      .replaceAll(home, PUBLIC_HOME)
      .replaceAll(inOneWord(home), inOneWord(PUBLIC_HOME))
      .replaceAll(/\/tmp\/claude-\d+/g, "/tmp/claude-1000");
    if (text.length <= HOST_WORDS || ours.some((own) => text.includes(own))) return text;
    return `${text.slice(0, HOST_WORDS / 2)} [… the host's own words …] ${text.slice(-HOST_WORDS / 4)}`;
  }
  if (Array.isArray(value)) return value.slice(0, 8).map(clean);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [clean(name), clean(inner)]));
}

function inOneWord(path) {
  return path.replaceAll(/[^A-Za-z0-9]/g, "-");
}
