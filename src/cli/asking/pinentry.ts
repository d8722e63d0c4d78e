/**
 * Asks for a secret through a pinentry program, the small dialog of GnuPG: `pinentry` in any of its usual names, found in
 * PATH, spoken to over its standard streams.
 *
 *   < OK …          > SETDESC …   < OK     > GETPIN   < D <percent-encoded bytes>   < OK     > BYE
 *
 * Source: the Assuan protocol (libassuan manual, "Assuan client requests and server responses") and pinentry's manual.
 */
import { spawn } from "node:child_process";
import { readlink } from "node:fs/promises";
import { KeepsakeError } from "../../base/errors.ts";
import type { Secret } from "../../base/secret.ts";
import { startTimer } from "../../base/timer.ts";
import { findPinentry, INSTALL_PINENTRY } from "../../client/window/find-pinentry.ts";
import { dialogEnvironment } from "../../platform/child-environment.ts";
import { AssuanConversation, AssuanError } from "./assuan.ts";
import { normalised } from "./secret-bytes.ts";

/** How long a dialog stays. */
export const DIALOG_MS = 60_000;
/** A program that does not know `SETTIMEOUT` is ended so much later. */
const GRACE_MS = 2_000;
/** GPG_ERR_CANCELED and GPG_ERR_FULLY_CANCELED of libgpg-error. */
const CANCELLED = new Set([99, 198]);
/** GPG_ERR_TIMEOUT. */
const TIMED_OUT = 62;

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
 * @throws NO_INPUT when there is no pinentry program or it cannot show itself, and with the fact `unanswered` when nobody
 * answers it; INTERRUPTED when the user cancels
 */
export async function askPinentry(question: PinentryQuestion, environment: Environment): Promise<Secret> {
  const program = await findPinentry(environment["PATH"] ?? "");
  if (program === undefined) {
    throw new KeepsakeError("NO_INPUT", "no pinentry program was found in PATH", { hint: INSTALL_PINENTRY });
  }
  const { forMs = DIALOG_MS } = question;
  if (forMs <= 0) throw unansweredError();
  const child = spawn(program, [], { stdio: "pipe", env: dialogEnvironment(environment) });
  const conversation = new AssuanConversation(child);
  let stop = () => {};
  const late = new Promise<never>((_resolve, reject) => {
    stop = startTimer(forMs + GRACE_MS, () => reject(unansweredError()));
  });
  try {
    return await Promise.race([converse(conversation, question, environment), late]);
  } catch (error) {
    throw error instanceof AssuanError ? refusalError(error) : error;
  } finally {
    stop();
    conversation.end();
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
  return normalised(await conversation.command("GETPIN"));
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
  if (errorCode === TIMED_OUT) return unansweredError();
  return new KeepsakeError("NO_INPUT", `the pinentry program could not ask (error ${errorCode})`);
}

function unansweredError(): KeepsakeError {
  return new KeepsakeError("NO_INPUT", "nobody answered the pinentry dialog", {
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
