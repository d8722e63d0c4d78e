/**
 * Entry of `keepsake-mcp`. Standard output carries the protocol and nothing else; standard error only fixed sentences,
 * since hosts copy it to files that others may read. Ends when standard input does, once the calls under way are answered.
 */
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import manifest from "../../package.json" with { type: "json" };
import { systemClock } from "../base/clock.ts";
import { ERRORS, KeepsakeError } from "../base/errors.ts";
import { HOSTS } from "../client/hosts.ts";
import { openEnvironmentClient } from "../client/open-client.ts";
import { findDaemonPath } from "../client/start-daemon.ts";
import type { WindowOutcome } from "../client/window/unlock-window.ts";
import { privacyNow } from "../platform/privacy/private-places.ts";
import { resolveProject } from "../client/projects/project.ts";
import { CLOSED_OUTPUT, isOutputClosed } from "../platform/closed-output.ts";
import { Delivery, outputError } from "../platform/delivery.ts";
import { hardenProcess } from "../platform/harden.ts";
import { resolvePlaces } from "../platform/places.ts";
import { createAskingLink } from "./asking-link.ts";
import { HELP, parseCommandLine } from "./command-line.ts";
import { CALL_MS, createDaemonLink } from "./daemon-link.ts";
import { createMcpServer } from "./mcp-server.ts";
import { oneLineOutput } from "./one-line-output.ts";
import { PatientTransport } from "./patient-transport.ts";
import { randomMark } from "../base/stored-text.ts";

/** What opening may take of a call's time, so that its own error arrives before the call's deadline. */
const OPEN_MS = CALL_MS - 300;
/** How long calls under way may take after standard input has ended. */
const LEAVE_MS = 1_000;

hardenProcess();
void start().catch(leaveWith);

async function start(): Promise<void> {
  const command = parseCommandLine(process.argv.slice(2));
  const isClosed = isOutputClosed();
  if (command.do === "serve") serve(command.client, isClosed);
  else await show(command.do === "help" ? HELP : `${manifest.version}\n`, isClosed);
}

async function show(text: string, isClosed: boolean): Promise<void> {
  process.stdout.on("error", () => undefined);
  const delivery = new Delivery(isClosed ? CLOSED_OUTPUT : process.stdout);
  delivery.write(text);
  await delivery.end();
}

function serve(client: string, isClosed: boolean): void {
  // Nobody could be answered.
  if (isClosed) CLOSED_OUTPUT.write("", failOutput);
  process.stdout.on("error", failOutput);
  process.on("uncaughtException", () => {
    process.stderr.write("keepsake-mcp: error: INTERNAL: something unexpected happened\n");
  });
  process.stdin.once("end", leave).once("close", leave);
  const line = createDaemonLink({
    open: () => openEnvironmentClient(client, import.meta.url, OPEN_MS),
    client,
    clock: systemClock,
  });
  const daemon = createAskingLink(line, windowOf(client));
  serveStdio(
    () =>
      createMcpServer({
        daemon,
        clock: systemClock,
        version: manifest.version,
        hostFolder: HOSTS.map(({ folderVariable }) => process.env[folderVariable]).find(Boolean),
        workingFolder: workingFolder(),
        resolveProject,
        privacyOf: (where) => privacyNow(where, systemClock.now()),
        drawMark: randomMark,
        drawKey: () => `mcp-${crypto.randomUUID()}`,
      }),
    { transport: new PatientTransport(process.stdin, oneLineOutput(process.stdout)) },
  );
}

/** Loaded when the vault is found locked, and not before. */
function windowOf(client: string): (signal: AbortSignal) => Promise<WindowOutcome> {
  let ask: Promise<(signal: AbortSignal) => Promise<WindowOutcome>> | undefined;
  const load = async () => {
    const { createUnlockWindow } = await import("../client/window/unlock-window.ts");
    return createUnlockWindow({
      client,
      places: resolvePlaces(),
      daemonPath: findDaemonPath(import.meta.url),
      environment: process.env,
      clock: systemClock,
    });
  };
  return async (signal) => (await (ask ??= load()))(signal);
}

/** A folder that was deleted belongs to no project. */
function workingFolder(): string {
  try {
    return process.cwd();
  } catch {
    return "/";
  }
}

function leave(): void {
  setTimeout(() => process.exit(0), LEAVE_MS).unref();
}

/** A host that is gone is no failure: its end of standard input ends this process. */
function failOutput(cause?: unknown): void {
  const error = outputError(cause);
  if (error !== undefined) leaveWith(error);
}

function leaveWith(error: unknown): never {
  const { code, message, hint } = error instanceof KeepsakeError ? error : new KeepsakeError("INTERNAL");
  process.stderr.write(`keepsake-mcp: error: ${message}\n`);
  if (hint !== undefined) process.stderr.write(`keepsake-mcp: hint: ${hint}\n`);
  return process.exit(ERRORS[code].exit);
}
