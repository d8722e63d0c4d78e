/** Handlers that move many memories at once. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { LIMITS } from "../../base/limits.ts";
import { splitLines } from "../../base/lines.ts";
import type { Params, Result } from "../../protocol/method-table.ts";
import type { RecallGate } from "../../policy/recall-gate.ts";
import type { Trust } from "../../protocol/schemas.ts";
import { EXPIRED, lowerNewer, markOfLine, memoryOfLine, withoutRise } from "../memories/import-entries.ts";
import type { Memories } from "../memories/memories.ts";
import type { CallContext, Handlers } from "../service.ts";
import { VersionCircles } from "../memories/version-circles.ts";
import { forgottenBy, sortArrivals, storeOnce } from "../memories/store-once.ts";
import type { Arrival, Sorted, StoreOnceOptions } from "../memories/store-once.ts";
import { goneSections } from "../sections/gone-sections.ts";
import { SectionImport } from "../sections/section-import.ts";

/**
 * What is stored in one batch: nothing else waits for longer than that takes to encode and to index. The first batches are
 * small: they run code that has not run before, many times slower than later.
 */
const FIRST_BATCH_ENTRIES = 4;
const MAX_BATCH_ENTRIES = 100;
const BATCH_GROWTH = 1.5;
const MAX_BATCH_BYTES = 256 << 10;
const MAX_NAMED_REJECTIONS = 100;
/** Lines that fill no batch, blank or rejected, give way as well. */
const LINES_PER_TURN = 16;
/** Tab, carriage return, space. */
const BLANKS = new Set([0x09, 0x0d, 0x20]);

export interface DataHandlersDeps {
  readonly opened: () => Memories;
  readonly gate: RecallGate;
  readonly now: () => number;
}

export function dataHandlers(deps: DataHandlersDeps): Pick<Handlers, "data.import"> {
  return { "data.import": async (params, context) => importStream(deps, params, context) };
}

async function importStream(
  { opened, gate, now }: DataHandlersDeps,
  { format, dryRun, ownExport, again }: Params<"data.import">,
  { client, stream, signal, progress }: CallContext,
): Promise<Result<"data.import">> {
  const [memories, savedAt] = [opened(), now()];
  const pass = ownExport ? gate.passOfPerson(client) : undefined;
  const result = { stored: 0, duplicates: 0, rejected: 0, circular: 0, rejectedLines: [] as number[] };
  const left = { unlinked: 0, expired: 0, forgotten: 0 };
  const circles = new VersionCircles(memories);
  const isRefused = (arrival: Arrival) => circles.wouldClose(arrival);
  const heeded = again ? "none" : "all";
  let sections: SectionImport | undefined;
  const sectionImport = () =>
    (sections ??= new SectionImport(memories, { pass: gate.passOfPerson(client), dryRun, again, signal }));
  const planned = new Set<string>();
  const known = new Map<string, Trust>();
  const reject = (line: number) => {
    result.rejected += 1;
    if (result.rejectedLines.length < MAX_NAMED_REJECTIONS) result.rejectedLines.push(line);
  };
  let lineNumber = 0;
  const lines = new Map<Arrival, number>();
  let bytes = 0;
  let most = FIRST_BATCH_ENTRIES;
  const flush = async () => {
    signal.throwIfAborted();
    const { outcome, refused } = dryRun
      ? await planNew(memories, [...lines.keys()], planned, { isRefused, heeded })
      : await storeOnce(memories, [...lines.keys()], { signal, isRefused, pass, heeded });
    if (!dryRun)
      await lowerNewer(
        memories,
        [...lines.keys()].filter(({ id }) => known.has(id)),
        pass,
      );
    result.stored += outcome.stored;
    result.duplicates += outcome.duplicates;
    left.forgotten += outcome.forgotten;
    result.circular += refused.length;
    for (const each of refused) reject(lines.get(each) ?? lineNumber);
    lines.clear();
    bytes = 0;
    most = Math.min(MAX_BATCH_ENTRIES, Math.ceil(most * BATCH_GROWTH));
    progress({ stage: "write", done: lineNumber, total: 0 });
  };
  for await (const line of splitLines(stream, LIMITS.frameBytes)) {
    lineNumber += 1;
    if (lineNumber % LINES_PER_TURN === 0) await nextTurn();
    if (line !== undefined && isBlank(line)) continue;
    const mark = line && markOfLine(line);
    if (mark !== undefined) {
      await sectionImport().note(mark);
      continue;
    }
    const memory = line && memoryOfLine(memories, line, { client, format, savedAt, ownExport });
    if (line === undefined || memory === undefined) {
      reject(lineNumber);
      continue;
    }
    if (memory === EXPIRED) {
      left.expired += 1;
      continue;
    }
    const { isUnlinked, section, ...arrival } = memory;
    if (section !== undefined) {
      if (!sectionImport().add(section, arrival.stored, lineNumber)) reject(lineNumber);
      continue;
    }
    if (isUnlinked) left.unlinked += 1;
    lines.set(ownExport ? await withoutRise(memories, arrival, known) : arrival, lineNumber);
    bytes += line.length;
    if (lines.size === most || bytes >= MAX_BATCH_BYTES) await flush();
  }
  await flush();
  for (const each of sections?.leftLines ?? []) reject(each);
  result.rejectedLines.sort((one, other) => one - other);
  const {
    stored = 0,
    replaced = 0,
    known: there = 0,
    kept = 0,
    forgotten = 0,
    elsewhere = 0,
  } = sections?.counts ?? {};
  const book = await sections?.book();
  const { gone = [], goneLeft = 0 } =
    book && sections ? await goneSections(memories, book, sections.given, format) : {};
  return {
    ...result,
    stored: result.stored + stored + replaced,
    duplicates: result.duplicates + there,
    ...onlySome({ ...left, forgotten: left.forgotten + forgotten, replaced, kept, elsewhere, goneLeft }),
    ...(gone.length > 0 && { gone: [...gone] }),
  };
}

/** Counts that are not there when they are none. */
function onlySome<N extends string>(counts: Readonly<Record<N, number>>): Partial<Record<N, number>> {
  const entries = Object.entries<number>(counts).filter(([, count]) => count > 0);
  return Object.fromEntries(entries) as Partial<Record<N, number>>;
}

function isBlank(line: Uint8Array): boolean {
  return line.every((byte) => BLANKS.has(byte));
}

/** What storing the batch would come to; `planned` remembers what earlier batches would have stored. */
async function planNew(
  memories: Memories,
  batch: readonly Arrival[],
  planned: Set<string>,
  { isRefused, heeded }: Required<Pick<StoreOnceOptions, "isRefused" | "heeded">>,
): Promise<Sorted> {
  const isFree = memories.freeIds();
  const sorted = await sortArrivals(batch, {
    isFree: (id) => !planned.has(id) && isFree(id),
    isForgotten: forgottenBy(memories, heeded),
    isRefused,
  });
  for (const { id } of sorted.fresh) planned.add(id);
  return sorted;
}
