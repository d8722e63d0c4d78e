import { LIMITS } from "../../base/limits.ts";
import { done } from "../asking/agreement.ts";
import { command, flag, some } from "../framework/command.ts";
import { jsonOption } from "../options/output-options.ts";
import { printJson } from "../output/json.ts";
import { checkedIds, getAll, unknownIdsError } from "./get.ts";

export const mute = command({
  name: "mute",
  group: "memories",
  summary: "Never recall memories unasked, and print the ids of their new versions.",
  details: [
    "A muted memory is in no brief and is added to no prompt. A search finds it all the same, and get shows it.",
    "When one of the ids is of no memory, nothing is muted.",
  ],
  arguments: [some("id", "ids as search, recent and brief print them")],
  options: { off: flag("recall them again"), ...jsonOption },
  examples: [
    ["keepsake mute 4f0q8c2m5xjn7w1k3t9yrd6hb0", "keep a note out of every brief"],
    ["keepsake mute 4f0q8c2m5xjn7w1k3t9yrd6hb0 --off", "let it in again"],
  ],
  run: async ({ words, options }, context) => {
    const ids = checkedIds(words, LIMITS.maxIds);
    const { signal, screen } = context;
    const client = await context.connect("start");
    const { missing } = await getAll(client, ids, 0, context);
    if (missing.length > 0) throw unknownIdsError(missing, ids.length > 1 ? "; nothing was changed" : "");
    const updated: { id: string }[] = [];
    for (const id of ids) {
      updated.push(done(await client.call("memory.update", { id, muted: !options.off }, { signal })));
      if (!options.json) screen.out.write(`${updated.at(-1)?.id ?? id}\n`);
    }
    if (options.json) printJson(screen.out, { updated });
  },
});
