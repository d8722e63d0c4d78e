/**
 * Where passphrases and recovery keys come from: a descriptor, a pinentry dialog or the terminal, and never the command line
 * or the environment, which other programs of the machine can read.
 */
import { monotonicMs } from "../../base/clock.ts";
import { KeepsakeError } from "../../base/errors.ts";
import { LIMITS, isLongEnough } from "../../base/limits.ts";
import { Secret } from "../../base/secret.ts";
import { flag, integer } from "../framework/command.ts";
import type { Values } from "../framework/command.ts";
import type { Context } from "../context.ts";
import { reportHint } from "../output/report-error.ts";
import { MIN_GUESSES_LOG10, strengthWords } from "./passphrase-strength.ts";
import { pinentryFor } from "../../client/window/find-pinentry.ts";
import { askPinentry } from "./pinentry.ts";
import { normalised, readSecretFrom, sameSecret } from "./secret-bytes.ts";

const MAX_DESCRIPTOR = 1_023;
const TRIES = 3;
const LF = 0x0a;
const CR = 0x0d;

export const passphraseOptions = {
  passphraseFd: integer("N", "read the passphrase from this file descriptor", {
    min: 0,
    max: MAX_DESCRIPTOR,
  }),
  pinentry: flag("ask through a pinentry program"),
};

export interface PassphraseChoice extends Values<typeof passphraseOptions> {
  /** Of a pinentry dialog: what it says instead, what was wrong before, and when it goes (`monotonicMs`). */
  readonly dialog?: {
    readonly description?: string | undefined;
    readonly error?: string | undefined;
    readonly until: number;
  };
}

/** How a secret is asked for. */
interface Asking {
  /** What is asked for, where there is nobody to ask. */
  readonly name: "passphrase" | "recovery key";
  readonly question: string;
  /** What the dialog of a pinentry program says above the field. */
  readonly description: string;
}

/**
 * A passphrase that exists already. The caller wipes it.
 *
 * @throws NO_INPUT when there is nobody to ask, INTERRUPTED, USAGE
 */
export function currentPassphrase(
  choice: PassphraseChoice,
  context: Context,
  question = "Passphrase:",
): Promise<Secret> {
  return readOnce(choice, context, {
    name: "passphrase",
    question,
    description: "Enter the passphrase of your keepsake vault.",
  });
}

/** A recovery key, as typed. The caller wipes it. @throws as `currentPassphrase` */
export function typedRecoveryKey(choice: PassphraseChoice, context: Context): Promise<Secret> {
  return readOnce(choice, context, {
    name: "recovery key",
    question: "Recovery key:",
    description: "Enter the recovery key of your keepsake vault.",
  });
}

/**
 * A new passphrase; asked twice where it is typed. The caller wipes it.
 *
 * @throws WEAK_PASSPHRASE, and as `currentPassphrase`
 */
export async function newPassphrase(choice: PassphraseChoice, context: Context): Promise<Secret> {
  if (choice.passphraseFd !== undefined) return strongEnough(await readOnce(choice, context, FIRST), context);
  for (let attempt = 1; ; attempt += 1) {
    const first = await readOnce(choice, context, FIRST);
    const weakness = await weaknessError(first, context, true);
    if (weakness === undefined && (await repeatedAlike(first, choice, context))) return first;
    first.wipe();
    if (attempt === TRIES) throw weakness ?? new KeepsakeError("USAGE", "the two passphrases differ");
    context.screen.err.write(`${weakness?.message ?? "the two differ"}; once more\n`);
  }
}

/**
 * The current passphrase and the new one from one descriptor: the first line and all the rest.
 *
 * @throws USAGE when there is no second line
 */
export async function passphrasePair(
  descriptor: number,
  option: string,
  context: Context,
): Promise<readonly [Secret, Secret]> {
  const both = await readSecretFrom(descriptor, option);
  try {
    const end = both.bytes.indexOf(LF);
    if (end === -1)
      throw new KeepsakeError("USAGE", `${option} must give two lines: the current and the new one`);
    const current = normalised(new Secret(both.bytes.slice(0, both.bytes[end - 1] === CR ? end - 1 : end)));
    try {
      return [current, await strongEnough(normalised(new Secret(both.bytes.slice(end + 1))), context)];
    } catch (error) {
      current.wipe();
      throw error;
    }
  } finally {
    both.wipe();
  }
}

const FIRST: Asking = {
  name: "passphrase",
  question: `New passphrase (at least ${LIMITS.minPassphraseCharacters} characters):`,
  description: `Choose a passphrase for your keepsake vault, at least ${LIMITS.minPassphraseCharacters} characters.`,
};
const AGAIN: Asking = {
  name: "passphrase",
  question: "Once more:",
  description: "Enter the same passphrase once more.",
};

async function repeatedAlike(first: Secret, choice: PassphraseChoice, context: Context): Promise<boolean> {
  try {
    const second = await readOnce(choice, context, AGAIN);
    try {
      return sameSecret(first, second);
    } finally {
      second.wipe();
    }
  } catch (error) {
    first.wipe();
    throw error;
  }
}

async function readOnce(choice: PassphraseChoice, context: Context, asking: Asking): Promise<Secret> {
  if (choice.passphraseFd !== undefined) {
    return normalised(await readSecretFrom(choice.passphraseFd, "--passphrase-fd"));
  }
  if (choice.pinentry) {
    const { description = asking.description, error, until } = choice.dialog ?? {};
    const forMs = until === undefined ? undefined : until - monotonicMs();
    const { environment, folder } = context;
    // A dialog may be drawn on this terminal: from here on every key is its own.
    context.ask?.close();
    const settings = await context.configuration.read();
    const program = await pinentryFor(settings, environment["PATH"] ?? "", folder);
    return askPinentry({ description, prompt: asking.question, error, forMs }, program, environment);
  }
  if (context.ask === undefined) {
    throw new KeepsakeError(
      "NO_INPUT",
      `a ${asking.name} is needed, and there is no terminal to ask on or --no-input was given`,
      {
        hint: "give --passphrase-fd N, for example --passphrase-fd 0 to read it from standard input",
      },
    );
  }
  return normalised(await context.ask.secret(asking.question));
}

/** @param isShown - whether a person at hand is told how strong it is */
async function weaknessError(
  passphrase: Secret,
  { guessesFor, screen: { err } }: Context,
  isShown: boolean,
): Promise<KeepsakeError | undefined> {
  if (!isLongEnough(passphrase)) {
    return new KeepsakeError(
      "WEAK_PASSPHRASE",
      `the passphrase is shorter than ${LIMITS.minPassphraseCharacters} characters`,
    );
  }
  const guesses = await guessesFor(passphrase);
  if (guesses === undefined) {
    reportHint(err, "how strong the passphrase is could not be told");
  } else if (guesses < MIN_GUESSES_LOG10) {
    return new KeepsakeError(
      "WEAK_PASSPHRASE",
      "the passphrase is one of the first that anybody would guess",
    );
  } else if (isShown) {
    err.write(`${err.style.dim("strength:")} ${strengthWords(guesses)}\n`);
  }
  return undefined;
}

async function strongEnough(passphrase: Secret, context: Context): Promise<Secret> {
  const weakness = await weaknessError(passphrase, context, false);
  if (weakness === undefined) return passphrase;
  passphrase.wipe();
  throw weakness;
}
