/** The process of the CLI: everything the commands reach is wired here, and the exit code is set here. */
import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { addAbortSignal } from "node:stream";
import { isatty } from "node:tty";
import { fileURLToPath } from "node:url";
import { systemClock } from "../base/clock.ts";
import { KeepsakeError } from "../base/errors.ts";
import { systemErrorCode } from "../base/logger.ts";
import type { KeepsakeClient } from "../client/keepsake-client.ts";
import { openClient } from "../client/open-client.ts";
import { findDaemonPath } from "../client/start-daemon.ts";
import { isVaultPart } from "../platform/part-names.ts";
import type { Places } from "../platform/places.ts";
import { resolvePlaces } from "../platform/places.ts";
import { workingFolder } from "../platform/working-folder.ts";
import { ensurePrivateDirectory } from "../platform/private-files.ts";
import type { Context } from "./context.ts";
import { CLOSED_OUTPUT, isOutputClosed } from "../platform/closed-output.ts";
import { startProgress } from "./output/progress-bar.ts";
import { reportError } from "./output/report-error.ts";
import { createScreen } from "./output/screen.ts";
import { run } from "./run.ts";

const EXIT_INTERRUPTED = 130;
const EXIT_TERMINATED = 143;
/** What the completion scripts call; not a command for people. */
const COMPLETE = "complete";

const { stdout, stderr, env } = process;
/** A stream is made of it only where something is read. */
const isInputTerminal = isatty(0);
let input: NodeJS.ReadStream | undefined;
const screen = createScreen(isOutputClosed() ? CLOSED_OUTPUT : stdout, stderr, env);
const interrupted = new AbortController();
/** Rejects when it comes. */
let endWaiting: (error: KeepsakeError) => void;
const interruption = new Promise<never>((_resolve, reject) => (endWaiting = reject));
interruption.catch(() => {});
const connections: KeepsakeClient[] = [];

void main();

/** Whatever is still open is not taken apart, which would take time: only what was written has to be where it goes. */
async function main(): Promise<void> {
  const code = await outcomeOf(process.argv.slice(2));
  await Promise.all([stdout, stderr].map((stream) => new Promise((resolve) => stream.write("", resolve))));
  process.exit(code);
}

async function outcomeOf(argv: readonly string[]): Promise<number> {
  // Whether standard output took what was written is asked at the end; for standard error there is nobody left to tell.
  for (const stream of [stdout, stderr]) stream.on("error", () => {});
  onSignals();
  const context = await createContext();
  if (argv[0] === COMPLETE) {
    const { completeWords } = await import("./complete-words.ts");
    return completeWords(argv.slice(1), context);
  }
  return run(argv, { context, version });
}

function standardInput(): NodeJS.ReadStream {
  return (input ??= process.stdin);
}

/** The first Ctrl-C ends what is going on; a second one ends the process. */
function onSignals(): void {
  process.on("SIGINT", () => {
    if (interrupted.signal.aborted) leave(EXIT_INTERRUPTED);
    interrupted.abort();
    endWaiting(new KeepsakeError("INTERRUPTED"));
  });
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => leave(EXIT_TERMINATED));
  process.on("uncaughtException", (error) => leave(reportError(screen.err, error)));
}

/** A terminal is left as it was found. */
function leave(code: number): never {
  if (isInputTerminal) process.stdin.setRawMode(false);
  if (stderr.isTTY) stderr.write("\u001B[?25h");
  process.exit(code);
}

async function createContext(): Promise<Context> {
  // Only what needs a place is kept from it where none can be told.
  let resolved: Places | undefined;
  const places = () => (resolved ??= resolvePlaces(env));
  const configuration = async () => {
    const { ConfigurationFile } = await import("../platform/configuration.ts");
    return new ConfigurationFile(places().config);
  };
  const { folder, isGone } = workingFolder(env);
  const isInteractive = isInputTerminal && stderr.isTTY && env["TERM"] !== "dumb";
  const { createQuestions } = isInteractive ? await import("./asking/questions.ts") : {};
  return {
    screen,
    // Ctrl-C ends the wait for it, and with that its reader.
    input: {
      isTerminal: isInputTerminal,
      bytes: () => addAbortSignal(interrupted.signal, standardInput()),
    },
    ask: createQuestions?.(standardInput(), screen.err, stderr, () => process.emit("SIGINT")),
    environment: env,
    folder,
    isFolderGone: isGone,
    clock: systemClock,
    signal: interrupted.signal,
    configuration: {
      read: async () => (await configuration()).read(),
      replace: async (next) => {
        await ensurePrivateDirectory(places().config);
        await (await configuration()).replace(next);
      },
    },
    privatePlaces: async () => {
      const { PrivatePlaces, privatePlacesPath } = await import("../platform/privacy/private-places.ts");
      return PrivatePlaces.read(privatePlacesPath(places().config));
    },
    connect: async (how) => {
      const known = connections.findLast(({ isConnected }) => isConnected);
      if (known !== undefined) return known;
      const opening = openClient({
        client: "cli",
        places: places(),
        // Asked for only where no daemon runs.
        get daemonPath() {
          return how === "start" ? findDaemonPath(import.meta.url) : undefined;
        },
        environment: env,
      });
      const opened = await Promise.race([opening, interruption]);
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
      run: async (file, args) => {
        const { createRunCommand } = await import("../install/service-manager.ts");
        const { childEnvironment } = await import("../platform/child-environment.ts");
        return createRunCommand(childEnvironment(env), userId())(file, args);
      },
    }),
    takeVaultLocks: async (wish) => {
      const { takeVaultLocks } = await import("../client/take-vault-locks.ts");
      return takeVaultLocks(findDaemonPath(import.meta.url), env, wish);
    },
    hasVault: async () => holdsVault(places().vault),
    guessesFor: async (passphrase) => {
      const { guessesFor } = await import("./asking/passphrase-strength.ts");
      return guessesFor(passphrase, fileURLToPath(new URL("strength.js", import.meta.url)), env);
    },
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
