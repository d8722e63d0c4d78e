/** The real daemon over its real socket, one size at a time, in a home of its own. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { utf8 } from "../../src/base/bytes.ts";
import { Secret } from "../../src/base/secret.ts";
import type { KeepsakeClient } from "../../src/client/keepsake-client.ts";
import { openClient } from "../../src/client/open-client.ts";
import type { Result } from "../../src/protocol/method-table.ts";
import { PASSPHRASE, PROJECT_ROOT, ThrowAwayHome } from "../../test/support/throw-away-home.ts";
import { conversationTurns, questionsAbout } from "./corpus.ts";
import { sample, summarise } from "./statistics.ts";
import type { Summary } from "./statistics.ts";

const PARALLEL_CLIENTS = 8;
const CHUNK_BYTES = 256 << 10;

export interface DaemonFigures {
  readonly size: number;
  readonly kdf: Result<"vault.create">["kdf"];
  readonly importMs: number;
  readonly save: Summary;
  /** Saves a second by eight clients at once. */
  readonly parallelSaves: number;
  readonly search: Summary;
  readonly get: Summary;
  readonly status: Summary;
  /** From the request to a new sealed engine that answers. */
  readonly lock: Summary;
  /** From the request to the first answered search; the index comes from its checkpoint. */
  readonly unlock: Summary;
  readonly verifyMs: number;
  readonly purgeMs: number;
  readonly engineBytes: number;
  readonly diskBytes: number;
}

export async function measureDaemon(
  size: number,
  say: (progress: string) => void,
  keepHome?: (home: ThrowAwayHome) => Promise<void>,
): Promise<DaemonFigures> {
  const home = new ThrowAwayHome();
  try {
    await home.startDaemon();
    const client = await connectTo(home);
    const { kdf } = await client.call(
      "vault.create",
      { recovery: false },
      { secrets: [passphrase()], onProgress: () => {} },
    );
    say(`${size}: import`);
    const texts: string[] = [];
    const importStart = performance.now();
    await client.call("data.import", { format: "bench" }, { stream: importStream(size, texts) });
    const importMs = performance.now() - importStart;

    say(`${size}: save, search, get`);
    const questions = questionsAbout(texts, 400);
    const status = await sample(500, () => client.call("vault.status", {}));
    const save = await sample(300, (round) =>
      client.call("memory.save", { text: `${questions[round]} ${round}`, project: "/projects/p1" }),
    );
    const parallelSaves = await saveInParallel(home);
    await client.call("memory.search", { query: "warm up" });
    const ids: string[] = [];
    const search = await sample(questions.length, async (round) => {
      const { hits } = await client.call("memory.search", { query: questions[round] ?? "", limit: 10 });
      ids.push(...hits.slice(0, 1).map(({ id }) => id));
    });
    const get = await sample(300, (round) =>
      client.call("memory.get", { ids: [ids[round % ids.length] ?? ""] }),
    );
    const engineBytes = residentBytes(home.engineId());

    say(`${size}: lock, unlock`);
    client.close();
    const { lock, unlock } = await lockAndUnlock(home, questions);

    say(`${size}: verify, purge`);
    const again = await connectTo(home);
    const verifyStart = performance.now();
    const verified = await again.call("vault.verify", {});
    const verifyMs = performance.now() - verifyStart;
    if (!verified.ok) throw new Error("the bench's vault does not verify");
    const purgeStart = performance.now();
    await again.call("vault.rotate", {});
    const purgeMs = performance.now() - purgeStart;
    again.close();
    const diskBytes = folderBytes(home.places.vault);
    await keepHome?.(home);
    return {
      size,
      kdf,
      importMs,
      save,
      parallelSaves,
      search,
      get,
      status,
      lock,
      unlock,
      verifyMs,
      purgeMs,
      engineBytes,
      diskBytes,
    };
  } finally {
    await home.remove();
  }
}

export function connectTo(home: ThrowAwayHome): Promise<KeepsakeClient> {
  return openClient({
    client: "cli",
    places: home.places,
    daemonPath: join(PROJECT_ROOT, "bin/keepsaked.js"),
    environment: home.env,
  });
}

function passphrase(): Secret {
  return new Secret(utf8(PASSPHRASE));
}

async function* importStream(size: number, texts: string[]): AsyncIterable<Uint8Array> {
  let chunk = "";
  for (const turn of conversationTurns(size)) {
    if (texts.length < 2_000) texts.push(turn.text);
    chunk += `${JSON.stringify(turn)}\n`;
    if (chunk.length < CHUNK_BYTES) continue;
    yield utf8(chunk);
    chunk = "";
  }
  if (chunk !== "") yield utf8(chunk);
}

async function saveInParallel(home: ThrowAwayHome): Promise<number> {
  const each = 50;
  const clients = await Promise.all(Array.from({ length: PARALLEL_CLIENTS - 1 }, () => connectTo(home)));
  const start = performance.now();
  await Promise.all(
    clients.map(async (client) => {
      for (let round = 0; round < each; round++) await client.call("memory.save", { text: `note ${round}` });
    }),
  );
  const seconds = (performance.now() - start) / 1_000;
  for (const client of clients) client.close();
  return (clients.length * each) / seconds;
}

async function lockAndUnlock(home: ThrowAwayHome, questions: readonly string[]) {
  const locks: number[] = [];
  const unlocks: number[] = [];
  for (let round = 0; round < 4; round++) {
    const client = await connectTo(home);
    const lockStart = performance.now();
    await client.call("vault.lock", {});
    client.close();
    const sealed = await connectTo(home);
    await sealed.call("vault.status", {});
    locks.push(performance.now() - lockStart);
    const unlockStart = performance.now();
    await sealed.call("vault.unlock", { with: "passphrase" }, { secrets: [passphrase()] });
    let isComplete = false;
    while (!isComplete) {
      const { complete } = await sealed.call("memory.search", { query: questions[round] ?? "" });
      isComplete = complete;
    }
    unlocks.push(performance.now() - unlockStart);
    sealed.close();
  }
  // The first unlock may have had no checkpoint yet; it is what the others are compared to in the page.
  return { lock: summarise(locks), unlock: summarise(unlocks.slice(1)) };
}

function residentBytes(pid: number | undefined): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1] ?? 0) * 1_024;
}

function folderBytes(folder: string): number {
  return Number(spawnSync("du", ["-sb", folder]).stdout.toString().split("\t")[0]);
}
