/**
 * Asks for a secret through a pinentry program, the small dialog of GnuPG: `pinentry` in any of its usual names, found in
 * PATH, spoken to over its standard streams.
 *
 *   < OK …          > SETDESC …   < OK     > GETPIN   < D <percent-encoded bytes>   < OK     > BYE
 *
 * Source: the Assuan protocol (libassuan manual, "Assuan client requests and server responses") and pinentry's manual.
 */
import { spawn } from "node:child_process";
import { constants } from "node:fs";
import { access, readlink } from "node:fs/promises";
import { delimiter, isAbsolute, join } from "node:path";
import { KeepsakeError } from "../../base/errors.ts";
import type { Secret } from "../../base/secret.ts";
import { childEnvironment } from "../../platform/child-environment.ts";
import { AssuanConversation, AssuanError } from "./assuan.ts";
import { normalised } from "./secret-bytes.ts";

const PROGRAMS = [
  "pinentry",
  "pinentry-mac",
  "pinentry-gnome3",
  "pinentry-qt",
  "pinentry-gtk-2",
  "pinentry-curses",
];
/** What a dialog needs to find its display. */
const DISPLAY_VARIABLES = [
  "DISPLAY",
  "WAYLAND_DISPLAY",
  "XAUTHORITY",
  "XDG_SESSION_TYPE",
  "TERM",
  "COLORTERM",
];
const TIMEOUT_SECONDS = 120;
/** GPG_ERR_CANCELED and GPG_ERR_FULLY_CANCELED of libgpg-error. */
const CANCELLED = new Set([99, 198]);
/** GPG_ERR_TIMEOUT. */
const TIMED_OUT = 62;

type Environment = Readonly<Record<string, string | undefined>>;

export interface PinentryQuestion {
  readonly description: string;
  readonly prompt: string;
}

/**
 * The secret, NFC-normalised; the caller wipes it.
 *
 * @throws NO_INPUT when there is no pinentry program or it cannot show itself, INTERRUPTED when the user cancels
 */
export async function askPinentry(question: PinentryQuestion, environment: Environment): Promise<Secret> {
  const program = await findPinentry(environment["PATH"] ?? "");
  if (program === undefined) throw new KeepsakeError("NO_INPUT", "no pinentry program was found in PATH");
  const child = spawn(program, [], { stdio: "pipe", env: dialogEnvironment(environment) });
  const conversation = new AssuanConversation(child);
  try {
    (await conversation.reply()).wipe();
    for (const option of await terminalOptions(environment)) await tryCommand(conversation, option);
    await tryCommand(conversation, `SETTIMEOUT ${TIMEOUT_SECONDS}`);
    (await conversation.command(`SETDESC ${encoded(question.description)}`)).wipe();
    (await conversation.command(`SETPROMPT ${encoded(question.prompt)}`)).wipe();
    return normalised(await conversation.command("GETPIN"));
  } catch (error) {
    throw error instanceof AssuanError ? refusalError(error) : error;
  } finally {
    conversation.end();
  }
}

/** Options that an older program does not know do not matter. */
async function tryCommand(conversation: AssuanConversation, command: string): Promise<void> {
  try {
    (await conversation.command(command)).wipe();
  } catch (error) {
    if (!(error instanceof AssuanError)) throw error;
  }
}

function refusalError({ errorCode }: AssuanError): KeepsakeError {
  if (CANCELLED.has(errorCode)) return new KeepsakeError("INTERRUPTED");
  if (errorCode === TIMED_OUT) return new KeepsakeError("NO_INPUT", "nobody answered the pinentry dialog");
  return new KeepsakeError("NO_INPUT", `the pinentry program could not ask (error ${errorCode})`);
}

async function findPinentry(path: string): Promise<string | undefined> {
  const folders = path.split(delimiter).filter(isAbsolute);
  for (const program of PROGRAMS) {
    for (const folder of folders) {
      const candidate = join(folder, program);
      try {
        await access(candidate, constants.X_OK);
        return candidate;
      } catch {
        // Not here.
      }
    }
  }
  return undefined;
}

function dialogEnvironment(environment: Environment): NodeJS.ProcessEnv {
  const display = DISPLAY_VARIABLES.flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value]];
  });
  return { ...childEnvironment(environment), ...Object.fromEntries(display) };
}

/** A dialog without a display draws on this terminal. */
async function terminalOptions(environment: Environment): Promise<readonly string[]> {
  const terminal = environment["GPG_TTY"] ?? (await readlink("/proc/self/fd/0").catch(() => ""));
  return [
    ...(/^\/dev\/(?:tty|pts\/)[\w/]*$/.test(terminal) ? [`OPTION ttyname=${terminal}`] : []),
    ...(environment["TERM"] === undefined ? [] : [`OPTION ttytype=${encoded(environment["TERM"])}`]),
    ...(environment["LANG"] === undefined ? [] : [`OPTION lc-ctype=${encoded(environment["LANG"])}`]),
  ];
}

function encoded(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}
