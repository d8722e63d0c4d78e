/** Opens a locked vault with what the person has: the keychain where it is set up, else a secret, which may be mistyped. */
import { monotonicMs } from "../../base/clock.ts";
import { KeepsakeError, hasCode } from "../../base/errors.ts";
import { Secret } from "../../base/secret.ts";
import { counted } from "../../base/shown-values.ts";
import type { KeepsakeClient } from "../../client/keepsake-client.ts";
import type { Result } from "../../protocol/method-table.ts";
import type { Context, Sink } from "../context.ts";
import { damageLines, refusalError, withProgress } from "../output/long-work.ts";
import { reportError, reportHint } from "../output/report-error.ts";
import { refuseFaulty, waitOutFailures } from "./connect-open.ts";
import { mendRecoveryKey } from "./mend-recovery-key.ts";
import type { PassphraseChoice } from "./secret-source.ts";
import { DIALOG_MS } from "./pinentry.ts";
import { currentPassphrase, typedRecoveryKey } from "./secret-source.ts";

const TRIES = 3;
/** Groups of a recovery key that may be typed again before all of it is. */
const MAX_MENDS = 12;

/** What did not open it, and what else does. */
const WRONG = {
  passphrase: {
    message: "wrong passphrase",
    hint: 'when it is lost, "keepsake unlock --recovery" opens the vault with the recovery key',
  },
  recovery: {
    message: "wrong recovery key: it is typed right, and no slot of this vault opens with it",
    hint: 'it is another vault\'s, or was removed or replaced since; look for a newer one, or "keepsake unlock" takes the passphrase',
  },
} as const;

const NOTHING_TYPED = "nothing was typed";

export type Unlocked = Result<"vault.unlock">;
type Way = "passphrase" | "recovery" | "keychain";

export interface OpeningChoice extends PassphraseChoice {
  /** Nothing else. */
  readonly keychain: boolean;
  readonly recovery: boolean;
  readonly acceptRollback: boolean;
  /** Stays open for so long. */
  readonly forMs?: number | undefined;
  /** The client that a pinentry dialog names as who asks. */
  readonly forClient?: string | undefined;
  /** Said before a secret is asked for. */
  readonly why?: string;
}

const USUAL: OpeningChoice = {
  passphraseFd: undefined,
  pinentry: false,
  keychain: false,
  recovery: false,
  acceptRollback: false,
};

/**
 * Opens a vault that is sealed, as `status` says.
 *
 * @throws WRONG_PASSPHRASE after three tries where it is typed, Declined on Esc, INTERRUPTED, NO_INPUT, and what `vault.unlock` refuses
 */
export async function openVault(
  client: KeepsakeClient,
  choice: OpeningChoice,
  status: Result<"vault.status">,
  context: Context,
): Promise<Unlocked> {
  refuseFaulty(status);
  await waitOutFailures(status, context);
  if (choice.keychain) return callUnlock(client, "keychain", choice, context);
  const asksNothingElse = !choice.recovery && choice.passphraseFd === undefined && !choice.pinentry;
  if (status.keychain && asksNothingElse) {
    try {
      return await callUnlock(client, "keychain", choice, context);
    } catch (error) {
      const isPassing = hasCode(error, "KEYCHAIN_UNAVAILABLE", "WRONG_PASSPHRASE");
      if (!isPassing || context.ask === undefined) throw error;
      reportHint(context.screen.err, "the keychain did not open it; the passphrase does");
    }
  }
  return openWithSecret(client, choice, context);
}

export interface OpeningForCommand {
  /** What the command brings waits when it stays locked. */
  readonly isKept: boolean;
  readonly pinentry: boolean;
}

/** Opens a vault for a command that found it locked. @throws as `openVault` */
export async function openForCommand(
  client: KeepsakeClient,
  status: Result<"vault.status">,
  context: Context,
  { isKept, pinentry }: OpeningForCommand,
): Promise<void> {
  const otherwise = isKept ? "Esc keeps the note for the next unlock" : "Esc leaves it locked";
  const why = `the vault is locked; its passphrase opens it and this goes on\n${otherwise}`;
  const unlocked = await openVault(client, { ...USUAL, pinentry, why }, status, context);
  reportOpened(unlocked, context.screen.err);
}

/** What is wrong with a vault that is open now. */
export function reportOpened({ readOnly, unverified = 0, damage }: Unlocked, err: Sink): void {
  if (readOnly !== undefined) reportError(err, refusalError(readOnly));
  if (unverified > 0) {
    reportHint(
      err,
      `${counted(unverified, "waiting turn or note", "waiting turns or notes")} of unknown origin, marked unverified`,
    );
  }
  const damaged = damage === undefined ? [] : damageLines(damage);
  if (damaged.length > 0) reportHint(err, `${damaged.join(", ")}; run "keepsake verify"`);
}

/** Where it is typed, a slip may be corrected. */
async function openWithSecret(
  client: KeepsakeClient,
  choice: OpeningChoice,
  context: Context,
): Promise<Unlocked> {
  if (choice.why !== undefined) context.screen.err.write(`${choice.why}\n`);
  const way = choice.recovery ? "recovery" : "passphrase";
  const read = choice.recovery ? typedRecoveryKey : currentPassphrase;
  const isTyped = choice.passphraseFd === undefined && (choice.pinentry || context.ask !== undefined);
  const tries = isTyped ? TRIES : 1;
  const until = monotonicMs() + DIALOG_MS;
  let wrong: string | undefined;
  const mends = choice.passphraseFd !== undefined || choice.pinentry ? 0 : MAX_MENDS;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const description = descriptionFor(choice);
      const ask = (error: string | undefined) =>
        read({ ...choice, dialog: { description, error, until } }, context);
      let secret = await ask(wrong);
      // No guess, neither for the daemon nor of the three.
      while (secret.bytes.length === 0) {
        if (!isTyped) break;
        if (!choice.pinentry) context.screen.err.write(`${NOTHING_TYPED}; Ctrl-C ends this\n`);
        secret = await ask(NOTHING_TYPED);
      }
      return await openMending(client, way, { choice, secret, mends }, context);
    } catch (error) {
      if (!hasCode(error, "WRONG_PASSPHRASE")) throw error;
      const { message, hint = WRONG[way].hint } = isMistyped(error) ? error : WRONG[way];
      if (attempt === tries) throw new KeepsakeError(error.code, message, { hint, cause: error });
      wrong = `${message}; once more`;
      reportError(context.screen.err, new KeepsakeError(error.code, message, { hint: "once more" }));
      // A quick hand, or a program, would be refused.
      await waitOutFailures(await client.call("vault.status", {}), context);
    }
  }
}

/** Names who asks and nothing of what was asked. */
function descriptionFor({ forClient }: OpeningChoice): string | undefined {
  return forClient === undefined ? undefined : `${forClient} asks to use your memory. Unlock keepsake?`;
}

/** Of a recovery key only the group is asked for again that a slip is in, where that can be told. */
async function openMending(
  client: KeepsakeClient,
  way: "passphrase" | "recovery",
  given: { readonly choice: OpeningChoice; readonly secret: Secret; readonly mends: number },
  context: Context,
): Promise<Unlocked> {
  const { choice, secret, mends } = given;
  const kept = new Secret(secret.bytes.slice());
  try {
    return await callUnlock(client, way, choice, context, [secret]);
  } catch (error) {
    const group = hasCode(error, "WRONG_PASSPHRASE") ? error.facts?.["group"] : undefined;
    const { ask, screen } = context;
    if (!hasCode(error) || typeof group !== "number" || ask === undefined || mends === 0) throw error;
    const hint = "type that group once more; the others stay as they are";
    reportError(screen.err, new KeepsakeError(error.code, error.message, { hint }));
    await waitOutFailures(await client.call("vault.status", {}), context);
    const next = { choice, secret: await mendRecoveryKey(kept, group, ask), mends: mends - 1 };
    return await openMending(client, way, next, context);
  } finally {
    kept.wipe();
  }
}

/** The daemon says then what is wrong with it. */
function isMistyped({ facts }: KeepsakeError): boolean {
  return facts?.["mistyped"] === true;
}

export async function callUnlock(
  client: KeepsakeClient,
  way: Way,
  { acceptRollback, forMs }: OpeningChoice,
  context: Context,
  secrets: readonly Secret[] = [],
): Promise<Unlocked> {
  return withProgress(context, "opening the vault", (how) =>
    client.call(
      "vault.unlock",
      { with: way, acceptRollback, ...(forMs !== undefined && { forMs }) },
      { ...how, secrets },
    ),
  );
}
