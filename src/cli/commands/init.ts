import { HOSTS } from "../../client/hosts.ts";
import { KeepsakeError, hasCode } from "../../base/errors.ts";
import type { Secret } from "../../base/secret.ts";
import type { KeepsakeClient } from "../../client/keepsake-client.ts";
import { command, flag } from "../framework/command.ts";
import type { Context } from "../context.ts";
import { Declined, agree, yesOption } from "../asking/agreement.ts";
import { jsonOption } from "../options/output-options.ts";
import { setUpHost } from "../asking/set-up.ts";
import { newPassphrase, passphraseOptions } from "../asking/secret-source.ts";
import { presentRecoveryKey, printJsonWithKey } from "../asking/show-recovery-key.ts";
import { reportError, reportHint } from "../output/report-error.ts";

export const init = command({
  name: "init",
  group: "vault",
  summary: "Create the vault; it is open afterwards.",
  details: [
    "Asks for a passphrase twice and shows a recovery key once. Off a terminal give --passphrase-fd; the recovery key is then printed on standard output.",
  ],
  asksSecrets: true,
  arguments: [],
  options: {
    ...passphraseOptions,
    noRecovery: flag("make no recovery key: a lost passphrase then means a lost vault"),
    setAside: flag("move what is in the vault's folder to one beside it first; nothing is removed"),
    ...yesOption,
    ...jsonOption,
  },
  examples: [
    ["keepsake init", "on a terminal"],
    ["keepsake init --passphrase-fd 3 3<passphrase.txt >recovery-key.txt", "in a script"],
    ["keepsake init --set-aside", "begin anew beside a vault that cannot be opened any more"],
  ],
  run: async ({ options }, context) => {
    const client = await context.connect("start");
    const { state, fault } = await client.call("vault.status", {});
    if (state === "open" || (state === "sealed" && !options.setAside)) {
      throw fault === undefined ? vaultExistsError(state) : new KeepsakeError(fault.code, fault.message);
    }
    if (options.setAside && state === "sealed" && fault === undefined && !options.yes) {
      await agree(
        context,
        "The vault there is sound. Set it aside all the same, and begin with an empty one? Nothing is removed.",
      );
    }
    const passphrase = await newPassphrase(options, context);
    let recoveryKey: Secret | undefined;
    const progress = context.progress("creating the vault");
    try {
      const created = await client
        .call(
          "vault.create",
          { recovery: !options.noRecovery, setAside: options.setAside },
          {
            secrets: [passphrase],
            onProgress: progress.update,
            onSecret: (secret) => (recoveryKey = secret),
            signal: context.signal,
          },
        )
        .finally(progress.stop);
      if (created.setAside !== undefined) {
        context.screen.err.write(`what was there is in ${created.setAside} now\n`);
      }
      if (options.json) {
        await printJsonWithKey(context.screen.out, created, recoveryKey);
        return;
      }
      if (recoveryKey !== undefined) await present(recoveryKey, context);
    } finally {
      passphrase.wipe();
      recoveryKey?.wipe();
    }
    await offerKeychain(client, context);
    await offerHosts(context);
    sayWhatIsNext(context);
  },
});

function vaultExistsError(state: "open" | "sealed"): KeepsakeError {
  if (state === "sealed") {
    return new KeepsakeError("VAULT_EXISTS", undefined, {
      hint: 'run "keepsake unlock"; "keepsake init --set-aside" begins anew and keeps what is there',
    });
  }
  return new KeepsakeError("VAULT_EXISTS", "there is a vault already, and it is open", {
    hint: 'use it as it is; to begin anew, run "keepsake lock", then "keepsake init --set-aside"',
  });
}

async function present(recoveryKey: Secret, context: Context): Promise<void> {
  try {
    await presentRecoveryKey(recoveryKey, context);
  } catch (error) {
    if (!hasCode(error, "INTERRUPTED")) throw error;
    throw new KeepsakeError(
      "INTERRUPTED",
      "the vault is there, but its recovery key was not confirmed; the key is valid",
      { hint: `"keepsake key add recovery" makes another one; ${error.hint ?? ""}`, cause: error },
    );
  }
}

/** A vault that opens with the login is a convenience: offered, never chosen for the user. */
async function offerKeychain(client: KeepsakeClient, context: Context): Promise<void> {
  const { ask, screen, signal, mayHaveKeychain } = context;
  if (!mayHaveKeychain) return;
  const wanted = await ask?.confirm(
    "Also open it from this login's keychain, without the passphrase?",
    false,
  );
  if (wanted !== true) return;
  try {
    await client.call("key.add", { kind: "keychain" }, { signal });
    screen.err.write("the keychain opens it from now on\n");
  } catch (error) {
    if (!hasCode(error, "KEYCHAIN_UNAVAILABLE")) throw error;
    reportHint(screen.err, 'the keychain does not answer; "keepsake key add keychain" tries again');
  }
}

/** Each host that is there is one question; what it changes is shown before it is done. */
async function offerHosts(context: Context): Promise<void> {
  if (context.ask === undefined) return;
  const { hostsToSetUp } = await import("../../setup/found-hosts.ts");
  for (const host of await hostsToSetUp(context.setup())) {
    if (!(await context.ask.confirm(`Set up ${host.title}, so that it remembers?`, false))) continue;
    try {
      await setUpHost(host, { dryRun: false, yes: false, json: false }, context);
    } catch (error) {
      // The vault is there whatever becomes of this.
      if (!hasCode(error) || context.signal.aborted) throw error;
      if (error instanceof Declined) context.screen.err.write(`${error.message}\n`);
      else reportError(context.screen.err, error);
    }
  }
}

function sayWhatIsNext({ screen: { out, err } }: Context): void {
  const { bold, dim } = err.style;
  const line = (what: string, does: string) => `  ${bold(what.padEnd(52))} ${dim(does)}\n`;
  err.write(`\nThe vault is ready and open.${out.isTerminal ? " Next:" : ""}\n`);
  if (!out.isTerminal) return;
  err.write(
    line('keepsake save "something worth keeping"', "store a note") +
      line("keepsake search something", "find it again") +
      HOSTS.map(({ title, transcripts }) =>
        line(`keepsake import ${transcripts}`, `bring in past conversations with ${title}`),
      ).join("") +
      line("keepsake setup", "give it to your AI hosts") +
      line("keepsake service install", "start it with your login") +
      line("keepsake lock", "close it"),
  );
}
