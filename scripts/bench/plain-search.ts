/** Searches of a vault over the socket with plain BM25: asked of a daemon that differs from the real one in nothing else. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { KeepsakeClient } from "../../src/client/keepsake-client.ts";
import { PROJECT_ROOT } from "../../test/support/throw-away-home.ts";
import type { ThrowAwayHome } from "../../test/support/throw-away-home.ts";
import { settle } from "./settle.ts";
import type { Summary } from "./statistics.ts";

/**
 * Takes the place of the home's daemon, which is ended, and stays.
 *
 * @param unlock - ends with the first answer from the whole index
 */
export async function measurePlainSearch(
  home: ThrowAwayHome,
  unlock: (client: KeepsakeClient) => Promise<void>,
  searchAll: (client: KeepsakeClient) => Promise<Summary>,
): Promise<Summary> {
  process.kill(home.frontId() ?? NaN, "SIGTERM");
  while (home.processIds().length > 0) await pause(20);
  const script = join(PROJECT_ROOT, "scripts/bench/plain-daemon.mjs");
  const daemon = spawn(process.execPath, [script], { env: { ...home.env }, cwd: "/", stdio: "ignore" });
  const client = await home.connect();
  try {
    await unlock(client);
    await settle(client);
    return await searchAll(client);
  } finally {
    client.close();
    daemon.kill("SIGTERM");
  }
}
