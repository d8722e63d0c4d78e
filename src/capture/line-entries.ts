/** The entries of a file of JSON Lines. Every line comes to exactly one thing: entries, or one reason why it gives none. */
import type { ImportEntry } from "../protocol/methods/data-methods.ts";
import { parseFields } from "./fields.ts";
import type { Fields } from "./fields.ts";
import { readLines } from "./read-lines.ts";
import type { Line } from "./read-lines.ts";
import type { Reading } from "./reading.ts";
import type { SkipReason } from "./skip-counts.ts";
import type { Given } from "./turn-entries.ts";

/** Lines hold images and tool results; longer ones than this are passed over. */
const MAX_LINE_BYTES = 32 << 20;

/** @param entriesOf - what a record of a line gives: entries, or reasons why something in it gives none */
export async function* lineEntries(
  reading: Pick<Reading, "chunks" | "onSkip">,
  entriesOf: (record: Fields, line: number) => AsyncIterable<Given> | Iterable<Given>,
): AsyncGenerator<ImportEntry> {
  yield* entriesOfLines(readLines(reading.chunks, MAX_LINE_BYTES), reading, entriesOf);
}

export async function* entriesOfLines(
  lines: AsyncIterable<Line>,
  { onSkip }: Pick<Reading, "onSkip">,
  entriesOf: (record: Fields, line: number) => AsyncIterable<Given> | Iterable<Given>,
): AsyncGenerator<ImportEntry> {
  for await (const line of lines) {
    let reason: SkipReason | undefined;
    let isFirst = true;
    if (line.text?.trim() === "") continue;
    for (const record of recordsOf(line)) {
      for await (const given of entriesOf(record, line.number)) {
        if (typeof given === "string") reason ??= given;
        else {
          yield given;
          isFirst = false;
        }
      }
    }
    if (isFirst) onSkip(reason ?? line.fault ?? "not-json");
  }
}

function recordsOf({ text }: Line): readonly Fields[] {
  const fields = text === undefined ? undefined : parseFields(text);
  return fields === undefined ? [] : [fields];
}
