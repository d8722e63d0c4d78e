/**
 * What a host's call does on a locked vault where the person wants it (`unlock.ask pinentry`): it starts `keepsake unlock` with a
 * window, in the person's own session and beside this process, and waits a while for what comes of it. The passphrase passes
 * neither the host nor this process: nothing is between them but an exit code.
 */
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { ERRORS } from "../../base/errors.ts";
import type { Clock } from "../../base/clock.ts";
import type { Settings } from "../../platform/configuration.ts";
import { ConfigurationFile, unlockAsk } from "../../platform/configuration.ts";
import { dialogEnvironment } from "../../platform/child-environment.ts";
import type { Places } from "../../platform/places.ts";
import { isSafeProgram } from "./find-pinentry.ts";
import { lastWindow } from "./last-window.ts";

/** `off`: nobody is asked; `asking`: the window is still open; `unavailable`: no window could be opened; `failed`: another reason. */
export type WindowOutcome = "open" | "off" | "refused" | "asking" | "no-program" | "unavailable" | "failed";

/** By the exit code of `keepsake unlock`; whatever else it ends with is `failed`. */
const OUTCOMES: ReadonlyMap<number | null, WindowOutcome> = new Map([
  [0, "open"],
  [ERRORS.NO_INPUT.exit, "unavailable"],
  [ERRORS.WRONG_PASSPHRASE.exit, "refused"],
  [ERRORS.INTERRUPTED.exit, "refused"],
]);

/** How long a call waits: hosts give one about a minute. The window stays for a while longer. */
const WAIT_MS = 50_000;

export interface UnlockWindowDeps {
  /** Id of the client that asks; all that the window says of it. */
  readonly client: string;
  readonly places: Pick<Places, "config" | "state">;
  /** `bin/keepsaked.js`, which `keepsake.js` lies beside. */
  readonly daemonPath: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
}

/** @returns what asks; it never rejects, and gives up with `signal`. Calls that come meanwhile share one window */
export function createUnlockWindow(deps: UnlockWindowDeps): (signal: AbortSignal) => Promise<WindowOutcome> {
  let running: Promise<WindowOutcome> | undefined;
  return async (signal) => {
    const { places, clock, daemonPath } = deps;
    const settings = await new ConfigurationFile(places.config).read().catch((): Settings => ({}));
    if (unlockAsk(settings) === "off" || daemonPath === undefined) return "off";
    if (running === undefined && (await lastWindow(places, clock.now()))?.asking === false) return "refused";
    const program = settings.unlock?.pinentry;
    if (program === undefined || !(await isSafeProgram(program))) return "no-program";
    running ??= unlockProcess(deps, join(dirname(daemonPath), "keepsake.js")).finally(() => {
      running = undefined;
    });
    return (await Promise.race([running, givenUp(signal)])) ?? "asking";
  };
}

async function unlockProcess(
  { client, environment }: UnlockWindowDeps,
  program: string,
): Promise<WindowOutcome> {
  const child = spawn(process.execPath, [program, "unlock", "--pinentry", "--for-client", client], {
    cwd: "/",
    detached: true,
    stdio: "ignore",
    env: dialogEnvironment(environment),
  });
  child.unref();
  return new Promise((resolve) => {
    child.once("error", () => resolve("failed"));
    child.once("exit", (code) => resolve(OUTCOMES.get(code) ?? "failed"));
  });
}

/** Resolves with nothing when it was waited for long enough, or nobody waits any more. */
function givenUp(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(end, WAIT_MS).unref();
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
    function end() {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve(undefined);
    }
  });
}
