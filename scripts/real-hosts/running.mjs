/** What runs of real hosts share: a throw-away home, a program run to its end, a model on loopback. */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const RUN_MS = 90_000;
const REMOVALS = 20;
const REMOVAL_MS = 250;

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
  const bodies = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      bodies.push(body);
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
    /** Of every request so far, as text. */
    bodies,
    url: `http://127.0.0.1:${server.address().port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

const STORED = /Between the (\w+) marks:.*?\1(?:>>|&gt;&gt;)/gs;

/** Answers in order of each step `{ say, answers }`: the step is the last one whose words stand in the newest text of the person. */
export function answering(steps) {
  const given = new Map();
  return (textsOfPerson) => {
    for (const whole of textsOfPerson.toReversed()) {
      // What is stored of earlier steps may stand beside the words of the person.
      const text = whole.replaceAll(STORED, "");
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
