/** Handlers that move many memories at once. */
import { LIMITS } from "../../base/limits.ts";
import type { Params, Result } from "../../protocol/method-table.ts";
import { memoryOfLine } from "../import-entries.ts";
import type { Memories, NewMemory } from "../memories.ts";
import type { CallContext, Handlers } from "../service.ts";
import { splitLines } from "../split-lines.ts";
import { VersionCircles } from "../version-circles.ts";
import { storeOnce } from "../store-once.ts";
import type { StoredOnce } from "../store-once.ts";

/** What is stored in one batch: nothing else waits for longer than that takes to encode and to index. */
const BATCH_ENTRIES = 250;
const BATCH_BYTES = 512 << 10;
const NAMED_REJECTIONS = 100;
/** Tab, carriage return, space. */
const BLANKS = new Set([0x09, 0x0d, 0x20]);

export function dataHandlers(opened: () => Memories, now: () => number): Pick<Handlers, "data.import"> {
  return { "data.import": async (params, context) => importStream(opened(), now(), params, context) };
}

async function importStream(
  memories: Memories,
  savedAt: number,
  { format, dryRun }: Params<"data.import">,
  { client, stream, signal, progress }: CallContext,
): Promise<Result<"data.import">> {
  const result = { stored: 0, duplicates: 0, rejected: 0, circular: 0, rejectedLines: [] as number[] };
  const circles = new VersionCircles(memories);
  const planned = new Set<string>();
  let lineNumber = 0;
  let batch: NewMemory[] = [];
  let bytes = 0;
  const flush = async () => {
    signal.throwIfAborted();
    const outcome = dryRun
      ? countNew(memories, batch, planned)
      : await storeOnce(memories, batch, { signal });
    result.stored += outcome.stored;
    result.duplicates += outcome.duplicates;
    batch = [];
    bytes = 0;
    progress({ stage: "write", done: lineNumber, total: 0 });
  };
  for await (const line of splitLines(stream, LIMITS.frameBytes)) {
    lineNumber += 1;
    if (line !== undefined && isBlank(line)) continue;
    const memory = line && memoryOfLine(memories, line, { client, format, savedAt });
    const isCircular = memory?.stored.supersedes !== undefined && (await circles.wouldClose(memory));
    if (line === undefined || memory === undefined || isCircular) {
      result.rejected += 1;
      if (isCircular) result.circular += 1;
      if (result.rejectedLines.length < NAMED_REJECTIONS) result.rejectedLines.push(lineNumber);
      continue;
    }
    batch.push(memory);
    bytes += line.length;
    if (batch.length === BATCH_ENTRIES || bytes >= BATCH_BYTES) await flush();
  }
  await flush();
  return result;
}

function isBlank(line: Uint8Array): boolean {
  return line.every((byte) => BLANKS.has(byte));
}

/** What storing the batch would come to; `planned` remembers what earlier batches would have stored. */
function countNew(memories: Memories, batch: readonly NewMemory[], planned: Set<string>): StoredOnce {
  const isFree = memories.freeIds();
  const fresh = batch.filter(({ id }) => {
    if (planned.has(id) || !isFree(id)) return false;
    planned.add(id);
    return true;
  });
  return { stored: fresh.length, duplicates: batch.length - fresh.length };
}
