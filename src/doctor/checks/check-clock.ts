/**
 * Whether the clock went back: what was written to the vault cannot lie ahead. A clock that is ahead itself cannot be told from one
 * that is right.
 */
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { formatAge } from "../../base/shown-values.ts";
import { isVaultPart } from "../../platform/part-names.ts";
import type { Finding } from "../finding.ts";
import { failure, ok } from "../finding.ts";
import type { Patient } from "../patient.ts";
import { knownStatus } from "../patient.ts";

/** Clocks are set right by less all the time. */
const TOLERANCE_MS = 120_000;

export async function checkClock(patient: Patient): Promise<Finding> {
  const { setup, clock } = patient;
  const now = clock.now();
  const since = (await knownStatus(patient))?.open?.since;
  const opened = since === undefined ? 0 : Date.parse(since);
  const newest = Math.max(opened, await newestWrite(setup.places.vault));
  if (newest <= now + TOLERANCE_MS) return ok("in step with what was last written");
  const ahead = formatAge(new Date(newest).toISOString(), now);
  return failure(`the clock is behind: what was last written to the vault is of a time ${ahead}`, {
    command: setup.around.platform === "darwin" ? "sudo sntp -sS time.apple.com" : "timedatectl set-ntp true",
  });
}

async function newestWrite(vault: string): Promise<number> {
  const names = await readdir(vault).catch(() => []);
  let newest = 0;
  for (const name of names.filter((each) => isVaultPart(each))) {
    const found = await lstat(join(vault, name)).catch(() => undefined);
    newest = Math.max(newest, found?.mtimeMs ?? 0);
  }
  return newest;
}
