/**
 * What LevelDB says in words, as codes. It tells a full disk from other I/O errors by the system's text alone.
 */
import { KeepsakeError } from "../base/errors.ts";

const FULL = /No space left on device|Disk quota exceeded|ENOSPC|EDQUOT/;
/** I/O errors that no retry cures: a file of the store is gone or cut short. */
const GONE = /No such file or directory|Invalid argument/;

/** @returns DISK_FULL or WRITE_FAILED */
export function writeError(cause: unknown, folder: string): KeepsakeError {
  const isFull = chain(cause).some(({ message }) => FULL.test(message));
  const trouble = isFull ? "could not be written: the disk is full" : "could not be written";
  return new KeepsakeError(isFull ? "DISK_FULL" : "WRITE_FAILED", `${folder} ${trouble}`, { cause });
}

/** @returns DISK_FULL, WRITE_FAILED, BUSY or VAULT_DAMAGED */
export function openError(cause: unknown, folder: string): KeepsakeError {
  const causes = chain(cause);
  const hasCode = (code: string) => causes.some((each) => "code" in each && each.code === code);
  if (hasCode("LEVEL_LOCKED")) {
    return new KeepsakeError("BUSY", `${folder} is open in another process`, { cause });
  }
  if (hasCode("LEVEL_IO_ERROR") && !causes.some(({ message }) => GONE.test(message))) {
    return writeError(cause, folder);
  }
  return new KeepsakeError("VAULT_DAMAGED", `${folder} does not hold a readable store`, { cause });
}

/** An error and its causes, outermost first. */
function chain(error: unknown): readonly Error[] {
  return error instanceof Error ? [error, ...chain(error.cause)] : [];
}
