/** `memory_get`: whole memories by id. */
import * as z from "zod";
import { LIMITS } from "../../base/limits.ts";
import { recordId } from "../../protocol/schemas.ts";
import { framed } from "../../base/stored-text.ts";
import { storedOutput, storedResult } from "./stored-result.ts";
import { tool } from "./tool.ts";
import { leftOutHints, memoryLines, showMemories, shownMemory } from "./whole-memory.ts";

export const getTool = tool({
  description: "Whole texts of memories by id, with other versions; context adds neighbouring turns.",
  input: z.strictObject({
    ids: z.array(recordId).min(1).max(LIMITS.maxIds),
    context: z.int().min(0).max(LIMITS.maxContext).optional().describe("turns on each side"),
  }),
  output: storedOutput({
    memories: z.array(shownMemory),
    missing: z.array(z.string()),
    hint: z.string().optional(),
  }),
  slips: { id: "ids", memory_id: "ids", memory_ids: "ids" },
  run: async ({ ids, context = 0 }, { daemon, clock, drawMark, signal }) => {
    const {
      memories,
      missing,
      leftOut = [],
    } = await daemon.call("memory.get", { ids, context, exchange: true }, signal);
    const shown = showMemories(memories);
    const lines = shown.flatMap((memory) => memoryLines(memory, clock.now()));
    const hint = [
      ...memories.flatMap(leftOutHints),
      leftOut.length === 0 ? "" : `No room for ${leftOut.join(", ")}: get them in another call.`,
    ]
      .filter((sentence) => sentence !== "")
      .join(" ");
    const parts = [
      shown.length === 0 ? "" : framed(lines, drawMark()),
      missing.length === 0 ? "" : `Not there: ${missing.join(", ")}.`,
      hint,
    ];
    return {
      text: parts.filter((text) => text !== "").join("\n"),
      structured: storedResult({ memories: [...shown], missing, ...(hint !== "" && { hint }) }),
    };
  },
});
