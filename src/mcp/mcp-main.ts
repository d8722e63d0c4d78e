/**
 * Entry of `keepsake-mcp`. Standard output carries the protocol and nothing else; standard error only fixed sentences,
 * since hosts copy it to files that others may read.
 *
 * How a session opens is answered at once; the server is loaded when it has been, or for the first thing that is not known.
 */
import manifest from "../../package.json" with { type: "json" };
import { ERRORS, KeepsakeError } from "../base/errors.ts";
import { CLOSED_OUTPUT, isOutputClosed } from "../platform/closed-output.ts";
import { Delivery, outputError } from "../platform/delivery.ts";
import { hardenProcess } from "../platform/harden.ts";
import { HELP, parseCommandLine } from "./command-line.ts";
import { oneLineOutput } from "./one-line-output.ts";
import { FirstAnswers } from "./opening/first-answers.ts";
import { hearOpening } from "./opening/hear-opening.ts";
import { KNOWN_ANSWERS } from "./opening/known-answers.ts";

hardenProcess();
void start().catch(leaveWith);

async function start(): Promise<void> {
  const command = parseCommandLine(process.argv.slice(2));
  const isClosed = isOutputClosed();
  if (command.do === "serve") await serve(command.client, isClosed);
  else await show(command.do === "help" ? HELP : `${manifest.version}\n`, isClosed);
}

async function show(text: string, isClosed: boolean): Promise<void> {
  process.stdout.on("error", () => undefined);
  const delivery = new Delivery(isClosed ? CLOSED_OUTPUT : process.stdout);
  delivery.write(text);
  await delivery.end();
}

async function serve(client: string, isClosed: boolean): Promise<void> {
  // Nobody could be answered.
  if (isClosed) CLOSED_OUTPUT.write("", failOutput);
  process.stdout.on("error", failOutput);
  process.on("uncaughtException", () => {
    process.stderr.write("keepsake-mcp: error: INTERNAL: something unexpected happened\n");
  });
  const output = oneLineOutput(process.stdout);
  output.on("error", () => process.stdin.destroy());
  const heard = await hearOpening(process.stdin, output, new FirstAnswers(KNOWN_ANSWERS));
  const { serveHost } = await import("./serve-host.ts");
  serveHost({ client, version: manifest.version, output, heard, programUrl: import.meta.url });
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
