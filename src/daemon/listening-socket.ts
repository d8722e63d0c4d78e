/**
 * The daemon's socket, 0600 from birth in a folder of 0700:
 *
 *   lock held ─> stale one removed ─> bind a temporary name under umask 0177 ─> rename into place
 *
 * The rename is also what keeps the end of an old daemon harmless: a closing `net.Server` unlinks the name it was bound
 * to. The caller holds the instance lock from before `listenPrivately` until after `close`.
 */
import type { Stats } from "node:fs";
import { lstat, rename, unlink } from "node:fs/promises";
import type { Socket } from "node:net";
import { connect, createServer } from "node:net";
import { dirname, join } from "node:path";
import { once } from "node:events";
import { KeepsakeError } from "../base/errors.ts";
import { systemErrorCode } from "../base/logger.ts";
import { ensurePrivateDirectory } from "../platform/private-files.ts";
import { checkSocketPath } from "../platform/socket-path.ts";

export interface ListeningSocket {
  /** Whether the path still leads here. */
  isInPlace(): Promise<boolean>;
  /** Accepts nothing more and removes the socket, if the path still holds this one. */
  close(): Promise<void>;
}

export interface ListeningEvents {
  /** Receives each accepted connection paused: not a byte of it was read. */
  readonly onConnection: (socket: Socket) => void;
  /** A connection could not be accepted, for want of descriptors say; listening goes on. */
  readonly onFailure: (error: Error) => void;
}

/** @throws PATH_TOO_LONG, UNSAFE_PATH */
export async function listenPrivately(
  path: string,
  { onConnection, onFailure }: ListeningEvents,
): Promise<ListeningSocket> {
  const temporary = temporaryBeside(path);
  checkSocketPath(path);
  checkSocketPath(temporary);
  await ensurePrivateDirectory(dirname(path));
  await removeStale(path);

  const server = createServer({ pauseOnConnect: true }, onConnection);
  const listening = once(server, "listening");
  const umask = process.umask(0o177);
  try {
    server.listen(temporary);
  } finally {
    process.umask(umask);
  }
  await listening;
  server.on("error", onFailure);
  const own = await lstat(temporary);
  await rename(temporary, path);
  const isInPlace = async () => {
    const found = await lstat(path).catch(() => undefined);
    return found !== undefined && isSame(found, own);
  };
  return {
    isInPlace,
    close: async () => {
      server.close();
      if (await isInPlace()) await unlink(path);
    },
  };
}

export async function isAnswering(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** @throws UNSAFE_PATH when it is not a socket of ours, or one that is alive */
async function removeStale(path: string): Promise<void> {
  let found: Stats;
  try {
    found = await lstat(path);
  } catch (error) {
    if (systemErrorCode(error) === "ENOENT") return;
    throw error;
  }
  if (!found.isSocket()) throw new KeepsakeError("UNSAFE_PATH", `${path} is not a socket`);
  if (found.uid !== process.getuid?.()) {
    throw new KeepsakeError("UNSAFE_PATH", `${path} belongs to another user`);
  }
  if (await isAnswering(path)) {
    throw new KeepsakeError("UNSAFE_PATH", `another program answers at ${path}`);
  }
  await unlink(path);
}

/** Short, since it must fit into a socket address like the name itself. */
function temporaryBeside(path: string): string {
  const random = Buffer.from(crypto.getRandomValues(new Uint8Array(3))).toString("hex");
  return join(dirname(path), `.${random}`);
}

function isSame(a: Stats, b: Stats): boolean {
  return a.ino === b.ino && a.dev === b.dev;
}
