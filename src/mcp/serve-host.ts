/**
 * The server of a host, from what was heard of the session so far. Ends when standard input does, once the calls under way are
 * answered.
 */
import type { Writable } from "node:stream";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { systemClock } from "../base/clock.ts";
import { HOSTS } from "../client/hosts.ts";
import { openEnvironmentClient } from "../client/open-client.ts";
import { findDaemonPath } from "../client/start-daemon.ts";
import type { WindowOutcome } from "../client/window/unlock-window.ts";
import { privacyNow } from "../platform/privacy/private-places.ts";
import { resolveProject } from "../client/projects/project.ts";
import { resolvePlaces } from "../platform/places.ts";
import { createAskingLink } from "./asking-link.ts";
import { CALL_MS, createDaemonLink } from "./daemon-link.ts";
import { createMcpServer } from "./mcp-server.ts";
import type { Heard } from "./opening/hear-opening.ts";
import { PatientTransport } from "./patient-transport.ts";
import { randomMark } from "../base/stored-text.ts";

/** What opening may take of a call's time, so that its own error arrives before the call's deadline. */
const OPEN_MS = CALL_MS - 300;
/** How long calls under way may take after standard input has ended. */
const LEAVE_MS = 1_000;

interface Host {
  /** The name to connect as. */
  readonly client: string;
  readonly version: string;
  readonly output: Writable;
  readonly heard: Heard;
  /** Of the program that runs. */
  readonly programUrl: string;
}

export function serveHost({ client, version, output, heard, programUrl }: Host): void {
  if (process.stdin.readableEnded || process.stdin.destroyed) leave();
  else process.stdin.once("end", leave).once("close", leave);
  const line = createDaemonLink({
    open: () => openEnvironmentClient(client, programUrl, OPEN_MS),
    client,
    clock: systemClock,
  });
  const daemon = createAskingLink(line, windowOf(client, programUrl));
  serveStdio(
    () =>
      createMcpServer({
        daemon,
        clock: systemClock,
        version,
        hostFolder: HOSTS.map(({ folderVariable }) => process.env[folderVariable]).find(Boolean),
        workingFolder: workingFolder(),
        resolveProject,
        privacyOf: (where) => privacyNow(where, systemClock.now()),
        drawMark: randomMark,
        drawKey: () => `mcp-${crypto.randomUUID()}`,
      }),
    { transport: new PatientTransport(process.stdin, output, heard) },
  );
}

/** Loaded when the vault is found locked, and not before. */
function windowOf(client: string, programUrl: string): (signal: AbortSignal) => Promise<WindowOutcome> {
  let ask: Promise<(signal: AbortSignal) => Promise<WindowOutcome>> | undefined;
  const load = async () => {
    const { createUnlockWindow } = await import("../client/window/unlock-window.ts");
    return createUnlockWindow({
      client,
      places: resolvePlaces(),
      daemonPath: findDaemonPath(programUrl),
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
