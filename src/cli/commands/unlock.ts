import { KeepsakeError, hasCode } from "../../base/errors.ts";
import { Secret } from "../../base/secret.ts";
import type { KeepsakeClient } from "../../client/keepsake-client.ts";
import type { Result } from "../../protocol/method-table.ts";
import { command, flag } from "../framework/command.ts";
import type { Context } from "../context.ts";
import { Declined } from "../asking/agreement.ts";
import { jsonOption } from "../options/output-options.ts";
import { mendRecoveryKey } from "../asking/mend-recovery-key.ts";
import { refuseFaulty, waitOutFailures } from "../asking/connect-open.ts";
import type { PassphraseChoice } from "../asking/secret-source.ts";
import {
  currentPassphrase,
  newPassphrase,
  passphraseOptions,
  typedRecoveryKey,
} from "../asking/secret-source.ts";
import { damageLines, refusalError, withProgress } from "../output/long-work.ts";
import { printJson } from "../output/json.ts";
import { counted } from "../../base/shown-values.ts";
import { reportError, reportHint } from "../output/report-error.ts";

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

type Unlocked = Result<"vault.unlock">;

interface Choice extends PassphraseChoice {
  readonly keychain: boolean;
  readonly recovery: boolean;
  readonly acceptRollback: boolean;
}

export const unlock = command({
  name: "unlock",
  group: "vault",
  summary: "Open the vault; one that is open already stays open.",
  details: [
    "Tries the keychain first when it is set up and no other way is asked for. A recovery key opens the vault and then asks for a new passphrase.",
  ],
  asksSecrets: true,
  arguments: [],
  options: {
    ...passphraseOptions,
    keychain: flag("only with the keychain, without asking"),
    recovery: flag("with the recovery key, which --passphrase-fd and --pinentry then give"),
    acceptRollback: flag("open a vault whose keyring is older than its memories, to read and to repair it"),
    ...jsonOption,
  },
  examples: [
    ["keepsake unlock", "asks for the passphrase"],
    ["pass show keepsake | keepsake unlock --passphrase-fd 0", "from a password manager"],
  ],
  run: async ({ options }, context) => {
    refuseContradictions(options);
    const client = await context.connect("start");
    const status = await client.call("vault.status", {});
    refuseFaulty(status);
    if (status.state === "sealed") await waitOutFailures(status, context);
    const unlocked =
      status.state === "open"
        ? await call(client, "keychain", options, context)
        : await open(client, options, status.keychain, context);
    report(unlocked, options.json, context);
    if (options.recovery && !unlocked.already) await renewPassphrase(client, context);
  },
});

function refuseContradictions({ keychain, recovery, passphraseFd, pinentry }: Choice): void {
  if (keychain && (recovery || passphraseFd !== undefined || pinentry)) {
    throw new KeepsakeError("USAGE", "--keychain takes no other way to open the vault");
  }
  if (passphraseFd !== undefined && pinentry) {
    throw new KeepsakeError("USAGE", "--passphrase-fd and --pinentry exclude each other");
  }
}

async function open(
  client: KeepsakeClient,
  choice: Choice,
  hasKeychain: boolean,
  context: Context,
): Promise<Unlocked> {
  if (choice.keychain) return call(client, "keychain", choice, context);
  const asksNothingElse = !choice.recovery && choice.passphraseFd === undefined && !choice.pinentry;
  if (hasKeychain && asksNothingElse) {
    try {
      return await call(client, "keychain", choice, context);
    } catch (error) {
      const isPassing = hasCode(error, "KEYCHAIN_UNAVAILABLE", "WRONG_PASSPHRASE");
      if (!isPassing || context.ask === undefined) throw error;
      reportHint(context.screen.err, "the keychain did not open it; the passphrase does");
    }
  }
  return openWithSecret(client, choice, context);
}

/** Where it is typed, a slip may be corrected. */
async function openWithSecret(client: KeepsakeClient, choice: Choice, context: Context): Promise<Unlocked> {
  const way = choice.recovery ? "recovery" : "passphrase";
  const read = choice.recovery ? typedRecoveryKey : currentPassphrase;
  const tries = context.ask === undefined || choice.passphraseFd !== undefined ? 1 : TRIES;
  const mends = choice.passphraseFd !== undefined || choice.pinentry ? 0 : MAX_MENDS;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await openMending(client, way, { choice, secret: await read(choice, context), mends }, context);
    } catch (error) {
      if (!hasCode(error, "WRONG_PASSPHRASE")) throw error;
      const { message, hint = WRONG[way].hint } = isMistyped(error) ? error : WRONG[way];
      if (attempt === tries) throw new KeepsakeError(error.code, message, { hint, cause: error });
      reportError(context.screen.err, new KeepsakeError(error.code, message, { hint: "once more" }));
    }
  }
}

/** Of a recovery key only the group is asked for again that a slip is in, where that can be told. */
async function openMending(
  client: KeepsakeClient,
  way: "passphrase" | "recovery",
  given: { readonly choice: Choice; readonly secret: Secret; readonly mends: number },
  context: Context,
): Promise<Unlocked> {
  const { choice, secret, mends } = given;
  const kept = new Secret(secret.bytes.slice());
  try {
    return await call(client, way, choice, context, [secret]);
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

async function call(
  client: KeepsakeClient,
  way: "passphrase" | "recovery" | "keychain",
  { acceptRollback }: Choice,
  context: Context,
  secrets: readonly Secret[] = [],
): Promise<Unlocked> {
  return withProgress(context, "opening the vault", (how) =>
    client.call("vault.unlock", { with: way, acceptRollback }, { ...how, secrets }),
  );
}

function report(unlocked: Unlocked, json: boolean, { screen }: Context): void {
  const { memories = 0, drained = 0, known = 0, unverified = 0, already, damage } = unlocked;
  if (json) printJson(screen.out, unlocked);
  else {
    const state = already ? "open already" : "open";
    const stored = `, ${counted(drained - known, "waiting turn")} stored`;
    const arrived = drained === 0 ? "" : known === 0 ? stored : `${stored}, ${known} known already`;
    screen.out.write(`${state}: ${counted(memories, "memory", "memories")}${arrived}\n`);
  }
  if (unlocked.readOnly !== undefined) reportError(screen.err, refusalError(unlocked.readOnly));
  if (unverified > 0) {
    reportHint(screen.err, `${counted(unverified, "waiting turn")} of unknown origin, marked unverified`);
  }
  const damaged = damage === undefined ? [] : damageLines(damage);
  if (damaged.length > 0) reportHint(screen.err, `${damaged.join(", ")}; run "keepsake verify"`);
}

/** The old passphrase is lost, or its slot would have been used. */
async function renewPassphrase(client: KeepsakeClient, context: Context): Promise<void> {
  const { ask, screen } = context;
  const hint = 'set a new passphrase with "keepsake key add passphrase"';
  if (ask === undefined) {
    reportHint(screen.err, hint);
    return;
  }
  screen.err.write("Choose a new passphrase now; the recovery key stays valid.\n");
  try {
    const passphrase = await newPassphrase({ passphraseFd: undefined, pinentry: false }, context);
    await withProgress(context, "adding the passphrase", (how) =>
      client.call("key.add", { kind: "passphrase" }, { ...how, secrets: [passphrase] }),
    );
    reportHint(
      screen.err,
      'the lost passphrase still opens the vault; "keepsake key list" and "key remove" end that',
    );
  } catch (error) {
    reportHint(screen.err, `the vault is open; ${hint}`);
    if (!(error instanceof Declined)) throw error;
  }
}
