/**
 * The real daemon over its real socket, one size at a time, in a home of its own, each step beside the floor measured
 * just before it. Long steps run while a second client watches how long it waits.
 */
import { spawnSync } from "node:child_process";
import type { KeepsakeClient } from "../../src/client/keepsake-client.ts";
import type { Result } from "../../src/protocol/method-table.ts";
import { ThrowAwayHome } from "../../test/support/throw-away-home.ts";
import { questionsAbout } from "../bench-search/talk.ts";
import { argonFloor, echoFloor, openAppendFloor } from "./floors.ts";
import { engineBytes, forgetPeak } from "./engine-memory.ts";
import { measureHooks } from "./hook-figures.ts";
import type { HookFigures } from "./hook-figures.ts";
import { importStream } from "./import-stream.ts";
import { connectTo, lock, measureLocks, passphrase, unlock } from "./lock-figures.ts";
import type { LockFigures } from "./lock-figures.ts";
import { openAllFloor } from "./open-all-floor.ts";
import { Pinger } from "./pinger.ts";
import { measurePlainSearch } from "./plain-search.ts";
import type { PingFigures } from "./pinger.ts";
import { settle } from "./settle.ts";
import { sample, sampleInTurns, timed } from "./statistics.ts";
import type { Summary } from "./statistics.ts";

const PARALLEL_CLIENTS = 7;
const QUESTIONS = 400;
/** As many as the talk is of. */
const PROJECTS = 12;
/** Nothing a benchmark asks for is given up on. */
const TIMEOUT_MS = 1_800_000;

export interface DaemonFloors {
  readonly fsync: Summary;
  readonly echo: Summary;
  readonly argon2: Summary;
  /** Milliseconds to open as many records as there are memories, in memory. */
  readonly openAllMs: number;
}

export interface DaemonFigures extends LockFigures {
  readonly kdf: Result<"vault.create">["kdf"];
  readonly floors: DaemonFloors;
  readonly importMs: number;
  /** The most the engine's resident memory was during the import. */
  readonly importPeakBytes: number;
  readonly save: Summary;
  /** Saves a second by several clients at once. */
  readonly parallelSaves: number;
  readonly search: Summary;
  /** With plain BM25 in place of the ranking. */
  readonly plainSearch: Summary;
  readonly get: Summary;
  readonly status: Summary;
  /** What a session of a host begins with. */
  readonly brief: Summary;
  /** The engine's resident memory after an unlock and its first answers. */
  readonly unlockedBytes: number;
  /** The part of it that is not mapped from files, such as the tables of the database. */
  readonly unlockedOwnBytes: number;
  readonly verifyMs: number;
  readonly purgeMs: number;
  readonly diskBytes: number;
  readonly hooks: HookFigures;
  /** What a second client waited for, by what was done meanwhile. */
  readonly stalls: Readonly<Record<"import" | "search" | "unlock" | "verify" | "purge", PingFigures>>;
}

/** @param keepHome - given the home, its vault open, before it is removed */
export async function measureDaemon(
  size: number,
  say: (progress: string) => void,
  keepHome?: (home: ThrowAwayHome) => Promise<void>,
): Promise<DaemonFigures> {
  const home = new ThrowAwayHome();
  let pinger: Pinger | undefined;
  try {
    await home.startDaemon();
    const client = await connectTo(home);
    const secrets = [passphrase()];
    const { kdf } = await client.call("vault.create", { recovery: false }, { secrets, onProgress: () => {} });
    pinger = await Pinger.start(home.env);
    say(`${size}: import`);
    await forgetPeak(client);
    const imported = await pinger.timed(() =>
      client.call("data.import", { format: "bench" }, { stream: importStream(size), timeoutMs: TIMEOUT_MS }),
    );
    const importPeakBytes = await engineBytes(client, "VmHWM");
    await settle(client);

    say(`${size}: save, search, get`);
    const requests = await measureRequests(home, client, size);
    const searching = await pinger.timed(() => searchAll(client, questionsAbout(size, QUESTIONS)));
    client.close();

    say(`${size}: lock, unlock`);
    const argon2 = await argonFloor(kdf);
    const lockFigures = await measureLocks(home);
    await lock(home);
    const again = await connectTo(home);
    await settle(again);
    const unlocking = await pinger.timed(() => unlock(again));
    const unlockedBytes = await engineBytes(again, "VmRSS");
    const unlockedOwnBytes = await engineBytes(again, "RssAnon");
    await settle(again);

    say(`${size}: verify, purge`);
    const openAllMs = openAllFloor(size);
    const verifying = await pinger.timed(() => verify(again));
    const purging = await pinger.timed(() => again.call("vault.rotate", {}, { timeoutMs: TIMEOUT_MS }));
    again.close();
    const diskBytes = folderBytes(home.places.vault);
    await keepHome?.(home);
    say(`${size}: search with plain BM25`);
    const plainSearch = await measurePlainSearch(home, unlock, (plain) => sampleSearches(plain, size));
    say(`${size}: hooks, inbox`);
    const hooks = await measureHooks(home, size);
    return {
      kdf,
      floors: { ...requests.floors, argon2, openAllMs },
      importMs: imported.ms,
      importPeakBytes,
      ...requests.figures,
      plainSearch,
      ...lockFigures,
      unlockedBytes,
      unlockedOwnBytes,
      verifyMs: verifying.ms,
      purgeMs: purging.ms,
      diskBytes,
      hooks,
      stalls: {
        import: imported.pings,
        search: searching.pings,
        unlock: unlocking.pings,
        verify: verifying.pings,
        purge: purging.pings,
      },
    };
  } finally {
    pinger?.stop();
    await home.remove();
  }
}

async function measureRequests(home: ThrowAwayHome, client: KeepsakeClient, size: number) {
  const questions = questionsAbout(size, QUESTIONS);
  const echo = await echoFloor(home.folder);
  const status = await sample(500, () => client.call("vault.status", {}));
  const floor = openAppendFloor(home.folder);
  let saved = 0;
  const { fsync, save } = await sampleInTurns(300, {
    fsync: floor.append,
    save: () =>
      client.call("memory.save", { text: `${questions[saved]} ${saved++}`, project: "/projects/p1" }),
  });
  floor.close();
  const parallelSaves = await saveInParallel(home);
  await settle(client);
  const ids: string[] = [];
  const search = await sampleSearches(client, size, (id) => ids.push(id));
  const get = await sample(300, (round) =>
    client.call("memory.get", { ids: [ids[round % ids.length] ?? ""] }),
  );
  // Each of another project, so that nothing of it was found out before.
  const brief = await sample(100, (round) =>
    client.call("memory.brief", { project: `/projects/p${round % PROJECTS}` }),
  );
  return { floors: { fsync, echo }, figures: { save, parallelSaves, search, get, status, brief } };
}

/** @param found - told the best hit of each question */
async function sampleSearches(
  client: KeepsakeClient,
  size: number,
  found: (id: string) => void = () => {},
): Promise<Summary> {
  const questions = questionsAbout(size, QUESTIONS);
  await searchAll(client, questions.slice(0, 50));
  return sample(questions.length, async (round) => {
    const { hits } = await client.call("memory.search", { query: questions[round] ?? "", limit: 10 });
    for (const { id } of hits.slice(0, 1)) found(id);
  });
}

async function searchAll(client: KeepsakeClient, questions: readonly string[]): Promise<void> {
  for (const query of questions) await client.call("memory.search", { query, limit: 10 });
}

async function saveInParallel(home: ThrowAwayHome): Promise<number> {
  const each = 50;
  const clients = await Promise.all(Array.from({ length: PARALLEL_CLIENTS }, () => connectTo(home)));
  const ms = await timed(() =>
    Promise.all(
      clients.map(async (client) => {
        for (let round = 0; round < each; round++)
          await client.call("memory.save", { text: `note ${round}` });
      }),
    ),
  );
  for (const client of clients) client.close();
  return (clients.length * each) / (ms / 1_000);
}

async function verify(client: KeepsakeClient): Promise<void> {
  const { ok } = await client.call("vault.verify", {}, { timeoutMs: TIMEOUT_MS });
  if (!ok) throw new Error("the bench's vault does not verify");
}

function folderBytes(folder: string): number {
  return Number(spawnSync("du", ["-sb", folder]).stdout.toString().split("\t")[0]);
}
