/**
 * The log on disk: 0600, lines of the `Logger` alone, at most two files of 1 MiB. Front and engine write to the same
 * file, each a line at a time in append mode; whoever finds it full moves it aside. A log that cannot be written never
 * stops the daemon.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, renameSync, writeSync } from "node:fs";
import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import { createLogger } from "../base/logger.ts";
import { checkPrivateFile } from "../platform/private-files.ts";

const LOG_BYTES = 1 << 20;

/**
 * Opens the log. Its folder is the caller's to check.
 *
 * @param capBytes - moved to `<path>.1` beyond this
 * @throws UNSAFE_PATH when something else than a private file is there
 */
export function openLogFile(path: string, clock: Clock, capBytes: number = LOG_BYTES): Logger {
  let file = openPrivately(path);
  return createLogger((line) => {
    try {
      if (fstatSync(file).size + line.length > capBytes) file = moveAside(path, file);
      writeSync(file, line);
    } catch {
      // there is nowhere left to say so
    }
  }, clock);
}

/** The other process may have moved it already: then there is only a newer one to open. */
function moveAside(path: string, file: number): number {
  const isStillThere = lstatSync(path, { throwIfNoEntry: false })?.ino === fstatSync(file).ino;
  if (isStillThere) renameSync(path, `${path}.1`);
  const next = openPrivately(path);
  closeSync(file);
  return next;
}

function openPrivately(path: string): number {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  const present = lstatSync(path, { throwIfNoEntry: false });
  if (present !== undefined) checkPrivateFile(present, path);
  const file = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
  checkPrivateFile(fstatSync(file), path);
  return file;
}
