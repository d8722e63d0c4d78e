/**
 * Starts the daemon beside the user's session: detached, in `/`, with nothing of the terminal and only the allowed part of
 * the environment. It does not wait for it; whoever started it tries to connect.
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ERRORS } from "../base/errors.ts";
import { childEnvironment } from "../platform/child-environment.ts";

/** How deep in the package this module may lie: `src/client`, `dist/client` or, bundled, `dist/bundle/hooks`. */
const DEEPEST_FOLDER = 4;

export interface StartedDaemon {
  /** Whether it ended with an error; a second daemon that finds a first one ends without. */
  readonly hasFailed: boolean;
  /** Whether it ended because another daemon has the vault and does not answer at this socket. */
  readonly isKeptOut: boolean;
}

/** @param daemonPath - `bin/keepsaked.js` of this package */
export async function startDaemon(
  daemonPath: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<StartedDaemon> {
  // Most processes find a daemon that runs, and this takes a while to load.
  const { spawn } = await import("node:child_process");
  let hasFailed = false;
  let isKeptOut = false;
  const child = spawn(process.execPath, [daemonPath], {
    cwd: "/",
    detached: true,
    stdio: "ignore",
    env: childEnvironment(environment),
  });
  child.once("error", () => {
    hasFailed = true;
  });
  child.once("exit", (code) => {
    hasFailed = code !== 0;
    isKeptOut = code === ERRORS.DAEMON_UNREACHABLE.exit;
  });
  child.unref();
  return {
    get hasFailed() {
      return hasFailed;
    },
    get isKeptOut() {
      return isKeptOut;
    },
  };
}

/**
 * `bin/keepsaked.js` of the package that a module belongs to.
 *
 * @param moduleUrl - `import.meta.url` of any module of keepsake, bundled or not
 * @returns undefined when the package is not whole
 */
export function findDaemonPath(moduleUrl: string): string | undefined {
  let folder = dirname(fileURLToPath(moduleUrl));
  for (let depth = 0; depth < DEEPEST_FOLDER; depth++) {
    const path = join(folder, "bin", "keepsaked.js");
    if (existsSync(path) && existsSync(join(folder, "package.json"))) return path;
    folder = dirname(folder);
  }
  return undefined;
}
