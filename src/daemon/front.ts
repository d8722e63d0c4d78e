/**
 * The front: the process that is there as long as the daemon is. It holds the instance lock and the socket, passes every
 * accepted connection to the engine without reading a byte of it, and starts an engine whenever there is none.
 *
 *   folders checked ─> lock ─> configuration read ─> cli's token there ─> socket ─> engine serves … ─> signal, or socket lost
 *   ─> socket removed ─> engine ends ─> lock released
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "../base/clock.ts";
import { ERRORS, KeepsakeError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import { systemErrorCode } from "../base/logger.ts";
import { ConfigurationFile } from "../platform/configuration.ts";
import { withoutCoreDumps } from "../platform/harden.ts";
import type { Places } from "../platform/places.ts";
import { resolvePlaces } from "../platform/places.ts";
import { removeTemporaries } from "../platform/private-files.ts";
import { readOnlyPlaces, standInPlaces } from "../platform/read-only-disk.ts";
import { checkSocketPath } from "../platform/socket-path.ts";
import { ensureOwnFolders } from "../platform/unsafe-places.ts";
import { ClientFolder } from "./client-folder.ts";
import { EngineKeeper } from "./engine-keeper.ts";
import { KeptSocket } from "./kept-socket.ts";
import { DaemonLock } from "./locks/daemon-lock.ts";
import { openLogFile } from "./log-file.ts";
import { CRASH_EXIT, endOnCrash, endSignal, errnoField } from "./process-events.ts";
import { createRestartBackoff } from "./restart-backoff.ts";
import { makeStandInFolders, removeStandIn } from "./stand-in-vault.ts";

/** How often it is looked whether a vault may be written to by now. */
const LOOK_AGAIN_MS = 10_000;
/** For V8: `eval` and `new Function` throw. */
const NO_CODE_FROM_TEXT = "--disallow-code-generation-from-strings";

export interface FrontOptions {
  /** Allowed names only, with absolute paths; engines get the same. */
  readonly environment: Readonly<Record<string, string>>;
  /** Absolute path of the script that is an engine when its argument is `engine`. */
  readonly engineScript: string;
  readonly printError: (text: string) => void;
}

/** Runs until a signal ends it; @returns the exit code. Never rejects. */
export async function runFront(options: FrontOptions): Promise<number> {
  try {
    const usual = resolvePlaces(options.environment);
    const standIn = await readOnlyPlaces(usual);
    const places = standIn ?? usual;
    checkSocketPath(places.socket);
    // A copy that an earlier daemon left would outlive what is purged.
    if (standIn === undefined) await removeStandIn(standInPlaces(usual));
    else await makeStandInFolders(standIn);
    await ensureOwnFolders(places);
    // Until here a signal ends the process at once: nothing is held yet, and a disk may keep it waiting for ever.
    const signal = endSignal();
    // The daemon of a vault that may be written to is another one, with other locks.
    const stopSignal = standIn === undefined ? signal : Promise.race([signal, whenWritable(usual)]);
    const lock = await DaemonLock.acquire(places);
    if (lock === undefined) {
      options.printError("keepsake: the daemon is running already\n");
      return 0;
    }
    try {
      await serve(places, options, { lock, stopSignal });
    } finally {
      if (standIn !== undefined) await removeStandIn(standIn);
      await lock.release();
    }
    return 0;
  } catch (error) {
    return reportFailure(error, options.printError);
  }
}

/**
 * Starts an engine: under a command line and environment that show nothing of what the user works on, and unable to turn
 * text into code.
 *
 * @internal for the test of what an engine cannot do
 */
export function spawnEngine({
  environment,
  engineScript,
}: Pick<FrontOptions, "environment" | "engineScript">): ChildProcess {
  const { file, args } = withoutCoreDumps(process.execPath, [NO_CODE_FROM_TEXT, engineScript, "engine"]);
  return spawn(file, args, {
    env: environment,
    // What V8 or a library might print is not for anybody's log.
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
}

async function whenWritable(usual: Places): Promise<NodeJS.Signals> {
  while ((await readOnlyPlaces(usual)) !== undefined) await sleep(LOOK_AGAIN_MS, undefined, { ref: false });
  return "SIGTERM";
}

async function serve(
  places: Places,
  options: FrontOptions,
  { lock, stopSignal }: { readonly lock: DaemonLock; readonly stopSignal: Promise<NodeJS.Signals> },
): Promise<void> {
  const logger = openLogFile(places.log, systemClock);
  endOnCrash(logger, "front-crashed");
  await new ConfigurationFile(places.config).read();
  const keeper = new EngineKeeper({
    startEngine: () => spawnEngine(options),
    backoff: createRestartBackoff(),
    clock: systemClock,
    logger,
  });
  keeper.prepare();
  try {
    await prepareClients(places, logger);
    await listen(places, keeper, { logger, lock, stopSignal });
  } finally {
    await keeper.stop();
  }
  logger.log("front-stopped");
}

async function prepareClients(places: Places, logger: Logger): Promise<void> {
  await removeTemporaries(places.config);
  await removeTemporaries(places.clients);
  await new ClientFolder({ folder: places.clients, clock: systemClock, logger }).ensureCli();
}

async function listen(
  places: Places,
  keeper: EngineKeeper,
  {
    logger,
    lock,
    stopSignal,
  }: { readonly logger: Logger; readonly lock: DaemonLock; readonly stopSignal: Promise<NodeJS.Signals> },
): Promise<void> {
  const socket = await KeptSocket.listen(places.socket, {
    onConnection: (connection) => keeper.pass(connection),
    onFailure: (error) => logger.log("accept-failed", errnoField(error)),
    isLockInPlace: () => lock.isInPlace(),
    onRenewed: () => logger.log("socket-renewed"),
  });
  try {
    keeper.start(true);
    logger.log("front-started");
    const asked = stopSignal.then((signal) => () => logger.log("front-stopping", { signal }));
    const lost = socket.lost.then((event) => () => logger.log(event));
    (await Promise.race([asked, lost]))();
  } finally {
    await socket.close();
  }
}

function reportFailure(error: unknown, printError: (text: string) => void): number {
  if (!(error instanceof KeepsakeError)) {
    printError(`keepsake: error: the daemon could not start (${systemErrorCode(error) ?? "INTERNAL"})\n`);
    return CRASH_EXIT;
  }
  printError(`keepsake: error: ${error.code}: ${error.message}\n`);
  if (error.hint !== undefined) printError(`keepsake: hint: ${error.hint}\n`);
  return ERRORS[error.code].exit;
}
