/**
 * At most one window that asks for a passphrase, over all hosts and their servers: a place that the system gives to one
 * process alone and takes back with its last breath, so that nothing of it is left behind by one that was killed.
 *
 * On Linux it is a listening socket without a file (an abstract one), by the numbers of the state folder, which tell nobody a path;
 * on macOS, which has none, a file that is opened with an exclusive lock. Whoever finds it taken waits until it is free.
 */
import { once } from "node:events";
import { constants } from "node:fs";
import { open, stat } from "node:fs/promises";
import { connect, createServer } from "node:net";
import type { Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { monotonicMs } from "../../base/clock.ts";
import { KeepsakeError } from "../../base/errors.ts";
import { systemErrorCode } from "../../base/logger.ts";
import type { Places } from "../../platform/places.ts";
import { ensurePrivateDirectory } from "../../platform/private-files.ts";

/** More than a window may be open for. */
const PATIENCE_MS = 70_000;
const RETRY_MS = 100;
/**
 * Of an abstract name: some versions of Node fill it with NULs to the end of the address and others do not, and both must mean
 * the same name.
 */
const ADDRESS_BYTES = 108;
/** Of macOS: the lock that `flock` takes, at once. */
const O_EXLOCK = 0x20;

/** @returns what gives the place back. @throws BUSY when it does not get free in time */
export async function takeOnlyWindow({ state }: Pick<Places, "state">): Promise<() => Promise<void>> {
  await ensurePrivateDirectory(state);
  const take = process.platform === "darwin" ? lockedFile(state) : await listeningSocket(state);
  const until = monotonicMs() + PATIENCE_MS;
  for (;;) {
    const release = await take();
    if (release !== undefined) return release;
    if (monotonicMs() >= until) throw new KeepsakeError("BUSY", "another window asks for the passphrase");
    await pause(RETRY_MS);
  }
}

type Take = () => Promise<(() => Promise<void>) | undefined>;

async function listeningSocket(state: string): Promise<Take> {
  const { dev, ino } = await stat(state);
  const path = `\0keepsake-window-${dev}-${ino}`.padEnd(ADDRESS_BYTES, "\0");
  return async () => {
    const waiting = new Set<Socket>();
    const server = createServer((socket) => {
      waiting.add(socket.on("error", () => undefined).on("close", () => waiting.delete(socket)));
    });
    try {
      server.listen({ path });
      await once(server, "listening");
    } catch (error) {
      if (systemErrorCode(error) !== "EADDRINUSE") throw error;
      await endOf(path);
      return undefined;
    }
    return async () => {
      const end = once(server, "close");
      server.close();
      for (const socket of waiting) socket.destroy();
      await end;
    };
  };
}

/** Until whoever has the place lets it go, or for a while: a stranger may keep it for ever. */
async function endOf(path: string): Promise<void> {
  const socket = connect({ path });
  socket.resume();
  // Who cannot be reached has gone just now, or is asked by too many at once.
  const end = once(socket, "close").catch(() => undefined);
  await Promise.race([end, pause(PATIENCE_MS, undefined, { ref: false })]);
  socket.destroy();
}

function lockedFile(state: string): Take {
  const path = join(state, "window.lock");
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NONBLOCK | O_EXLOCK;
  return async () => {
    const file = await open(path, flags, 0o600).catch((error: unknown) => {
      if (systemErrorCode(error) === "EAGAIN") return undefined;
      throw error;
    });
    return file === undefined ? undefined : () => file.close();
  };
}
