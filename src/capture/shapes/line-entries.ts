/** The entries of a file of JSON Lines. Every line comes to exactly one thing: entries, or one reason why it gives none. */
import type { ImportEntry } from "../../protocol/methods/data-methods.ts";
import { readLines } from "../read-lines.ts";
import type { Line } from "../read-lines.ts";
import type { Given, Reading } from "../reading.ts";
import type { SkipReason } from "../skip-counts.ts";
import { wholeRecords } from "./whole-records.ts";
import { parseFields } from "./fields.ts";
import type { Fields } from "./fields.ts";

/** Lines hold images and tool results; longer ones than this are passed over. */
const MAX_LINE_BYTES = 32 << 20;

/** @param entriesOf - what a record of a line gives: entries, or reasons why something in it gives none */
export async function* lineEntries(
  reading: Pick<Reading, "chunks" | "onSkip" | "onLine">,
  entriesOf: (record: Fields, line: number) => AsyncIterable<Given> | Iterable<Given>,
): AsyncGenerator<ImportEntry> {
  yield* entriesOfLines(readLines(reading.chunks, MAX_LINE_BYTES), reading, entriesOf);
}

export async function* entriesOfLines(
  lines: AsyncIterable<Line>,
  { onSkip, onLine }: Pick<Reading, "onSkip" | "onLine">,
  entriesOf: (record: Fields, line: number) => AsyncIterable<Given> | Iterable<Given>,
): AsyncGenerator<ImportEntry> {
  for await (const line of lines) {
    let reason: SkipReason | undefined;
    let isFirst = true;
    onLine?.();
    for (const record of recordsOf(line)) {
      for await (const given of entriesOf(record, line.number)) {
        if (typeof given === "string") reason ??= given;
        else {
          yield isFirst ? given : { ...given, sameLine: true };
          isFirst = false;
        }
      }
    }
    if (isFirst) onSkip(reason ?? faultOf(line));
  }
}

/** The record on a line; of a damaged one, those that are whole. */
function recordsOf({ text, fault, bytes }: Line): readonly Fields[] {
  if (fault === "too-long") return [];
  const fields = text === undefined ? undefined : parseFields(text);
  if (fields !== undefined) return [fields];
  return wholeRecords(text ?? Buffer.from(bytes ?? []).toString("utf8"), text !== undefined);
}

function faultOf({ text, fault }: Line): SkipReason {
  return text?.trim() === "" ? "blank" : (fault ?? "not-json");
}
