/**
 * The engine: the process that holds keys, index and database once the vault is open. It starts sealed and never becomes
 * sealed again: a lock ends it, so that nothing of what it held is left in any memory.
 *
 *   serve ─> wired, sealed ─> ready ─> connections … ─> lock, auto-lock, signal or front gone
 *   ─> no more requests ─> writes in flight end, replies go out (2 s at most) ─> vault closed ─> exit 0
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "../base/clock.ts";
import { systemClock } from "../base/clock.ts";
import type { ErrorCode } from "../base/errors.ts";
import { codeOf } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import type { Logger } from "../base/logger.ts";
import { startTimer } from "../base/timer.ts";
import {
  auditKeptMs,
  briefOf,
  ConfigurationFile,
  confirmMode,
  lockTimes,
  unlockKeychain,
} from "../platform/configuration.ts";
import type { Places } from "../platform/places.ts";
import { resolvePlaces } from "../platform/places.ts";
import { ensurePrivateDirectory } from "../platform/private-files.ts";
import { readOnlyPlaces } from "../platform/read-only-disk.ts";
import { checkScope } from "../policy/clients.ts";
import { createConfirmations } from "../policy/confirmations.ts";
import { createRateLimits } from "../policy/rate-limits.ts";
import type { Connections } from "../server/connections.ts";
import { createConnections } from "../server/connections.ts";
import type { ServiceDeps } from "../service/create-service.ts";
import { createService } from "../service/create-service.ts";
import type { Service } from "../service/service.ts";
import type { VaultDoor } from "../vault/vault.ts";
import { createAutoLock, isEndedByLock } from "./auto-lock.ts";
import type { LockReason } from "./auto-lock.ts";
import { ClientFolder } from "./client-folder.ts";
import { FrontChannel } from "./front-channel.ts";
import { copyVault, makeStandInFolders, readOnlyReason } from "./stand-in-vault.ts";
import { acquireEngineLock } from "./locks/engine-lock.ts";
import { openLogFile } from "./log-file.ts";
import { guardOpening, openAtStart } from "./opening.ts";
import { endOnCrash, endSignal } from "./process-events.ts";

/** A keychain that takes longer, or asks somebody, is waited for by nobody. */
const OPENING_AT_START_MS = 2_000;

/** What an engine is made of besides itself. */
export interface EngineParts extends Pick<ServiceDeps, "index" | "loadRedaction" | "version"> {
  /** The vault of a folder that exists and is private. */
  readonly openDoor: (
    places: Pick<Places, "vault" | "inboxToken">,
    means: { clock: Clock; logger: Logger; readOnly: string | undefined },
  ) => Promise<VaultDoor>;
  /** Has compiled what the first requests would otherwise wait for, step by step. */
  readonly warmUp: () => AsyncIterable<void>;
}

export interface EngineOptions {
  /** Allowed names only, with absolute paths. */
  readonly environment: Readonly<Record<string, string>>;
  readonly parts: EngineParts;
}

/** Why an engine ends; the names are events of the log. */
type EndReason = "lock-asked" | `lock-${LockReason}` | "front-asked" | "front-gone" | "signal";

interface Wired {
  readonly connections: Connections;
  readonly service: Service;
  readonly stopAutoLock: () => void;
  /** Opens the vault with the keychain, where the person wants that. */
  readonly openAtStart: () => Promise<void>;
}

/** Runs until something ends it; @returns the exit code. Rejects only before it is ready. */
export async function runEngine({ environment, parts }: EngineOptions): Promise<number> {
  let wired: Wired | undefined;
  let isFirst = false;
  let end: (reason: EndReason) => void = () => undefined;
  const ended = new Promise<EndReason>((resolve) => {
    end = resolve;
  });
  const channel = new FrontChannel({
    onConnection: (socket) => wired?.connections.serve(socket),
    onEnd: end,
    onFirst: () => (isFirst = true),
  });
  void endSignal().then(() => end("signal"));
  // An engine that is to follow another one has nothing else to do by now. Once it is its turn everything else comes first.
  const warming = new Warming(parts.warmUp());
  const isServed = await Promise.race([channel.served.then(() => true), ended.then(() => false)]);
  if (!isServed) return 0;
  warming.pause();

  const usual = resolvePlaces(environment);
  const standIn = await readOnlyPlaces(usual);
  if (standIn !== undefined) await makeStandInFolders(standIn);
  const places = standIn ?? usual;
  const logger = openLogFile(places.log, systemClock);
  endOnCrash(logger, "engine-crashed");
  const lock = await acquireEngineLock(places);
  if (standIn !== undefined) {
    await copyVault(usual.vault, standIn.vault);
    logger.log("vault-read-only");
  }
  const readOnly = standIn && readOnlyReason(usual);
  wired = await wire({ places, parts, readOnly, logger, end, onOpening: () => channel.opening() });
  // A lock is meant: no engine that follows one opens by itself. Whoever made the daemon start finds the vault open.
  if (isFirst) await Promise.race([wired.openAtStart(), elapsed(OPENING_AT_START_MS)]);
  channel.ready();
  warming.resume();
  const reason = await ended;
  warming.pause();
  channel.ending();
  logger.log(reason);
  await shutDown(wired, logger);
  await lock.release();
  return 0;
}

/** Work that is done a step at a time while there is nothing better to do. */
export class Warming {
  #isPaused = false;
  #resume: () => void = () => undefined;

  /** Starts at once; steps that fail are left out. */
  constructor(steps: AsyncIterable<void>) {
    this.#take(steps).catch(() => undefined);
  }

  /** No step is begun from here on. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#resume();
  }

  async #take(steps: AsyncIterable<void>): Promise<void> {
    for await (const _ of steps) {
      await nextTurn();
      while (this.#isPaused) await new Promise<void>((resolve) => (this.#resume = resolve));
    }
  }
}

async function wire(given: {
  readonly places: Places;
  readonly parts: EngineParts;
  readonly readOnly: string | undefined;
  readonly logger: Logger;
  readonly end: (reason: EndReason) => void;
  readonly onOpening: () => void;
}): Promise<Wired> {
  const { places, parts, readOnly, logger, end, onOpening } = given;
  const clock = systemClock;
  await ensurePrivateDirectory(places.vault);
  const door = await parts.openDoor(places, { clock, logger, readOnly });
  const registry = new ClientFolder({ folder: places.clients, clock, logger });
  const configuration = new ConfigurationFile(places.config);
  const autoLock = createAutoLock({
    clock,
    readTimes: async () => lockTimes(await configuration.read()),
    lock: (reason) => end(`lock-${reason}`),
  });
  const rateLimits = createRateLimits(clock);
  let isUsed = false;
  let keychainFault: ErrorCode | undefined;
  const service = createService({
    door,
    ...parts,
    registry,
    confirmations: createConfirmations(clock, async () => confirmMode(await configuration.read())),
    rateLimits,
    clock,
    logger,
    lock: ({ id }) => {
      if (isEndedByLock({ isOpen: door.state() === "open", isUsed, client: id })) end("lock-asked");
    },
    onOpen: () => autoLock.opened(),
    keychainFault: () => keychainFault,
    keepOpen: (ms) => autoLock.keepOpen(ms),
    locksAt: () => autoLock.locksAt(),
    lastRequestAt: () => autoLock.lastRequestAt(),
    briefSize: async () => {
      const size = briefOf(await configuration.read());
      // Where no session begins with a brief, a person or a model may still ask for one.
      return size === "off" ? "full" : size;
    },
    auditKeptMs: async () => auditKeptMs(await configuration.read()),
  });
  const handlers = guardOpening(service.handlers, async () => {
    await autoLock.prepare();
    onOpening();
  });
  const connections = createConnections({
    service: {
      handlers,
      state: () => service.state(),
      fault: () => service.fault(),
    },
    audit: service.audit,
    registry,
    checkScope,
    rateLimits,
    logger,
    clock,
    onActivity: () => {
      isUsed = true;
      autoLock.touch();
    },
  });
  const isWanted = async () => unlockKeychain(await configuration.read()) === "on";
  return {
    connections,
    service,
    stopAutoLock: () => autoLock.stop(),
    openAtStart: async () => {
      keychainFault = await openAtStart({ door, handlers, audit: service.audit, isWanted, logger });
    },
  };
}

/** Bounded in time: what is not done then ends with the process, and nothing acknowledged depends on it. */
async function shutDown({ connections, service, stopAutoLock }: Wired, logger: Logger): Promise<void> {
  stopAutoLock();
  await connections.drain();
  const closed = service.close().catch((error: unknown) => {
    logger.log("close-failed", { code: codeOf(error) });
  });
  await Promise.race([closed, elapsed(LIMITS.lockGraceMs)]);
}

function elapsed(ms: number): Promise<void> {
  return new Promise((resolve) => {
    startTimer(ms, resolve);
  });
}
