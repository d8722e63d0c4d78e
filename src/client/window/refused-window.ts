/**
 * That nobody wanted to be asked: kept beside the log for every program that could ask, so that none does for a while. It holds
 * a time and nothing else. A clock that is set wrong keeps them quiet no longer than that while: a time that lies ahead does not count.
 */
import { join } from "node:path";
import { fromUtf8, utf8 } from "../../base/bytes.ts";
import type { Places } from "../../platform/places.ts";
import {
  ensurePrivateDirectory,
  readPrivateFile,
  removePrivateFile,
  replacePrivateFile,
} from "../../platform/private-files.ts";

export const QUIET_MS = 300_000;
const FILE = "window-refused.json";
const FILE_BYTES = 256;

type State = Pick<Places, "state">;

/** Whether a window was refused, or left unanswered, less than five minutes ago. A file that cannot be read says nothing. */
export async function isQuiet({ state }: State, now: number): Promise<boolean> {
  const refusedAt = await readPrivateFile(join(state, FILE), FILE_BYTES)
    .then((bytes) => timeOf(bytes))
    .catch(() => undefined);
  return refusedAt !== undefined && now >= refusedAt && now - refusedAt < QUIET_MS;
}

/** @throws UNSAFE_PATH, DISK_FULL, WRITE_FAILED */
export async function noteRefusal({ state }: State, now: number): Promise<void> {
  await ensurePrivateDirectory(state);
  await replacePrivateFile(join(state, FILE), utf8(`${JSON.stringify({ at: now })}\n`));
}

export async function forgetRefusal({ state }: State): Promise<void> {
  await removePrivateFile(join(state, FILE)).catch(() => undefined);
}

function timeOf(bytes: Uint8Array | undefined): number | undefined {
  if (bytes === undefined) return undefined;
  const value: unknown = JSON.parse(fromUtf8(bytes));
  if (typeof value !== "object" || value === null || !("at" in value)) return undefined;
  return typeof value.at === "number" ? value.at : undefined;
}
