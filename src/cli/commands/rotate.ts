import { KeepsakeError } from "../../base/errors.ts";
import type { Secret } from "../../base/secret.ts";
import { command, flag } from "../framework/command.ts";
import { jsonOption } from "../options/output-options.ts";
import { agree, yesOption } from "../asking/agreement.ts";
import { connectWithPassphrase } from "../asking/connect-open.ts";
import { currentPassphrase, passphraseOptions } from "../asking/secret-source.ts";
import { unchangedBy } from "../asking/prove-passphrase.ts";
import { counted } from "../../base/shown-values.ts";
import { presentRecoveryKey, printJsonWithKey } from "../asking/show-recovery-key.ts";
import { reportHint } from "../output/report-error.ts";
import { rotationQuestion } from "../asking/slot-questions.ts";
import { reportRecords, withProgress } from "../output/long-work.ts";

export const rotate = command({
  name: "rotate",
  group: "vault",
  summary: "Replace the data key, and with --master the master key and every slot.",
  details: [
    "With --master the passphrase is asked for; recovery keys and other passphrases are dropped, and a new recovery key is shown once. On a terminal it names them and asks first; elsewhere --yes is needed.",
  ],
  asksSecrets: true,
  arguments: [],
  options: {
    master: flag("also a new master key: old copies of the keyring open nothing new"),
    noRecovery: flag("with --master: make no new recovery key"),
    ...passphraseOptions,
    ...yesOption,
    ...jsonOption,
  },
  examples: [["keepsake rotate --master", "after a passphrase or a keyring was exposed"]],
  run: async ({ options }, context) => {
    const { master, noRecovery, json } = options;
    if (!master && (noRecovery || options.passphraseFd !== undefined || options.pinentry)) {
      throw new KeepsakeError("USAGE", "--no-recovery and a passphrase belong to --master");
    }
    const client = await (master ? connectWithPassphrase(context) : context.connect("start"));
    if (master && !options.yes) {
      const { slots } = await client.call("key.list", {}, { signal: context.signal });
      await agree(context, rotationQuestion(slots, !noRecovery));
    }
    const secrets = master ? [await currentPassphrase(options, context)] : [];
    let recoveryKey: Secret | undefined;
    try {
      const answer = await withProgress(context, "rotating", (how) =>
        client.call(
          "vault.rotate",
          { master, recovery: !noRecovery },
          { ...how, secrets, onSecret: (secret) => (recoveryKey = secret) },
        ),
      ).catch((error: unknown) => {
        throw unchangedBy(error);
      });
      if (json) {
        await printJsonWithKey(context.screen.out, answer, recoveryKey);
        return 0;
      }
      const exit = reportRecords(answer.records, answer.damage, "sealed anew", context);
      if (answer.droppedSlots.length > 0) {
        reportHint(
          context.screen.err,
          `dropped ${counted(answer.droppedSlots.length, "slot")}; "keepsake key add" makes new ones`,
        );
      }
      if (recoveryKey !== undefined) await presentRecoveryKey(recoveryKey, context);
      return exit;
    } finally {
      for (const secret of secrets) secret.wipe();
      recoveryKey?.wipe();
    }
  },
});
