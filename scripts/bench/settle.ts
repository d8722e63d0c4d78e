/** Waits until the engine has nothing left to do of its own, such as the checkpoint after an import (Linux). */
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import type { KeepsakeClient } from "../../src/client/keepsake-client.ts";

const LOOK_EVERY_MS = 250;
/** Clock ticks (10 ms) an idle engine may use between two looks. */
const IDLE_TICKS = 2;
/** Looks in a row without work; chores begin within two seconds. */
const IDLE_LOOKS = 12;
const LOOKS_MOST = 480;

/** Resolves after three idle seconds; gives up after two minutes, since a busy engine may be measured, too. */
export async function settle(client: KeepsakeClient): Promise<void> {
  const { pid } = await client.call("vault.status", {});
  let idle = 0;
  let before = ticksOf(pid);
  for (let look = 0; idle < IDLE_LOOKS && look < LOOKS_MOST; look++) {
    await pause(LOOK_EVERY_MS);
    const now = ticksOf(pid);
    idle = now - before <= IDLE_TICKS ? idle + 1 : 0;
    before = now;
  }
}

/** Processor time of a process, user and system. Its name may hold spaces, so fields are counted from behind it. */
function ticksOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}
