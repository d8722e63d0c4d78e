import { KeepsakeError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Result } from "../../protocol/method-table.ts";
import { recordId } from "../../protocol/schemas.ts";
import { command, integer, some } from "../framework/command.ts";
import type { Context } from "../framework/context.ts";
import { listFormat, listOutputOptions } from "../framework/output-options.ts";
import { printJson, printJsonLines } from "../output/json.ts";
import { formatWhole } from "../output/memory-view.ts";
import type { MemoryView } from "../output/memory-view.ts";
import { reportError } from "../output/report-error.ts";

type Found = Result<"memory.get">["memories"][number];

export const get = command({
  name: "get",
  group: "memories",
  summary: "Show memories by id, with every version.",
  arguments: [some("id", "ids as search and recent print them")],
  options: {
    context: integer("N", "also so many turns before and after each", { least: 0, most: LIMITS.contextMost }),
    ...listOutputOptions,
  },
  examples: [["keepsake get 4f0q8c2m5xjn7w1k3t9yrd6hb0", "the whole memory and its history"]],
  run: async ({ words, options }, context) => {
    const format = listFormat(options);
    const ids = checkedIds(words, LIMITS.getMost);
    const client = await context.connect("start");
    const { memories, missing } = await client.call(
      "memory.get",
      { ids, context: options.context ?? 0 },
      { signal: context.signal },
    );
    const { out, err } = context.screen;
    if (memories.length > 0 || format === "json") {
      if (format === "json") printJson(out, { memories, missing });
      else if (format === "jsonl") printJsonLines(out, memories);
      else out.write(memories.map((memory) => formatFound(memory, context)).join("\n"));
    }
    if (missing.length === 0) return 0;
    const count =
      missing.length === ids.length
        ? "no memory has that id"
        : `${missing.length} of ${ids.length} ids were not found`;
    return reportError(err, new KeepsakeError("NOT_FOUND", count));
  },
});

/** @throws USAGE */
export function checkedIds(words: readonly string[], most: number): string[] {
  const ids = [...new Set(words)];
  if (!ids.every((id) => recordId.safeParse(id).success)) {
    throw new KeepsakeError("USAGE", "that is not the id of a memory: 26 letters and digits", {
      hint: 'ids stand in what "keepsake search" and "keepsake recent" print',
    });
  }
  if (ids.length > most) throw new KeepsakeError("USAGE", `at most ${most} ids at a time`);
  return ids;
}

/** The memory between its neighbours, then its other versions. */
function formatFound(memory: Found, { screen, clock }: Context): string {
  const { style } = screen.out;
  const view: MemoryView = { style, width: screen.width, now: clock.now() };
  const { before = [], after = [] } = memory.context ?? {};
  const others = (memory.versions ?? []).filter(({ id }) => id !== memory.id);
  const heading = others.length === 0 ? [] : [`${style.dim("other versions, oldest first")}\n`];
  return [
    ...[...before, memory, ...after].map((each) => formatWhole(each, view)),
    ...heading,
    ...others.map((version) => formatWhole(version, view)),
  ].join("\n");
}
