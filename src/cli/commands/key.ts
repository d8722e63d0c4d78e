import { KeepsakeError } from "../../base/errors.ts";
import type { Secret } from "../../base/secret.ts";
import type { KeepsakeClient } from "../../client/keepsake-client.ts";
import type { Result } from "../../protocol/method-table.ts";
import { asTyped } from "../../base/visible-text.ts";
import { isValid } from "../../protocol/client-view.ts";
import { command, flag, integer, one, text } from "../framework/command.ts";
import { notOneOfError, unknownNameError } from "../framework/not-one-of.ts";
import type { Context } from "../context.ts";
import { jsonOption, listFormat, listOutputOptions } from "../options/output-options.ts";
import { agree, yesOption } from "../asking/agreement.ts";
import { unchangedBy, provePassphrase } from "../asking/prove-passphrase.ts";
import { connectToOpenVault, connectWithPassphrase } from "../asking/connect-open.ts";
import {
  currentPassphrase,
  newPassphrase,
  passphraseOptions,
  passphrasePair,
} from "../asking/secret-source.ts";
import { printJson, printJsonLines } from "../output/json.ts";
import { presentRecoveryKey, printJsonWithKey } from "../asking/show-recovery-key.ts";
import { removalQuestion } from "../asking/slot-questions.ts";
import { formatTable } from "../output/text-table.ts";
import { formatTime } from "../../base/shown-values.ts";
import { withProgress } from "../output/long-work.ts";

type Slot = Result<"key.list">["slots"][number];

const KINDS = ["passphrase", "recovery", "keychain"] as const;

export const keyList = command({
  name: "key list",
  group: "keys and clients",
  summary: "List the ways to open the vault.",
  arguments: [],
  options: { ...listOutputOptions },
  examples: [["keepsake key list", "slots, their kind and what they cost to try"]],
  run: async ({ options }, context) => {
    const format = listFormat(options);
    const client = await context.connect("start");
    const { slots } = await client.call("key.list", {}, { signal: context.signal });
    const { out } = context.screen;
    if (format === "json") printJson(out, { slots });
    else if (format === "jsonl") printJsonLines(out, slots);
    else printSlots(slots, context);
  },
});

export const keyAdd = command({
  name: "key add",
  group: "keys and clients",
  summary: "Add a way to open the vault: another passphrase, a recovery key or this login's keychain.",
  details: [
    "A recovery key is shown once. A passphrase is asked for twice; off a terminal give --passphrase-fd.",
  ],
  asksSecrets: true,
  arguments: [one("kind", KINDS.join(", "), KINDS)],
  options: {
    label: text("TEXT", "a name for the slot: letters, digits, space . : - _"),
    ...passphraseOptions,
    ...jsonOption,
  },
  examples: [["keepsake key add recovery --label safe", "one more recovery key"]],
  run: async ({ words, options }, context) => {
    const { label, json } = options;
    const kind = KINDS.find((each) => each === words[0]);
    if (kind === undefined)
      throw notOneOfError(`the kind is one of ${KINDS.join(", ")}`, words[0] ?? "", KINDS);
    if (kind !== "passphrase" && (options.passphraseFd !== undefined || options.pinentry)) {
      throw new KeepsakeError("USAGE", "--passphrase-fd and --pinentry belong to key add passphrase");
    }
    if (label !== undefined && !isValid("label", label)) {
      throw new KeepsakeError("USAGE", "--label takes at most 64 letters, digits, spaces and . : - _");
    }
    const client = await connectToOpenVault(context);
    const secrets = kind === "passphrase" ? [await newPassphrase(options, context)] : [];
    let recoveryKey: Secret | undefined;
    try {
      const { slot } = await withProgress(context, "adding the slot", (how) =>
        client.call(
          "key.add",
          { kind, ...(label !== undefined && { label }) },
          { ...how, secrets, onSecret: (secret) => (recoveryKey = secret) },
        ),
      );
      if (json) {
        await printJsonWithKey(context.screen.out, { slot }, recoveryKey, slot.id);
        return;
      }
      const { out, err } = context.screen;
      if (recoveryKey !== undefined) await presentRecoveryKey(recoveryKey, context, slot.id);
      else if (!out.isTerminal) out.write(`${slot.id}\n`);
      if (out.isTerminal)
        err.write(`added: ${kind === "recovery" ? "recovery key" : kind}, slot ${slot.id}\n`);
    } finally {
      for (const secret of secrets) secret.wipe();
      recoveryKey?.wipe();
    }
  },
});

export const keyRemove = command({
  name: "key remove",
  group: "keys and clients",
  summary: "Remove a way to open the vault; the last passphrase or recovery slot stays.",
  arguments: [one("id", "the slot, as key list prints it", "slot")],
  options: { ...yesOption, ...jsonOption },
  examples: [["keepsake key remove k3v9x2ma", "a passphrase that was lost"]],
  run: async ({ words, options }, context) => {
    const [id = ""] = words;
    if (!isValid("slotId", id))
      throw new KeepsakeError(
        "USAGE",
        `${asTyped(id)} is not a slot: 8 letters and digits, as key list prints it`,
      );
    const client = await connectToOpenVault(context);
    const { slots } = await client.call("key.list", {}, { signal: context.signal });
    const slot = slots.find((each) => each.id === id);
    if (slot === undefined) {
      throw unknownNameError(
        "there is no slot",
        id,
        slots.map((each) => each.id),
      );
    }
    if (!options.yes) await agree(context, removalQuestion(slots, slot));
    const answer = await client.call("key.remove", { id: id }, { signal: context.signal });
    if (options.json) printJson(context.screen.out, answer);
    else context.screen.out.write(`removed ${answer.removed}\n`);
  },
});

export const keyChange = command({
  name: "key change",
  group: "keys and clients",
  summary: "Change the passphrase.",
  details: [
    "Asks for the current one, checks it, and then asks twice for the new one. In a script --passphrase-fd gives both, one a line; or --new-passphrase-fd gives the new one apart.",
  ],
  asksSecrets: true,
  arguments: [],
  options: {
    rotate: flag("also a new data key: everything is sealed anew"),
    newPassphraseFd: integer("N", "read the new passphrase from this file descriptor", {
      min: 0,
      max: 1_023,
    }),
    ...passphraseOptions,
    ...jsonOption,
  },
  examples: [["keepsake key change", "asks for both"]],
  run: async ({ options }, context) => {
    const client = await connectWithPassphrase(context);
    const change = async () => {
      const secrets = await readPair(client, options, context);
      return withProgress(context, "changing the passphrase", (how) =>
        client.call("key.change", { rotate: options.rotate }, { ...how, secrets }),
      );
    };
    const { slot } = await change().catch((error: unknown) => {
      throw unchangedBy(error);
    });
    if (options.json) printJson(context.screen.out, { slot });
    else context.screen.out.write("the passphrase is changed\n");
  },
});

interface PairChoice {
  readonly passphraseFd: number | undefined;
  readonly newPassphraseFd: number | undefined;
  readonly pinentry: boolean;
}

/** Where the new one is typed, the current one is checked before. */
async function readPair(
  client: KeepsakeClient,
  choice: PairChoice,
  context: Context,
): Promise<readonly Secret[]> {
  const { passphraseFd, newPassphraseFd, pinentry } = choice;
  if (newPassphraseFd !== undefined && newPassphraseFd === passphraseFd) {
    throw new KeepsakeError("USAGE", "one descriptor that gives both lines needs --passphrase-fd alone");
  }
  if (passphraseFd !== undefined && newPassphraseFd === undefined) {
    return passphrasePair(passphraseFd, "--passphrase-fd", context);
  }
  const current = await currentPassphrase(choice, context, "Current passphrase:");
  try {
    if (newPassphraseFd === undefined) {
      await withProgress(context, "checking the passphrase", (how) => provePassphrase(client, current, how));
    }
    return [current, await newPassphrase({ passphraseFd: newPassphraseFd, pinentry }, context)];
  } catch (error) {
    current.wipe();
    throw error;
  }
}

function printSlots(slots: readonly Slot[], { screen }: Context): void {
  const { style } = screen.out;
  const rows = slots.map(({ id, kind, label, created, kdf }) => [
    { text: id },
    { text: kind, style: style.bold },
    { text: label === "" ? "-" : label },
    { text: formatTime(created), style: style.dim },
    {
      text: kdf === undefined ? "" : `Argon2id ${kdf.memoryKiB / 1_024} MiB × ${kdf.passes}`,
      style: style.dim,
    },
  ]);
  screen.out.write(formatTable(rows, screen.lineWidth));
}
