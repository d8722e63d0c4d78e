/**
 * What the CLI, the MCP server and the hooks call: a client by its name, from its token file, with the daemon started if
 * there is none.
 */
import type { Socket } from "node:net";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { monotonicMs } from "../base/clock.ts";
import { CLIENT_ID_PATTERN, CLIENT_ID_RULE, OWNER_CLIENT } from "../base/client-id.ts";
import { KeepsakeError, hasCode } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { Secret } from "../base/secret.ts";
import type { Places } from "../platform/places.ts";
import { resolvePlaces } from "../platform/places.ts";
import { readOnlyPlaces } from "../platform/read-only-disk.ts";
import { checkSocketPath } from "../platform/socket-path.ts";
import { readTokenFile } from "../platform/token-file.ts";
import { findPathFault, findUnmadePlace, findUnsafePlace } from "../platform/unsafe-places.ts";
import { isDaemonAbsent } from "./absent.ts";
import { DaemonConnection } from "./connection.ts";
import { FramedSocket } from "./framed-socket.ts";
import type { KeepsakeClient } from "./keepsake-client.ts";
import type { Credentials } from "./hello-exchange.ts";
import { sayHello } from "./say-hello.ts";
import type { StartedDaemon } from "./start-daemon.ts";
import { findDaemonPath, startDaemon } from "./start-daemon.ts";

const RETRY_MS = 25;

export interface OpenClientOptions {
  /** Its name: `cli`, `claude-code`, … */
  readonly client: string;
  readonly places: Places;
  /** `bin/keepsaked.js`; without it a daemon that is not running is an error. */
  readonly daemonPath?: string | undefined;
  /** Of this process unless given; the daemon gets its allowed part. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** How long all of it may take. Unless given: `LIMITS.daemonAnswerMs`, and `daemonStartMs` for one that starts. */
  readonly waitMs?: number;
}

/**
 * Opens a client. While the daemon starts, replaces an engine that just locked, or has no place free, it tries again for
 * `waitMs`.
 *
 * @throws DAEMON_UNREACHABLE, DAEMON_UNTRUSTED, NOT_FOUND when the client has no token file, UNSAFE_PATH, PATH_TOO_LONG,
 * HELLO_FAILED, TOO_MANY_CONNECTIONS, UNSUPPORTED_VERSION, INVALID_PARAMS
 */
export async function openClient(options: OpenClientOptions): Promise<KeepsakeClient> {
  if (!CLIENT_ID_PATTERN.test(options.client)) throw new KeepsakeError("INVALID_PARAMS", CLIENT_ID_RULE);
  const from = monotonicMs();
  let started: StartedDaemon | undefined;
  let isStarting = false;
  const patienceMs = () => options.waitMs ?? (isStarting ? LIMITS.daemonStartMs : LIMITS.daemonAnswerMs);
  const remaining = () => from + patienceMs() - monotonicMs();
  let full: KeepsakeError | undefined;
  let { socket: path } = options.places;
  for (;;) {
    try {
      const socket = await openSocket(path);
      return await greetAs(options, socket, remaining);
    } catch (error) {
      if (!hasCode(error, "DAEMON_UNREACHABLE", "TOO_MANY_CONNECTIONS", "TIMEOUT")) throw error;
      const fault = await findPathFault(options.places, error.cause);
      if (fault !== undefined) throw fault;
      if (error.code === "TOO_MANY_CONNECTIONS") full = error;
      // Somebody is there, without an engine yet: under load one takes longer to load than an answer may.
      isStarting ||= error.code === "TIMEOUT";
      const isAbsent = isDaemonAbsent(error);
      const standIn = isAbsent ? (await readOnlyPlaces(options.places))?.socket : undefined;
      if (standIn !== undefined && standIn !== path) {
        path = standIn;
        continue;
      }
      if (isAbsent && options.daemonPath === undefined) throw error;
      if (started?.hasFailed === true || remaining() < RETRY_MS)
        throw full ?? (await unreachableError(options, error, started));
      if (isAbsent && options.daemonPath !== undefined) {
        started ??= await startDaemon(options.daemonPath, options.environment);
        isStarting = true;
      }
    }
    await sleep(RETRY_MS);
  }
}

/**
 * Opens a client of the daemon that this process's environment points to, starting the one of this package when none runs.
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

/**
 * Says the hello on a connected socket and takes it over.
 *
 * @param credentials - the caller wipes the token
 * @throws DAEMON_UNTRUSTED (nothing was sent then) and what else `sayHello` throws; the socket is destroyed then
 */
export async function greet(
  connected: Socket,
  credentials: Credentials,
  helloMs: number = LIMITS.helloMs,
): Promise<KeepsakeClient> {
  const socket = new FramedSocket(connected, { json: LIMITS.helloFrameBytes, secret: 0, stream: 0 });
  try {
    await sayHello(socket, credentials, helloMs);
    return new DaemonConnection(socket);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** @throws DAEMON_UNREACHABLE with the system's error as its cause, PATH_TOO_LONG */
export async function openSocket(path: string): Promise<Socket> {
  checkSocketPath(path);
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    const onError = (cause: Error) => reject(new KeepsakeError("DAEMON_UNREACHABLE", undefined, { cause }));
    // It stays: until somebody says hello on the socket nobody else would hear of an error, which would end the process.
    socket.on("error", onError);
    socket.once("connect", () => resolve(socket));
  });
}

async function greetAs(
  options: OpenClientOptions,
  socket: Socket,
  remaining: () => number,
): Promise<KeepsakeClient> {
  let token: Secret | undefined;
  try {
    token = await readToken(options, remaining);
    return await greet(socket, { client: options.client, token }, Math.max(1, remaining()));
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    token?.wipe();
  }
}

/** The daemon makes the owner's token by itself when it starts for the first time; any other one is there or is not. */
async function readToken({ client, places }: OpenClientOptions, remaining: () => number): Promise<Secret> {
  const path = join(places.clients, `${client}.json`);
  for (;;) {
    const found = await readTokenFile(path);
    if (found !== undefined) return new Secret(found.token);
    if (client !== OWNER_CLIENT || remaining() < RETRY_MS) {
      throw new KeepsakeError("NOT_FOUND", `there is no client ${client}: ${path} is missing`, {
        hint:
          client === OWNER_CLIENT
            ? 'run "keepsake lock": it ends the daemon, and the next one makes it again'
            : `run "keepsake client add ${client}" in a terminal`,
      });
    }
    await sleep(RETRY_MS);
  }
}

/** A place the daemon refuses is the reason, and says more than that nobody answers. */
async function unreachableError(
  { places }: OpenClientOptions,
  cause: KeepsakeError,
  started: StartedDaemon | undefined,
): Promise<KeepsakeError> {
  const unsafe =
    (await findUnsafePlace(places)) ??
    (started?.hasFailed === true ? await findUnmadePlace(places) : undefined);
  if (unsafe !== undefined) return unsafe;
  if (started?.isKeptOut === true) {
    return new KeepsakeError(
      "DAEMON_UNREACHABLE",
      `another daemon has this vault, not the one at ${places.socket}`,
      {
        cause,
        hint: '"keepsake lock" ends it; set KEEPSAKE_SOCKET alike for every program that uses keepsake',
      },
    );
  }
  return new KeepsakeError("DAEMON_UNREACHABLE", undefined, {
    cause,
    hint: `run "keepsake status"; the log may say why: ${places.log}`,
  });
}
