/** How long locking and unlocking take, left alone in between as people leave it, and in haste. */
import { join } from "node:path";
import { utf8 } from "../../src/base/bytes.ts";
import { Secret } from "../../src/base/secret.ts";
import type { KeepsakeClient } from "../../src/client/keepsake-client.ts";
import { openClient } from "../../src/client/open-client.ts";
import type { ThrowAwayHome } from "../../test/support/throw-away-home.ts";
import { PASSPHRASE, PROJECT_ROOT } from "../../test/support/throw-away-home.ts";
import { settle } from "./settle.ts";
import { summarise, timed } from "./statistics.ts";
import type { Summary } from "./statistics.ts";

const ROUNDS = 3;
const TIMEOUT_MS = 1_800_000;

export interface LockFigures {
  /** Until a sealed engine answers. */
  readonly lock: Summary;
  /** To the first answer from the whole index. */
  readonly unlock: Summary;
  /** The same the moment the vault is open, and the moment it is locked. */
  readonly hastyLock: Summary;
  readonly hastyUnlock: Summary;
}

/** @param home - its vault open and idle; it is open afterwards */
export async function measureLocks(home: ThrowAwayHome): Promise<LockFigures> {
  const times = { lock: [], unlock: [], hastyLock: [], hastyUnlock: [] } as Record<
    keyof LockFigures,
    number[]
  >;
  for (let round = 0; round < ROUNDS; round++) {
    times.lock.push(await lock(home));
    await settled(home);
    times.unlock.push(await timedUnlock(home));
    times.hastyLock.push(await lock(home));
    times.hastyUnlock.push(await timedUnlock(home));
    await settled(home);
  }
  return {
    lock: summarise(times.lock),
    unlock: summarise(times.unlock),
    hastyLock: summarise(times.hastyLock),
    hastyUnlock: summarise(times.hastyUnlock),
  };
}

export function connectTo(home: ThrowAwayHome): Promise<KeepsakeClient> {
  return openClient({
    client: "cli",
    places: home.places,
    daemonPath: join(PROJECT_ROOT, "bin/keepsaked.js"),
    environment: home.env,
  });
}

export function passphrase(): Secret {
  return new Secret(utf8(PASSPHRASE));
}

/** Milliseconds until a sealed engine answers. */
export async function lock(home: ThrowAwayHome): Promise<number> {
  const client = await connectTo(home);
  return timed(async () => {
    await client.call("vault.lock", {});
    client.close();
    const sealed = await connectTo(home);
    await sealed.call("vault.status", {});
    sealed.close();
  });
}

/** Ends with the first answer that is from the whole index. */
export async function unlock(client: KeepsakeClient): Promise<void> {
  await client.call(
    "vault.unlock",
    { with: "passphrase" },
    { secrets: [passphrase()], timeoutMs: TIMEOUT_MS },
  );
  for (let isComplete = false; !isComplete;) {
    isComplete = (await client.call("memory.search", { query: "what was there" })).complete;
  }
}

async function timedUnlock(home: ThrowAwayHome): Promise<number> {
  const client = await connectTo(home);
  const ms = await timed(() => unlock(client));
  client.close();
  return ms;
}

async function settled(home: ThrowAwayHome): Promise<void> {
  const client = await connectTo(home);
  await settle(client);
  client.close();
}
