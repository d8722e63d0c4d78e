/** Handlers that move many memories at once. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { LIMITS } from "../../base/limits.ts";
import { splitLines } from "../../base/lines.ts";
import type { Params, Result } from "../../protocol/method-table.ts";
import { maySeeProject } from "../../policy/project-grants.ts";
import type { RecallGate } from "../../policy/recall-gate.ts";
import type { Trust } from "../../protocol/schemas.ts";
import { EXPIRED, lowerNewer, markOfLine, memoryOfLine, withoutRise } from "../memories/import-entries.ts";
import type { Arrival, Memories } from "../memories/memories.ts";
import { checkKeeps } from "../secrets.ts";
import type { Secrets } from "../secrets.ts";
import type { CallContext, Handlers } from "../service.ts";
import { VersionCircles } from "../memories/version-circles.ts";
import { nothingTaken } from "../memories/known-turns.ts";
import { sortArrivals, storeOnce } from "../memories/store-once.ts";
import type { Heeded, Sorted } from "../memories/store-once.ts";
import { goneSections } from "../sections/gone-sections.ts";
import { ForgottenWords } from "../forgotten-words.ts";
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
const OWN_FORMAT = "keepsake";
/** Lines that fill no batch, blank or rejected, give way as well. */
const LINES_PER_TURN = 16;
/** Tab, carriage return, space. */
const BLANKS = new Set([0x09, 0x0d, 0x20]);

export interface DataHandlersDeps {
  readonly opened: () => Memories;
  readonly gate: RecallGate;
  readonly now: () => number;
  readonly secrets: Secrets;
}

export function dataHandlers(deps: DataHandlersDeps): Pick<Handlers, "data.import"> {
  return { "data.import": async (params, context) => importStream(deps, params, context) };
}

async function importStream(
  { opened, gate, now, secrets }: DataHandlersDeps,
  { format, dryRun, ownExport, again, keepSecrets }: Params<"data.import">,
  { client, stream, signal, progress }: CallContext,
): Promise<Result<"data.import">> {
  const [memories, savedAt] = [opened(), now()];
  // Which projects a session is known in, the index tells.
  await memories.loaded();
  const isKept = checkKeeps(keepSecrets, client);
  const pass = ownExport ? gate.passOfPerson(client) : undefined;
  const result = { stored: 0, duplicates: 0, rejected: 0, circular: 0, rejectedLines: [] as number[] };
  const left = { unlinked: 0, expired: 0, forgotten: 0, elsewhere: 0, redacted: 0, keptSecrets: 0 };
  const circles = new VersionCircles(memories);
  const isRefused = (arrival: Arrival) => circles.wouldClose(arrival);
  // Lines of keepsake's own format are handed on unread: they speak for no file but their own.
  const isChanging = format !== OWN_FORMAT;
  const heeded: Heeded = again ? "none" : "all";
  const words = new ForgottenWords(memories, client);
  let sections: SectionImport | undefined;
  const sectionImport = () =>
    (sections ??= new SectionImport(memories, {
      pass: gate.passOfPerson(client),
      dryRun,
      again,
      signal,
    }));
  const planned = nothingTaken();
  const mayMeet = (project: string | null) => maySeeProject(project, client);
  const known = new Map<string, Trust>();
  const reject = (line: number) => {
    result.rejected += 1;
    if (result.rejectedLines.length < MAX_NAMED_REJECTIONS) result.rejectedLines.push(line);
  };
  let lineNumber = 0;
  const lines = new Map<Arrival, number>();
  const fileLines = new FileLines();
  let bytes = 0;
  let most = FIRST_BATCH_ENTRIES;
  const flush = async () => {
    signal.throwIfAborted();
    const rules = { isRefused, mayMeet, heeded, words };
    const sorted = dryRun
      ? await sortArrivals(memories, [...lines.keys()], rules, planned)
      : await storeOnce(memories, [...lines.keys()], { signal, pass, ...rules });
    const { outcome, refused } = sorted;
    if (!dryRun)
      await lowerNewer(
        memories,
        [...lines.keys()].filter(({ id }) => known.has(id)),
        pass,
      );
    result.stored += outcome.stored;
    result.duplicates += outcome.duplicates;
    left.forgotten += outcome.forgotten;
    left.elsewhere += sorted.elsewhere;
    result.circular += refused.length;
    for (const each of refused) reject(lines.get(each) ?? lineNumber);
    fileLines.settle(sorted);
    lines.clear();
    bytes = 0;
    most = Math.min(MAX_BATCH_ENTRIES, Math.ceil(most * BATCH_GROWTH));
    progress({ stage: "write", done: lineNumber, total: 0 });
  };
  for await (const line of splitLines(stream, LIMITS.frameBytes)) {
    lineNumber += 1;
    if (lineNumber % LINES_PER_TURN === 0) await nextTurn();
    if (line !== undefined && isBlank(line)) continue;
    const mark = line && isChanging ? markOfLine(line) : undefined;
    if (mark !== undefined) {
      await sectionImport().note(mark);
      continue;
    }
    const memory =
      line &&
      memoryOfLine(memories, line, {
        client,
        format,
        savedAt,
        ownExport,
        clean: (entry) => secrets.takeOutUnless(isKept, entry),
      });
    if (line === undefined || memory === undefined) {
      reject(lineNumber);
      fileLines.add(undefined);
      continue;
    }
    if (memory === EXPIRED) {
      left.expired += 1;
      continue;
    }
    const { isUnlinked, isOfSameLine, section, redacted = 0, keptSecrets = 0, ...given } = memory;
    left.redacted += redacted;
    left.keptSecrets += keptSecrets;
    if (section !== undefined && isChanging) {
      if (!sectionImport().add(section, given.stored, lineNumber)) reject(lineNumber);
      continue;
    }
    if (isUnlinked) left.unlinked += 1;
    const arrival = ownExport ? await withoutRise(memories, given, known) : given;
    lines.set(arrival, lineNumber);
    fileLines.add(arrival, isOfSameLine);
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
    ...fileLines.result(),
    stored: result.stored + stored + replaced,
    duplicates: result.duplicates + there,
    ...onlySome({
      ...left,
      forgotten: left.forgotten + forgotten,
      elsewhere: left.elsewhere + elsewhere,
      replaced,
      kept,
      goneLeft,
    }),
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

/** How many lines of their file the entries are, where one line gave several: a line of which anything is new is stored. */
class FileLines {
  readonly #waiting: { readonly arrival: Arrival | undefined; readonly isOfSameLine: boolean }[] = [];
  readonly #counts = { stored: 0, known: 0, forgotten: 0 };
  #last: "stored" | "known" | "forgotten" | undefined;
  #isShared = false;

  /** @param arrival - `undefined`: it is no valid entry */
  add(arrival: Arrival | undefined, isOfSameLine = false): void {
    this.#waiting.push({ arrival, isOfSameLine });
    this.#isShared ||= isOfSameLine;
  }

  settle(sorted: Sorted): void {
    for (const { arrival, isOfSameLine } of this.#waiting) {
      const outcome = arrival && outcomeOf(arrival, sorted);
      const before = isOfSameLine ? this.#last : undefined;
      this.#last = before === "stored" ? before : (outcome ?? before);
      if (before !== undefined) this.#counts[before] -= 1;
      if (this.#last !== undefined) this.#counts[this.#last] += 1;
    }
    this.#waiting.length = 0;
  }

  result(): Pick<Result<"data.import">, "lines"> {
    return this.#isShared ? { lines: { ...this.#counts } } : {};
  }
}

/** Nothing of what is refused. */
function outcomeOf(arrival: Arrival, { taken, refused, forgotten }: Sorted) {
  if (taken.has(arrival)) return "stored";
  if (forgotten.has(arrival)) return "forgotten";
  return refused.includes(arrival) ? undefined : "known";
}
