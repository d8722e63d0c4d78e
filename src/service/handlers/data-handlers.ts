/** Handlers that move many memories at once. */
import { concatBytes, fromUtf8, utf8 } from "../../base/bytes.ts";
import { KeepsakeError } from "../../base/errors.ts";
import { LIMITS } from "../../base/limits.ts";
import type { Params, Result } from "../../protocol/method-table.ts";
import { importEntry } from "../../protocol/methods/data.ts";
import type { Memories, NewMemory } from "../memories.ts";
import { milliseconds } from "../memory-codec.ts";
import type { CallContext, Handlers } from "../service.ts";
import { storeOnce } from "../store-once.ts";
import type * as z from "zod";

const IMPORT_BATCH = 500;
const NAMED_REJECTIONS = 100;
const NEWLINE = 0x0a;

type Entry = z.output<typeof importEntry>;

export function dataHandlers(opened: () => Memories, now: () => number): Pick<Handlers, "data.import"> {
  return { "data.import": (params, context) => importStream(opened(), now, params, context) };
}

async function importStream(
  memories: Memories,
  now: () => number,
  { format, dryRun }: Params<"data.import">,
  { stream, signal, progress }: CallContext,
): Promise<Result<"data.import">> {
  const result: Result<"data.import"> = { stored: 0, duplicates: 0, rejected: 0, rejectedLines: [] };
  const savedAt = now();
  const planned = new Set<string>();
  let lineNumber = 0;
  let batch: NewMemory[] = [];
  const flush = async () => {
    signal.throwIfAborted();
    const outcome = dryRun ? countNew(memories, batch, planned) : await storeOnce(memories, batch);
    result.stored += outcome.stored;
    result.duplicates += outcome.duplicates;
    batch = [];
    progress({ stage: "write", done: lineNumber, total: 0 });
  };
  for await (const line of lines(stream)) {
    lineNumber += 1;
    const entry = parseEntry(line);
    if (entry === undefined) {
      result.rejected += 1;
      if (result.rejectedLines.length < NAMED_REJECTIONS) result.rejectedLines.push(lineNumber);
      continue;
    }
    batch.push(memoryOfEntry(memories, entry, format, savedAt));
    if (batch.length === IMPORT_BATCH) await flush();
  }
  await flush();
  return result;
}

function countNew(memories: Memories, batch: readonly NewMemory[], planned: Set<string>) {
  const fresh = batch.filter(({ id }) => {
    if (planned.has(id) || memories.vault.has("memory", id)) return false;
    planned.add(id);
    return true;
  });
  return { stored: fresh.length, duplicates: batch.length - fresh.length };
}

/** Lines of a byte stream without their line ends; @throws FRAME_TOO_LARGE when one is over the cap. */
async function* lines(stream: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let rest: Uint8Array = new Uint8Array(0);
  for await (const chunk of stream) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      const line = concatBytes(rest, chunk.subarray(start, end));
      rest = new Uint8Array(0);
      start = end + 1;
      if (line.length > 0) yield line;
    }
    rest = concatBytes(rest, chunk.subarray(start));
    if (rest.length > LIMITS.frameBytes) {
      throw new KeepsakeError("FRAME_TOO_LARGE", `a line of the stream is over ${LIMITS.frameBytes} bytes`);
    }
  }
  if (rest.length > 0) yield rest;
}

function parseEntry(line: Uint8Array): Entry | undefined {
  try {
    return importEntry.safeParse(JSON.parse(fromUtf8(line))).data;
  } catch {
    return undefined;
  }
}

function memoryOfEntry(memories: Memories, entry: Entry, format: string, savedAt: number): NewMemory {
  const { id, messageId: _messageId, at, expiresAt, ...fields } = entry;
  const expiry = milliseconds(expiresAt);
  return {
    id: id ?? entryId(memories, entry),
    stored: {
      ...fields,
      source: format,
      at: milliseconds(at),
      savedAt,
      ...(expiry !== undefined && { expiresAt: expiry }),
      trust: "imported",
    },
  };
}

/** Turns are known by session and message, all else by what it says and where it belongs. */
function entryId(memories: Memories, { session, messageId, kind, project, role, at, text }: Entry): string {
  if (session !== undefined && messageId !== undefined) return memories.turnId(session, messageId);
  const name = [kind, project ?? "", session ?? "", role ?? "", kind === "turn" ? at : "", text];
  return memories.vault.deriveId(utf8("entry"), ...name.map(utf8));
}
