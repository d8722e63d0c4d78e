import { KeepsakeError } from "../../base/errors.ts";
import { any, command, one } from "../framework/command.ts";
import { changeOptions, readChanges } from "../options/memory-options.ts";
import { done } from "../asking/agreement.ts";
import { jsonOption } from "../options/output-options.ts";
import { readText } from "../options/read-text.ts";
import { printJson } from "../output/json.ts";
import { keepSecretsOption, reportSecrets } from "../output/secrets-found.ts";
import { checkedIds } from "./get.ts";

export const update = command({
  name: "update",
  group: "memories",
  summary: "Write a new version of a memory and print its id; the old one stays in its history.",
  details: [
    "The text of a turn never changes: a correction is a note that replaces it, keepsake save --supersedes ID.",
    "Given the id of an older version, it replaces the newest one all the same: a history has no branches.",
  ],
  arguments: [one("id", "the memory"), any("text", "its new text; - reads standard input")],
  options: { ...changeOptions, ...keepSecretsOption, ...jsonOption },
  examples: [
    [
      'keepsake update 4f0q8c2m5xjn7w1k3t9yrd6hb0 "the printer moved to the ground floor"',
      "a fact that changed",
    ],
    ["keepsake update 4f0q8c2m5xjn7w1k3t9yrd6hb0 --pin", "the same text, pinned"],
  ],
  run: async ({ words, options }, context) => {
    const [word = "", ...textWords] = words;
    const [id = ""] = checkedIds([word], 1);
    const { keepSecrets, ...rest } = options;
    const changes = await readChanges(rest, context.clock.now());
    const isNewText = textWords.length > 0 || Object.keys(changes).length === 0;
    if (isNewText && textWords.length === 0 && context.input.isTerminal) {
      throw new KeepsakeError("USAGE", "there is nothing to change", {
        hint: "give a new text, or an option such as --tag, --pin or --expires",
      });
    }
    const body = isNewText ? { text: await readText(textWords, context) } : {};
    const client = await context.connect("start");
    const updated = done(
      await client.call(
        "memory.update",
        { id, ...body, ...changes, ...(keepSecrets && { keepSecrets: true }) },
        { signal: context.signal },
      ),
    );
    if (options.json) printJson(context.screen.out, updated);
    else context.screen.out.write(`${updated.id}\n`);
    reportSecrets(context.screen.err, updated);
  },
});
