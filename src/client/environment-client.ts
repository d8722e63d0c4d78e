/** A client of the daemon that this process's environment points to, for programs that know nothing of places. */
import type { KeepsakeClient } from "./keepsake-client.ts";
import { resolvePlaces } from "../platform/places.ts";
import { openClient } from "./open-client.ts";
import { findDaemonPath } from "./start-daemon.ts";

/**
 * Opens the client by its token file, starting the daemon of this package when none runs.
 *
 * @param moduleUrl - `import.meta.url` of the caller, from which the daemon's program is found
 * @param waitMs - how long all of it may take
 * @throws what `openClient` throws
 */
export function openEnvironmentClient(
  client: string,
  moduleUrl: string,
  waitMs: number,
): Promise<KeepsakeClient> {
  return openClient({ client, places: resolvePlaces(), daemonPath: findDaemonPath(moduleUrl), waitMs });
}
