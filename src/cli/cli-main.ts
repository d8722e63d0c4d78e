/** The process of the CLI: everything the commands reach is wired here, and the exit code is set here. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { addAbortSignal } from "node:stream";
import { fileURLToPath } from "node:url";
import { systemClock } from "../base/clock.ts";
import { KeepsakeError } from "../base/errors.ts";
import { systemErrorCode } from "../base/logger.ts";
import type { KeepsakeClient } from "../client/keepsake-client.ts";
import { openClient } from "../client/open-client.ts";
import { PrivatePlaces, privatePlacesPath } from "../platform/privacy/private-places.ts";
import { findDaemonPath } from "../client/start-daemon.ts";
import { takeVaultLocks } from "../client/take-vault-locks.ts";
import { createRunCommand } from "../install/service-manager.ts";
import { childEnvironment } from "../platform/child-environment.ts";
import { ConfigurationFile } from "../platform/configuration.ts";
import { isVaultPart } from "../platform/part-names.ts";
import type { Places } from "../platform/places.ts";
import { resolvePlaces } from "../platform/places.ts";
import { workingFolder } from "../platform/working-folder.ts";
import { ensurePrivateDirectory } from "../platform/private-files.ts";
import { completeWords } from "./complete-words.ts";
import type { Context } from "./context.ts";
import { guessesFor } from "./asking/passphrase-strength.ts";
import { createQuestions } from "./asking/questions.ts";
import { CLOSED_OUTPUT, isOutputClosed } from "../platform/closed-output.ts";
import { startProgress } from "./output/progress-bar.ts";
import { reportError } from "./output/report-error.ts";
import { createScreen } from "./output/screen.ts";
import { run } from "./run.ts";

const EXIT_INTERRUPTED = 130;
const EXIT_TERMINATED = 143;
/** What the completion scripts call; not a command for people. */
const COMPLETE = "complete";

const { stdin, stdout, stderr, env } = process;
const screen = createScreen(isOutputClosed() ? CLOSED_OUTPUT : stdout, stderr, env);
const interrupted = new AbortController();
const connections: KeepsakeClient[] = [];

process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  // Whether standard output took what was written is asked at the end; for standard error there is nobody left to tell.
  for (const stream of [stdout, stderr]) stream.on("error", () => {});
  onSignals();
  try {
    const context = createContext();
    if (argv[0] === COMPLETE) return await completeWords(argv.slice(1), context);
    return await run(argv, { context, version });
  } finally {
    for (const connection of connections) connection.close();
    stdin.pause();
  }
}

/** The first Ctrl-C ends what is going on; a second one ends the process. */
function onSignals(): void {
  process.on("SIGINT", () => {
    if (interrupted.signal.aborted) leave(EXIT_INTERRUPTED);
    interrupted.abort();
  });
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => leave(EXIT_TERMINATED));
  process.on("uncaughtException", (error) => leave(reportError(screen.err, error)));
}

/** A terminal is left as it was found. */
function leave(code: number): never {
  if (stdin.isTTY) stdin.setRawMode(false);
  if (stderr.isTTY) stderr.write("\u001B[?25h");
  process.exit(code);
}

function createContext(): Context {
  // Only what needs a place is kept from it where none can be told.
  let resolved: Places | undefined;
  const places = () => (resolved ??= resolvePlaces(env));
  const configuration = () => new ConfigurationFile(places().config);
  const { folder, isGone } = workingFolder(env);
  const isInteractive = stdin.isTTY && stderr.isTTY && env["TERM"] !== "dumb";
  return {
    screen,
    // Ctrl-C ends the wait for it, and with that its reader.
    input: { isTerminal: stdin.isTTY, bytes: () => addAbortSignal(interrupted.signal, stdin) },
    ask: isInteractive ? createQuestions(stdin, screen.err, stderr, () => process.emit("SIGINT")) : undefined,
    environment: env,
    folder,
    isFolderGone: isGone,
    clock: systemClock,
    signal: interrupted.signal,
    configuration: {
      read: async () => configuration().read(),
      replace: async (next) => {
        await ensurePrivateDirectory(places().config);
        await configuration().replace(next);
      },
    },
    privatePlaces: async () => PrivatePlaces.read(privatePlacesPath(places().config)),
    connect: async (how) => {
      const known = connections.findLast(({ isConnected }) => isConnected);
      if (known !== undefined) return known;
      const daemonPath = how === "start" ? findDaemonPath(import.meta.url) : undefined;
      const settled = new AbortController();
      const opened = await Promise.race([
        openClient({ client: "cli", places: places(), daemonPath, environment: env }),
        once(interrupted.signal, "abort", { signal: settled.signal }).then(() =>
          Promise.reject(new KeepsakeError("INTERRUPTED")),
        ),
      ]).finally(() => settled.abort());
      connections.push(opened);
      return opened;
    },
    openLocked: () => Promise.reject(new KeepsakeError("VAULT_SEALED")),
    get socket() {
      return places().socket;
    },
    setup: () => ({
      places: places(),
      programs: { node: process.execPath, program: join(dirname(wholePackage()), "keepsake.js") },
      around: { environment: env, platform: process.platform },
    }),
    service: () => ({
      places: places(),
      around: { environment: env, platform: process.platform },
      node: process.execPath,
      daemon: wholePackage(),
      uid: userId(),
      run: createRunCommand(childEnvironment(env), userId()),
    }),
    takeVaultLocks: (wish) => takeVaultLocks(findDaemonPath(import.meta.url), env, wish),
    hasVault: async () => holdsVault(places().vault),
    guessesFor: (passphrase) =>
      guessesFor(passphrase, fileURLToPath(new URL("strength.js", import.meta.url)), env),
    progress: (label) => startProgress(label, screen.err, stderr, systemClock),
    mayHaveKeychain: process.platform === "darwin" || Boolean(env["DBUS_SESSION_BUS_ADDRESS"]),
  };
}

function userId(): number {
  return process.getuid?.() ?? 0;
}

/** `bin/keepsaked.js`. @throws INTERNAL when this copy of keepsake is not whole */
function wholePackage(): string {
  const path = findDaemonPath(import.meta.url);
  if (path === undefined) throw new KeepsakeError("INTERNAL", "this copy of keepsake is not whole");
  return path;
}

/** Whether anything of a vault is there: one that a part is missing from is no less a vault. */
async function holdsVault(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).some((name) => isVaultPart(name));
  } catch (error) {
    return systemErrorCode(error) !== "ENOENT";
  }
}

/** From the package this file belongs to. */
function version(): string {
  const daemon = findDaemonPath(import.meta.url);
  if (daemon === undefined) return "unknown";
  const text = readFileSync(join(dirname(dirname(daemon)), "package.json"), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}
