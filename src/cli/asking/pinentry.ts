/**
 * Asks for a secret through a pinentry program, the small dialog of GnuPG, spoken to over its standard streams.
 *
 *   < OK …          > SETDESC …   < OK     > GETPIN   < D <percent-encoded bytes>   < OK     > BYE
 *
 * Source: the Assuan protocol (libassuan manual, "Assuan client requests and server responses") and pinentry's manual.
 */
import { spawn } from "node:child_process";
import { readlink } from "node:fs/promises";
import { delimiter, dirname } from "node:path";
import { KeepsakeError, hasCode } from "../../base/errors.ts";
import type { Secret } from "../../base/secret.ts";
import { startTimer } from "../../base/timer.ts";
import { guardDialog } from "../../client/window/dialog-guard.ts";
import { dialogEnvironment } from "../../platform/child-environment.ts";
import { AssuanConversation, AssuanError } from "./assuan.ts";
import { normalised } from "./secret-bytes.ts";

/** How long a dialog stays. */
export const DIALOG_MS = 60_000;
/** A program that does not know `SETTIMEOUT` is ended so much later. */
const GRACE_MS = 2_000;
/** GPG_ERR_CANCELED and GPG_ERR_FULLY_CANCELED of libgpg-error. */
const CANCELLED = new Set([99, 198]);
/**
 * What says that no dialog was shown: GPG_ERR_NO_PIN_ENTRY, GPG_ERR_WINDOW_TOO_SMALL, and those of the system, such as a terminal
 * that is none. Whatever else ends a dialog, ends one that somebody may have seen.
 */
const NEVER_SHOWN = new Set([86, 301]);
const SYSTEM_ERROR = 0x8000;
/** GPG_ERR_TIMEOUT. */
const TIMED_OUT = 62;
/** A program that is a script looks for its parts here, and not where a host would have it look. */
const SYSTEM_PATH = ["/usr/local/bin", "/usr/bin", "/bin"];

type Environment = Readonly<Record<string, string | undefined>>;

export interface PinentryQuestion {
  readonly description: string;
  readonly prompt: string;
  /** What was wrong with the answer before. */
  readonly error?: string | undefined;
  /** How long it may stay; `DIALOG_MS` unless given. */
  readonly forMs?: number | undefined;
}

/**
 * The secret, NFC-normalised; the caller wipes it.
 *
 * @param program - its absolute path
 * @throws NO_INPUT when it cannot show itself, and with the fact `unanswered` when nobody answers it; INTERRUPTED when the user cancels
 */
export async function askPinentry(
  question: PinentryQuestion,
  program: string,
  environment: Environment,
): Promise<Secret> {
  const { forMs = DIALOG_MS } = question;
  if (forMs <= 0) throw unansweredError();
  const path = [dirname(program), ...SYSTEM_PATH].join(delimiter);
  const child = spawn(program, [], {
    stdio: "pipe",
    env: { ...dialogEnvironment(environment), PATH: path },
  });
  const unguard = child.pid === undefined ? () => {} : guardDialog(child.pid);
  const conversation = new AssuanConversation(child);
  let stop = () => {};
  const late = new Promise<never>((_resolve, reject) => {
    stop = startTimer(forMs + GRACE_MS, () => reject(unansweredError()));
  });
  try {
    return await Promise.race([converse(conversation, question, environment), late]);
  } catch (error) {
    throw error instanceof AssuanError ? refusalError(error, false) : error;
  } finally {
    stop();
    conversation.end();
    unguard();
  }
}

async function converse(
  conversation: AssuanConversation,
  { description, prompt, error, forMs = DIALOG_MS }: PinentryQuestion,
  environment: Environment,
): Promise<Secret> {
  (await conversation.reply()).wipe();
  for (const option of await terminalOptions(environment)) await tryCommand(conversation, option);
  await tryCommand(conversation, `SETTIMEOUT ${Math.ceil(forMs / 1_000)}`);
  if (error !== undefined) await tryCommand(conversation, `SETERROR ${encoded(error)}`);
  (await conversation.command(`SETDESC ${encoded(description)}`)).wipe();
  (await conversation.command(`SETPROMPT ${encoded(prompt)}`)).wipe();
  try {
    return normalised(await conversation.command("GETPIN"));
  } catch (failure) {
    if (failure instanceof AssuanError) throw refusalError(failure, true);
    throw hasCode(failure, "NO_INPUT") ? unansweredError(failure.message) : failure;
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

function refusalError({ errorCode }: AssuanError, mayBeShown: boolean): KeepsakeError {
  if (CANCELLED.has(errorCode)) return new KeepsakeError("INTERRUPTED");
  if (errorCode === TIMED_OUT) return unansweredError();
  const message = `the pinentry program could not ask (error ${errorCode})`;
  const isUnseen = !mayBeShown || NEVER_SHOWN.has(errorCode) || (errorCode & SYSTEM_ERROR) !== 0;
  return isUnseen ? new KeepsakeError("NO_INPUT", message) : unansweredError(message);
}

function unansweredError(message = "nobody answered the pinentry dialog"): KeepsakeError {
  return new KeepsakeError("NO_INPUT", message, {
    hint: "retry when somebody is there to type the passphrase",
    facts: { unanswered: true },
  });
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
