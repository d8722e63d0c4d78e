/** A whole, durable file under a name that nothing else has, to be given its own by a rename or a link. */
import { constants } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { open, rename, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

const RANDOM_BYTES = 8;
const PRIVATE_MODE = 0o600;
/** Of `.0123456789abcdef.tmp`. */
const TAIL_CHARACTERS = 21;

/** Of every such file, whichever it is for. */
export const TEMPORARY_NAME = /^\.[\w.-]+\.[0-9a-f]{16}\.tmp$/;

/** @param name - of a file in the folder of `path` */
export function isTemporaryOf(path: string, name: string): boolean {
  return TEMPORARY_NAME.test(name) && name.slice(0, -TAIL_CHARACTERS) === `.${basename(path)}`;
}

interface Dressing {
  /** Whatever the umask says; 0600 unless given. */
  readonly mode?: number;
  /** Changes it before it is durable. */
  readonly dress?: (file: FileHandle) => Promise<void>;
}

/**
 * Writes `bytes` beside `path`.
 *
 * @returns the temporary's path; it is the caller's to rename, link or remove
 * @throws the system's error; nothing is left then
 */
export async function writeTemporary(
  path: string,
  bytes: Uint8Array,
  dressing: Dressing = {},
): Promise<string> {
  const { mode = PRIVATE_MODE, dress } = dressing;
  const random = Buffer.from(crypto.getRandomValues(new Uint8Array(RANDOM_BYTES))).toString("hex");
  const temporary = join(dirname(path), `.${basename(path)}.${random}.tmp`);
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
  const file = await open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, PRIVATE_MODE);
  try {
    await file.writeFile(bytes);
    if (mode !== PRIVATE_MODE) await file.chmod(mode);
    await dress?.(file);
    await file.sync();
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  } finally {
    await file.close();
  }
  return temporary;
}

/** Gives a temporary its name, whatever had it. @throws the system's error; the temporary is gone then */
export async function takePlace(temporary: string, path: string): Promise<void> {
  try {
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
}
