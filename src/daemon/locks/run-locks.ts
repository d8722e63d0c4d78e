import { resolvePlaces } from "../../platform/places.ts";
import type { LocksReport, LocksWish } from "../../protocol/locks-report.ts";
import { closeVault } from "./close-vault.ts";

/** Takes the locks for the process that started this one, tells it, and keeps them until that one lets go or is gone. */
export async function runLocks(
  environment: Readonly<Record<string, string>>,
  wish: LocksWish,
): Promise<void> {
  const released = new Promise<void>((resolve) => {
    process.once("disconnect", resolve);
  });
  const { report, release } = await closeVault(resolvePlaces(environment), wish);
  await tell(report);
  if (report.state === "free" && process.connected) await released;
  await release();
}

/** Resolves when it was sent, or nobody is there to hear it. */
function tell(report: LocksReport): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send?.(report, undefined, {}, () => resolve());
    else resolve();
  });
}
