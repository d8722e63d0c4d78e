/**
 * Thousands of captures, each of a process or a connection of its own as hooks make them: every turn is there once, the daemon's memory does
 * not grow with what passed through it, and no process is left behind.
 */
import { readFileSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Params } from "../../src/protocol/method-table.ts";
import { hooksEnded } from "../support/host-player.ts";
import { counting, report, rounds } from "../support/rounds.ts";
import { environOf, everyProcess, expectSuccess, ThrowAwayHome } from "../support/throw-away-home.ts";

const CAPTURES = rounds({ short: 250, long: 10_000 });
/** Of them by the real hook program. */
const HOOKS = rounds({ short: 30, long: 300 });
const HOOKS_AT_ONCE = 2;
const TURNS_PER_SESSION = 1_000;
const FIRST_LOOK = Math.round(CAPTURES / 5);
/** What an index, caches and a heap of a few thousand turns more may take. */
const MAX_GROWTH_BYTES = 48 << 20;
const IDS_AT_ONCE = 20;
const HOST = "claude-code";
const FOLDER = "/nowhere/harbour";

describe.each(["open", "sealed"])("captures one by one, the vault %s", (state) => {
  test("are each there once, cost no memory that grows, and leave no process behind", async () => {
    const home = await homeWith(state);
    const count = counting(`captures, ${state}`, CAPTURES);
    let first: Look | undefined;
    for (let done = 0; done < CAPTURES;) {
      const areHooks = done < HOOKS;
      const next = areHooks ? Math.min(HOOKS, done + HOOKS_AT_ONCE) : done + 1;
      const numbers = Array.from({ length: next - done }, (_, index) => done + index);
      await Promise.all(numbers.map((number) => (areHooks ? hook(home, number) : connection(home, number))));
      for (const _ of numbers) count();
      done = next;
      if (done === Math.max(FIRST_LOOK, HOOKS)) first = await look(home);
    }
    await hooksEnded(home);
    const last = await look(home);
    expect(last.processes).toEqual(first?.processes);
    expect(last.zombies).toBe(0);
    expect(last.engineBytes - (first?.engineBytes ?? 0)).toBeLessThan(MAX_GROWTH_BYTES);
    expect(last.frontBytes - (first?.frontBytes ?? 0)).toBeLessThan(MAX_GROWTH_BYTES);

    if (state === "sealed") {
      // A hook that is late hands over what it may have brought; what waits twice is stored once.
      expect((await home.status()).waiting).toBeGreaterThanOrEqual(CAPTURES);
      await home.unlock();
    }
    const expected = Array.from({ length: CAPTURES }, (_, number) => textOf(number)).toSorted();
    expect(await storedTexts(home)).toEqual(expected);
    reportOf(state, first, last);
  }, 7_200_000);
});

async function homeWith(state: string): Promise<ThrowAwayHome> {
  const home = new ThrowAwayHome();
  onTestFinished(() => home.remove());
  await home.init();
  expectSuccess(await home.run(["client", "add", HOST, "--scope", "read,capture"]));
  if (state === "sealed") expectSuccess(await home.run(["lock"]));
  return home;
}

function sessionOf(number: number): string {
  return `session-${Math.floor(number / TURNS_PER_SESSION)}`;
}

function textOf(number: number): string {
  return `buoy ${number} lies ${(number * 37) % 101} cables off the pier, its bell is rung by the swell`;
}

/** The real program; over the rate of its client it seals alone, which counts as well. */
async function hook(home: ThrowAwayHome, number: number): Promise<void> {
  const prompt_id = `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
  const input = JSON.stringify({
    session_id: sessionOf(number),
    prompt_id,
    cwd: FOLDER,
    prompt: textOf(number),
  });
  const ran = await home.run(["hook", HOST, "UserPromptSubmit"], { input });
  expect(ran).toEqual({ code: 0, stdout: "", stderr: "" });
}

/** What the program asks of the daemon, by the owner, who may ask as often as the machine can answer. */
async function connection(home: ThrowAwayHome, number: number): Promise<void> {
  const turn = {
    messageId: `prompt:${number}`,
    role: "user",
    text: textOf(number),
    at: "2026-11-29T14:00:00Z",
  } as const;
  const capture = { project: FOLDER, session: sessionOf(number), turns: [turn] };
  const client = await home.connect();
  await client.call("memory.capture", capture satisfies Params<"memory.capture">);
  client.close();
}

async function storedTexts(home: ThrowAwayHome): Promise<readonly string[]> {
  const client = await home.connect();
  const { sessions } = await client.call("memory.sessions", { turnIds: true, limit: 100 });
  const ids = sessions.flatMap(({ turnIds = [] }) => turnIds);
  const texts: string[] = [];
  for (let from = 0; from < ids.length; from += IDS_AT_ONCE) {
    const asked = ids.slice(from, from + IDS_AT_ONCE);
    const { memories, missing } = await client.call("memory.get", { ids: asked });
    expect(missing).toEqual([]);
    texts.push(...memories.map(({ text }) => text));
  }
  expect((await client.call("vault.status", {})).open?.memories).toBe(ids.length);
  client.close();
  return texts.toSorted();
}

interface Look {
  readonly engineBytes: number;
  readonly frontBytes: number;
  /** Names of the programs of this home, sorted. */
  readonly processes: readonly string[];
  readonly zombies: number;
}

async function look(home: ThrowAwayHome): Promise<Look> {
  const { pid } = await home.status();
  const front = home.frontId() ?? NaN;
  const ours = everyProcess().filter((each) => environOf(each).includes(`HOME=${home.folder}`));
  return {
    engineBytes: residentBytes(pid),
    frontBytes: residentBytes(front),
    processes: ours.map((each) => readStatus(each, "Name")).toSorted(),
    zombies: everyProcess().filter(
      (each) =>
        readStatus(each, "State").startsWith("Z") &&
        [...ours, process.pid].includes(Number(readStatus(each, "PPid"))),
    ).length,
  };
}

function residentBytes(pid: number): number {
  return Number.parseInt(readStatus(pid, "VmRSS"), 10) * 1_024;
}

/** A field of a process; empty when it is gone. */
function readStatus(pid: number, field: string): string {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return new RegExp(`^${field}:\\s*(.+)$`, "m").exec(status)?.[1] ?? "";
  } catch {
    return "";
  }
}

function reportOf(state: string, first: Look | undefined, last: Look): void {
  const mb = (bytes: number | undefined) => `${((bytes ?? NaN) / 1e6).toFixed(1)} MB`;
  report({
    title: `captures one by one, the vault ${state}`,
    done: `${CAPTURES} captures, ${HOOKS} of them by the hook program, the others each over a connection of its own`,
    outcome: "every turn there once, no process and no zombie left behind",
    table: [
      ["resident memory after", String(Math.max(FIRST_LOOK, HOOKS)), String(CAPTURES)],
      ["engine", mb(first?.engineBytes), mb(last.engineBytes)],
      ["front", mb(first?.frontBytes), mb(last.frontBytes)],
    ],
  });
}
