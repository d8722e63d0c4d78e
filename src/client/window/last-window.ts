/**
 * The window that asked last: kept beside the log for every program that could ask, so that none does for a while after one
 * that did not open the vault. It is written before a window is shown, so that one whose program is killed counts as well. It
 * holds a time and whether the window is open, and nothing else. A clock that is set wrong keeps nobody quiet for longer than
 * that while: a time that lies ahead does not count.
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

export interface LastWindow {
  readonly at: number;
  /** It is open, or whoever showed it was killed: only who has the place of the only window can tell. */
  readonly asking?: boolean;
}

/** Less than five minutes ago. A file that cannot be read says nothing. */
export async function lastWindow({ state }: State, now: number): Promise<LastWindow | undefined> {
  const last = await readPrivateFile(join(state, FILE), FILE_BYTES)
    .then((bytes) => parsed(bytes))
    .catch(() => undefined);
  return last !== undefined && now >= last.at && now - last.at < QUIET_MS ? last : undefined;
}

/** @throws UNSAFE_PATH, DISK_FULL, WRITE_FAILED */
export async function noteWindow({ state }: State, window: LastWindow): Promise<void> {
  await ensurePrivateDirectory(state);
  await replacePrivateFile(join(state, FILE), utf8(`${JSON.stringify(window)}\n`));
}

export async function forgetWindow({ state }: State): Promise<void> {
  await removePrivateFile(join(state, FILE)).catch(() => undefined);
}

function parsed(bytes: Uint8Array | undefined): LastWindow | undefined {
  if (bytes === undefined) return undefined;
  const value: unknown = JSON.parse(fromUtf8(bytes));
  if (typeof value !== "object" || value === null || !("at" in value)) return undefined;
  if (typeof value.at !== "number") return undefined;
  return { at: value.at, asking: "asking" in value && value.asking === true };
}
