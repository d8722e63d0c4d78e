/**
 * `ping-child.ts`: a second client, in a process of its own. On each message `start` it connects to the daemon of its
 * environment and asks for `vault.status` every few milliseconds until the message `stop`, then sends what it waited. An
 * echo server in a third process is asked at the same pace: what that one's answers took is the machine's doing.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openClient } from "../../src/client/open-client.ts";
import { resolvePlaces } from "../../src/platform/places.ts";
import { startEcho } from "./floors.ts";
import type { PingFigures } from "./pinger.ts";
import { sampleAtPace } from "./statistics.ts";

const PACE_MS = 5;
/** A stall is to be measured, not to be an error. */
const TIMEOUT_MS = 600_000;

const folder = mkdtempSync(join(tmpdir(), "ks-ping-"));
const echo = await startEcho(folder);
let stop = (): void => {};
process.on("message", (message) => {
  if (message === "start") void ping();
  else stop();
});
process.once("disconnect", () => {
  echo.stop();
  rmSync(folder, { recursive: true });
  process.exit();
});
process.send?.("ready");

async function ping(): Promise<void> {
  const client = await openClient({ client: "cli", places: resolvePlaces(process.env) });
  const status = () => client.call("vault.status", {}, { timeoutMs: TIMEOUT_MS });
  const ended = new AbortController();
  stop = () => ended.abort();
  await status();
  process.send?.("pinging");
  const [daemon, echoed] = await Promise.all([
    sampleAtPace(PACE_MS, ended.signal, status),
    sampleAtPace(PACE_MS, ended.signal, echo.roundTrip),
  ]);
  client.close();
  process.send?.({ daemon, echo: echoed } satisfies PingFigures);
}
