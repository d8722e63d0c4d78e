/**
 * The hooks of a host, run as a host runs them, beside an empty Node process that is started, fed and heard out the same way; and what
 * waits in the inbox, taken in at an unlock. Hooks exit with 0 whatever happens, so what they brought is counted afterwards.
 */
import { spawn } from "node:child_process";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { KeepsakeClient } from "../../src/client/keepsake-client.ts";
import type { Params } from "../../src/protocol/method-table.ts";
import { hooksEnded } from "../../test/support/host-player.ts";
import { PROJECT_ROOT, finished, killQuietly } from "../../test/support/throw-away-home.ts";
import type { ThrowAwayHome } from "../../test/support/throw-away-home.ts";
import type { IndexedMemory } from "../../src/search/search-index.ts";
import { importEntry, talk } from "../bench-search/talk.ts";
import { startEcho } from "./floors.ts";
import { connectTo, lock, unlock } from "./lock-figures.ts";
import { settle } from "./settle.ts";
import { sampleInTurns, summarise, timed } from "./statistics.ts";
import type { Summary } from "./statistics.ts";

/** Fewer than a client may call at once. */
const ROUNDS = 20;
/** Each of them waits for the daemon as long as a hook does. */
const HANGING_ROUNDS = 5;
export const DRAINED_TURNS = 10_000;
const TURNS_PER_CAPTURE = 2;
const HOST = "claude-code";
/** A project of the talk, which is nowhere on the disk. */
const TALKED_OF = "/projects/p1";
const TIMEOUT_MS = 1_800_000;

export interface HookFigures {
  readonly open: Readonly<Record<"emptyNode" | "sessionStart" | "prompt", Summary>>;
  /** Of as many sessions as there are samples; a hook that is late gives none. */
  readonly briefs: number;
  readonly sessionEnd: Summary;
  readonly sealed: Readonly<Record<"emptyNode" | "prompt", Summary>>;
  /** Something else is at the socket, which is seen at once. */
  readonly alone: Readonly<Record<"emptyNode" | "prompt", Summary>>;
  /** The daemon has stopped. */
  readonly hanging: Readonly<Record<"emptyNode" | "prompt", Summary>>;
  readonly drain: DrainFigures;
}

/** Milliseconds for `DRAINED_TURNS` turns. */
export interface DrainFigures {
  readonly capturedOpenMs: number;
  readonly capturedSealedMs: number;
  /** What an unlock took longer than one with nothing to take in. */
  readonly drainMs: number;
}

/**
 * @param home - its daemon has ended, or ends
 * @param size - memories of the talk that are in the vault
 */
export async function measureHooks(home: ThrowAwayHome, size: number): Promise<HookFigures> {
  while (home.processIds().length > 0) await pause(20);
  const client = await connectTo(home);
  await unlock(client);
  await settle(client);
  await client.call("client.add", { id: HOST, scopes: ["read", "capture"] });
  const hooks = new Hooks(home);
  const emptyNode = () => hooks.emptyNode();

  const before = await memoriesIn(client);
  const prompt = () => hooks.prompt();
  const open = await sampleInTurns(ROUNDS, { emptyNode, sessionStart: () => hooks.sessionStart(), prompt });
  await hooksEnded(home);
  expectEqual(await memoriesIn(client), before + ROUNDS);
  const sessionEnd = await measureSessionEnd(home, hooks);
  const told = await memoriesIn(client);
  client.close();

  const alone = await measureAlone(home, hooks);
  const hanging = await measureHanging(home, hooks);
  const drain = await measureDrain(home, size);

  await lock(home);
  const sealed = await sampleInTurns(ROUNDS, { emptyNode, prompt });
  // One that was late may be handed over as well, and wait twice; it is stored once.
  await hooksEnded(home);
  const again = await connectTo(home);
  await unlock(again);
  expectEqual(await memoriesIn(again), told + 2 * ROUNDS + HANGING_ROUNDS + 2 * DRAINED_TURNS);
  again.close();
  return { open, briefs: hooks.briefs, sessionEnd, sealed, alone, hanging, drain };
}

async function memoriesIn(client: KeepsakeClient): Promise<number> {
  return (await client.call("vault.status", {})).open?.memories ?? NaN;
}

function expectEqual(found: number | undefined, expected: number): void {
  if (found !== expected) throw new Error(`${found} turns are there, and not ${expected}`);
}

/** The host: starts the hook, writes what happens to it, and waits for its end. */
class Hooks {
  readonly #home: ThrowAwayHome;
  #prompts = 0;
  /** Sessions that were told theirs. */
  briefs = 0;

  constructor(home: ThrowAwayHome) {
    this.#home = home;
  }

  emptyNode(): Promise<unknown> {
    const { env } = this.#home;
    const child = spawn(process.execPath, ["-e", "0"], { env: { ...env }, stdio: "pipe" });
    child.stdin.on("error", () => {});
    child.stdin.end(payload({ prompt: "nothing" }));
    return finished(child);
  }

  async sessionStart(): Promise<void> {
    const said = await this.#fire("SessionStart", { source: "startup", cwd: TALKED_OF });
    if (said.includes("stored notes")) this.briefs += 1;
  }

  async prompt(env: Readonly<Record<string, string>> = {}): Promise<void> {
    const number = ++this.#prompts;
    const prompt_id = `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
    await this.#fire("UserPromptSubmit", { prompt: `prompt ${number} of the benchmark`, prompt_id }, env);
  }

  async sessionEnd(transcript: string): Promise<void> {
    await this.#fire("SessionEnd", { reason: "other", transcript_path: transcript });
  }

  async #fire(event: string, fields: object, env: Readonly<Record<string, string>> = {}): Promise<string> {
    const { code, stdout, stderr } = await this.#home.run(["hook", HOST, event], {
      input: payload(fields),
      env,
    });
    if (code !== 0 || stderr !== "") throw new Error(`a hook of ${event} failed`);
    return stdout;
  }
}

function payload(fields: object): string {
  return JSON.stringify({ session_id: "00000000-0000-4000-8000-0000000000ff", cwd: PROJECT_ROOT, ...fields });
}

/** What is handed over is waited for between the rounds, and is no part of them. */
async function measureSessionEnd(home: ThrowAwayHome, hooks: Hooks): Promise<Summary> {
  const transcript = join(home.folder, "session.jsonl");
  copyFileSync(join(PROJECT_ROOT, "test/fixtures/claude-code/lantern.jsonl"), transcript);
  const samples: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    samples.push(await timed(() => hooks.sessionEnd(transcript)));
    await hooksEnded(home);
  }
  return summarise(samples);
}

async function measureAlone(home: ThrowAwayHome, hooks: Hooks): Promise<HookFigures["alone"]> {
  const echo = await startEcho(home.folder);
  try {
    return await sampleInTurns(ROUNDS, {
      emptyNode: () => hooks.emptyNode(),
      prompt: () => hooks.prompt({ KEEPSAKE_SOCKET: echo.path }),
    });
  } finally {
    echo.stop();
  }
}

async function measureHanging(home: ThrowAwayHome, hooks: Hooks): Promise<HookFigures["hanging"]> {
  const pids = home.processIds();
  for (const pid of pids) killQuietly(pid, "SIGSTOP");
  try {
    return await sampleInTurns(HANGING_ROUNDS, {
      emptyNode: () => hooks.emptyNode(),
      prompt: () => hooks.prompt(),
    });
  } finally {
    for (const pid of pids) killQuietly(pid, "SIGCONT");
    await hooksEnded(home);
  }
}

/**
 * The floor is as many other turns of the same talk, captured by the same requests while the vault is open: the same rules, seals, index
 * and syncs, without the way through the inbox.
 */
async function measureDrain(home: ThrowAwayHome, size: number): Promise<DrainFigures> {
  const captures = capturesBehind(size);
  const open = await connectTo(home);
  const capturedOpenMs = await timed(() => captureAll(open, captures.slice(0, captures.length / 2)));
  await settle(open);
  open.close();
  await lock(home);
  const empty = await connectTo(home);
  const emptyUnlockMs = await timed(() => unlock(empty));
  await settle(empty);
  empty.close();
  await lock(home);
  const sealed = await connectTo(home);
  const capturedSealedMs = await timed(() => captureAll(sealed, captures.slice(captures.length / 2)));
  const unlockMs = await timed(() => unlock(sealed));
  expectEqual((await sealed.call("vault.status", {})).waiting, 0);
  await settle(sealed);
  sealed.close();
  return { capturedOpenMs, capturedSealedMs, drainMs: unlockMs - emptyUnlockMs };
}

/** Twice `DRAINED_TURNS` of the talk behind the memories that are there, a prompt and its answer at a time. */
function capturesBehind(size: number): readonly Params<"memory.capture">[] {
  const captures: Params<"memory.capture">[] = [];
  let held: IndexedMemory[] = [];
  let number = 0;
  for (const turn of talk(size + 2 * DRAINED_TURNS)) {
    if (number++ < size) continue;
    held.push(turn);
    if (held.length < TURNS_PER_CAPTURE) continue;
    const [{ project, session = "" } = turn] = held;
    const turns = held.map((each) => {
      const { role, text, messageId, at } = importEntry(each);
      return { role, text, messageId, at };
    });
    captures.push({ project, session, turns });
    held = [];
  }
  return captures;
}

async function captureAll(
  client: KeepsakeClient,
  captures: readonly Params<"memory.capture">[],
): Promise<void> {
  for (const capture of captures) await client.call("memory.capture", capture, { timeoutMs: TIMEOUT_MS });
}
