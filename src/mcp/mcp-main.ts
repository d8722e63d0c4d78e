/**
 * Entry of `keepsake-mcp`. Standard output carries the protocol and nothing else; standard error only fixed sentences,
 * since hosts copy it to files that others may read. Ends when standard input does, once the calls under way are answered.
 */
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import manifest from "../../package.json" with { type: "json" };
import { systemClock } from "../base/clock.ts";
import { hasCode } from "../base/errors.ts";
import { HOSTS } from "../client/hosts.ts";
import { openEnvironmentClient } from "../client/open-client.ts";
import { isPrivateNow } from "../client/private-places.ts";
import { resolveProject } from "../client/project.ts";
import { HELP, parseCommandLine } from "./command-line.ts";
import type { Command } from "./command-line.ts";
import { CALL_MS, createDaemonLink } from "./daemon-link.ts";
import { createMcpServer } from "./mcp-server.ts";
import { oneLineOutput } from "./one-line-output.ts";
import { PatientTransport } from "./patient-transport.ts";
import { randomMark } from "../base/stored-text.ts";

/** What opening may take of a call's time, so that its own error arrives before the call's deadline. */
const OPEN_MS = CALL_MS - 300;
/** How long calls under way may take after standard input has ended. */
const LEAVE_MS = 1_000;

const command = commandOrExit(process.argv.slice(2));
if (command.do === "help") process.stdout.write(HELP);
else if (command.do === "version") process.stdout.write(`${manifest.version}\n`);
else serve(command.client);

function serve(client: string): void {
  process.on("uncaughtException", () => {
    process.stderr.write("keepsake-mcp: error: INTERNAL: something unexpected happened\n");
  });
  process.stdin.once("end", leave).once("close", leave);
  const daemon = createDaemonLink({
    open: () => openEnvironmentClient(client, import.meta.url, OPEN_MS),
    client,
    clock: systemClock,
  });
  serveStdio(
    () =>
      createMcpServer({
        daemon,
        clock: systemClock,
        version: manifest.version,
        hostFolder: HOSTS.map(({ folderVariable }) => process.env[folderVariable]).find(Boolean),
        workingFolder: workingFolder(),
        resolveProject,
        isPrivate: (where) => isPrivateNow(where, systemClock.now()),
        drawMark: randomMark,
        drawKey: () => `mcp-${crypto.randomUUID()}`,
      }),
    { transport: new PatientTransport(process.stdin, oneLineOutput(process.stdout)) },
  );
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

function commandOrExit(args: readonly string[]): Command {
  try {
    return parseCommandLine(args);
  } catch (error) {
    const usage = hasCode(error, "USAGE") ? error : undefined;
    process.stderr.write(`keepsake-mcp: error: ${usage?.message ?? "INTERNAL"}\n`);
    if (usage?.hint !== undefined) process.stderr.write(`keepsake-mcp: hint: ${usage.hint}\n`);
    return process.exit(2);
  }
}
