import { CLIENT_ID_PATTERN, CLIENT_ID_RULE } from "../../base/client-id.ts";
import { KeepsakeError, hasCode } from "../../base/errors.ts";
import { MAX_OPEN_FOR_MS } from "../../base/limits.ts";
import { counted, formatTime } from "../../base/shown-values.ts";
import { asTyped } from "../../base/visible-text.ts";
import type { KeepsakeClient } from "../../client/keepsake-client.ts";
import { Declined } from "../asking/agreement.ts";
import { refuseFaulty } from "../asking/connect-open.ts";
import type { OpeningChoice, Unlocked } from "../asking/open-vault.ts";
import { callUnlock, openVault, reportOpened } from "../asking/open-vault.ts";
import { newPassphrase, passphraseOptions } from "../asking/secret-source.ts";
import type { Context } from "../context.ts";
import { duration, durationMs } from "../../platform/configuration.ts";
import { command, flag, text } from "../framework/command.ts";
import { jsonOption } from "../options/output-options.ts";
import { printJson } from "../output/json.ts";
import { withProgress } from "../output/long-work.ts";
import { reportHint } from "../output/report-error.ts";

export const unlock = command({
  name: "unlock",
  group: "vault",
  summary: "Open the vault; one that is open already stays open.",
  details: [
    "Tries the keychain first when it is set up and no other way is asked for. A recovery key opens the vault and then asks for a new passphrase.",
    "--for counts from now, also for a vault that is open, and takes the place of lock.idle and lock.max until it locks. A machine that slept locks it all the same.",
  ],
  asksSecrets: true,
  arguments: [],
  options: {
    ...passphraseOptions,
    keychain: flag("only with the keychain, without asking"),
    recovery: flag("with the recovery key, which --passphrase-fd and --pinentry then give"),
    forClient: text("ID", "with --pinentry: the client that the window names, as a program's call does"),
    for: text("TIME", "stay open so long, however idle, such as 8h: at most 7d"),
    acceptRollback: flag("open a vault whose keyring is older than its memories, to read and to repair it"),
    ...jsonOption,
  },
  examples: [
    ["keepsake unlock", "asks for the passphrase"],
    ["keepsake unlock --for 8h", "open for a working day, unless the machine sleeps"],
    ["pass show keepsake | keepsake unlock --passphrase-fd 0", "from a password manager"],
  ],
  run: async ({ options }, context) => {
    refuseContradictions(options);
    const choice = { ...options, forMs: openFor(options.for) };
    const open = async (beforeAsking?: () => Promise<void>) => {
      const client = await context.connect("start");
      const status = await client.call("vault.status", {});
      refuseFaulty(status);
      if (status.state === "open") return callUnlock(client, "keychain", choice, context);
      await beforeAsking?.();
      return openVault(client, choice, status, context);
    };
    const unlocked = await (options.forClient === undefined ? open() : askOnce(open, context));
    report(unlocked, options.json, context);
    if (options.recovery && !unlocked.already) {
      await renewPassphrase(await context.connect("start"), context);
    }
  },
});

function refuseContradictions({
  keychain,
  recovery,
  passphraseFd,
  pinentry,
  forClient,
}: OpeningChoice): void {
  if (keychain && (recovery || passphraseFd !== undefined || pinentry)) {
    throw new KeepsakeError("USAGE", "--keychain takes no other way to open the vault");
  }
  if (forClient !== undefined && !(pinentry && !recovery && CLIENT_ID_PATTERN.test(forClient))) {
    throw new KeepsakeError(
      "USAGE",
      `--for-client belongs to --pinentry and a passphrase; ${CLIENT_ID_RULE}`,
    );
  }
  if (passphraseFd !== undefined && pinentry) {
    throw new KeepsakeError("USAGE", "--passphrase-fd and --pinentry exclude each other");
  }
}

/**
 * Asks on behalf of a program: in the only window there is, and not soon after one that did not open the vault. What another
 * window came to is seen first. Who waits for that holds no connection: the person's own commands need those of the command line.
 *
 * @throws INTERRUPTED where nobody is to be asked, or nobody answered
 */
async function askOnce(
  open: (beforeAsking: () => Promise<void>) => Promise<Unlocked>,
  { setup, clock }: Context,
): Promise<Unlocked> {
  const [{ takeOnlyWindow }, { forgetWindow, lastWindow, noteWindow }] = await Promise.all([
    import("../../client/window/only-window.ts"),
    import("../../client/window/last-window.ts"),
  ]);
  const { places } = setup();
  const release = await takeOnlyWindow(places);
  let isAsking = false;
  try {
    const last = await lastWindow(places, clock.now());
    if (last !== undefined) {
      // It is open no more, whatever it says: its place was free.
      if (last.asking === true) await noteWindow(places, { at: last.at });
      throw new KeepsakeError("INTERRUPTED", "a window asked just before and did not open the vault");
    }
    const unlocked = await open(async () => {
      await noteWindow(places, { at: clock.now(), asking: true });
      isAsking = true;
    });
    await forgetWindow(places);
    return unlocked;
  } catch (error) {
    const isUnanswered = hasCode(error, "NO_INPUT") && error.facts?.["unanswered"] === true;
    if (isAsking && hasCode(error, "NO_INPUT") && !isUnanswered) await forgetWindow(places);
    else if (isAsking) await noteWindow(places, { at: clock.now() });
    throw isUnanswered ? new KeepsakeError("INTERRUPTED", error.message, { cause: error }) : error;
  } finally {
    await release();
  }
}

/** In milliseconds. @throws USAGE */
function openFor(time: string | undefined): number | undefined {
  if (time === undefined) return undefined;
  const ms = duration.safeParse(time).success ? durationMs(time) : undefined;
  if (ms !== undefined && ms <= MAX_OPEN_FOR_MS) return ms;
  throw new KeepsakeError(
    "USAGE",
    `--for takes a number with s, m, h or d, at most 7d, not ${asTyped(time)}`,
    {
      hint: 'such as --for 8h; for longer, "keepsake config set lock.idle off" and lock.max',
    },
  );
}

function report(unlocked: Unlocked, json: boolean, { screen }: Context): void {
  const { memories = 0, drained = 0, known = 0, already, locksAt } = unlocked;
  if (json) printJson(screen.out, unlocked);
  else {
    const state = already ? "open already" : "open";
    const stored = `, ${counted(drained - known, "waiting turn or note", "waiting turns or notes")} stored`;
    const arrived = drained === 0 ? "" : known === 0 ? stored : `${stored}, ${known} known already`;
    const until = locksAt === undefined ? "" : `; locks at ${formatTime(locksAt)}`;
    screen.out.write(`${state}: ${counted(memories, "memory", "memories")}${arrived}${until}\n`);
  }
  reportOpened(unlocked, screen.err);
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
