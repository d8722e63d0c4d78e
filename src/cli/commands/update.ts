import { KeepsakeError } from "../../base/errors.ts";
import type { ParamsInput } from "../../protocol/method-table.ts";
import { any, command, flag, one, text, texts } from "../framework/command.ts";
import type { Values } from "../framework/command.ts";
import type { Context } from "../context.ts";
import { jsonOption } from "../options/output-options.ts";
import { readTags } from "../options/filter-options.ts";
import { parseExpiry } from "../../client/spoken-times.ts";
import { readText } from "../options/read-text.ts";
import { printJson } from "../output/json.ts";
import { checkedIds } from "./get.ts";

const options = {
  tag: texts("TAG", "the tags from now on, instead of the old ones; may be given more than once", {
    short: "-t",
    completes: "tag",
  }),
  noTags: flag("no tags from now on"),
  pin: flag("pin it"),
  unpin: flag("no longer pin it"),
  expires: text("TIME", 'forget it by itself then; "never" keeps it'),
  ...jsonOption,
};

export const update = command({
  name: "update",
  group: "memories",
  summary: "Write a new version of a memory and print its id; the old one stays in its history.",
  details: [
    "Given the id of an older version, it replaces the newest one all the same: a history has no branches.",
  ],
  arguments: [one("id", "the memory"), any("text", "its new text; - reads standard input")],
  options,
  examples: [
    [
      'keepsake update 4f0q8c2m5xjn7w1k3t9yrd6hb0 "the printer moved to the ground floor"',
      "a fact that changed",
    ],
    ["keepsake update 4f0q8c2m5xjn7w1k3t9yrd6hb0 --pin", "the same text, pinned"],
  ],
  run: async ({ words, options: given }, context) => {
    const [word = "", ...textWords] = words;
    const [id = ""] = checkedIds([word], 1);
    const changes = await readChanges(given, textWords, context);
    const client = await context.connect("start");
    const updated = await client.call("memory.update", { id, ...changes }, { signal: context.signal });
    if (given.json) printJson(context.screen.out, updated);
    else context.screen.out.write(`${updated.id}\n`);
  },
});

/** @throws USAGE when nothing would change or options exclude each other */
async function readChanges(
  { tag, noTags, pin, unpin, expires }: Values<typeof options>,
  textWords: readonly string[],
  context: Context,
): Promise<Omit<ParamsInput<"memory.update">, "id">> {
  if (pin && unpin) throw new KeepsakeError("USAGE", "--pin and --unpin exclude each other");
  if (tag.length > 0 && noTags) throw new KeepsakeError("USAGE", "--tag and --no-tags exclude each other");
  const changesMore = tag.length > 0 || noTags || pin || unpin || expires !== undefined;
  if (textWords.length === 0 && !changesMore && context.input.isTerminal) {
    throw new KeepsakeError("USAGE", "there is nothing to change", {
      hint: "give a new text, tags, --pin or --expires",
    });
  }
  const expiresAt =
    expires === "never"
      ? null
      : expires && (await parseExpiry(expires, "--expires", { now: context.clock.now() }));
  const isNewText = textWords.length > 0 || !changesMore;
  return {
    ...(isNewText && { text: await readText(textWords, context) }),
    ...((tag.length > 0 || noTags) && { tags: readTags(tag) }),
    ...((pin || unpin) && { pinned: pin }),
    ...(expires !== undefined && expiresAt !== "" && { expiresAt }),
  };
}
