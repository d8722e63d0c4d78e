import type { Places } from "../../platform/places.ts";
import { resolvePlaces } from "../../platform/places.ts";
import { readOnlyPlaces } from "../../platform/read-only-disk.ts";
import type { LocksReport, LocksWish } from "../../protocol/locks-report.ts";
import type { ClosedVault } from "./close-vault.ts";
import { closeVault } from "./close-vault.ts";
import { findHolders } from "./lock-holders.ts";
import { vaultLockFolders } from "./vault-locks.ts";

/** Takes the locks for the process that started this one, tells it, and keeps them until that one lets go or is gone. */
export async function runLocks(
  environment: Readonly<Record<string, string>>,
  wish: LocksWish,
): Promise<void> {
  const released = new Promise<void>((resolve) => {
    process.once("disconnect", resolve);
  });
  const { report, release } = await closeAnyVault(resolvePlaces(environment), wish);
  await tell(report);
  if (report.state === "free" && process.connected) await released;
  await release();
}

/**
 * Of a vault that may not be written to no lock can be taken: who has one all the same, since before or by another way to its
 * folder, is looked for, and the locks of those that stand in for them are taken.
 */
async function closeAnyVault(places: Places, wish: LocksWish): Promise<ClosedVault> {
  const standIn = await readOnlyPlaces(places);
  if (standIn === undefined) return closeVault(places, wish);
  const { front, engine } = vaultLockFolders(places);
  const holders = (await findHolders([...front, engine])).map(({ pid }) => pid);
  if (holders.length === 0) return closeVault(standIn, wish);
  return { report: { state: "held", holders }, release: () => Promise.resolve() };
}

/** Resolves when it was sent, or nobody is there to hear it. */
function tell(report: LocksReport): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send?.(report, undefined, {}, () => resolve());
    else resolve();
  });
}
