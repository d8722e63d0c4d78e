/**
 * A Claude Code transcript as entries to import: what the person and the assistant said, verbatim, one entry a message.
 *
 *   lines → records on them → said or a reason to skip → private parts out → cut to size → entries
 *
 * An entry's identity is the host's id of its line, so importing again stores nothing twice; the second part of a cut text has
 * `#2` behind its id, and so on. Every line comes to exactly one thing: entries, or one reason why it gives none.
 */
import { attempt } from "../../base/attempt.ts";
import type { ImportEntry } from "../../protocol/methods/data-methods.ts";
import { readLines } from "../read-lines.ts";
import type { Line } from "../read-lines.ts";
import type { Reading } from "../reading.ts";
import { turnEntries } from "../shapes/turn-entries.ts";
import { wholeRecords } from "../shapes/whole-records.ts";
import type { SkipReason } from "../skip-counts.ts";
import { AnswerLines } from "./answer-lines.ts";
import { readTranscriptLine } from "./transcript-line.ts";
import type { TranscriptLine } from "./transcript-line.ts";

/** Room for the number of a part. */
const UUID_CHARACTERS = 120;

/** Lines hold images and tool results; longer ones than this are passed over. */
const MAX_LINE_BYTES = 32 << 20;

type Options = Pick<Reading, "projectOf" | "isPrivate" | "onSkip" | "onLine" | "onState" | "onCut">;

export async function* readTranscript({ chunks, ...options }: Reading) {
  yield* transcriptEntries(readLines(chunks, MAX_LINE_BYTES), options);
}

export async function* transcriptEntries(
  lines: AsyncIterable<Line>,
  options: Options,
): AsyncGenerator<ImportEntry> {
  const answers = new AnswerLines();
  let prompt: string | undefined;
  for await (const line of lines) {
    options.onLine?.();
    let reason: SkipReason | undefined;
    let isFirst = true;
    for (const read of readingsOf(line)) {
      if (read.prompt !== undefined) {
        prompt = read.prompt;
        options.onState?.("prompt");
      }
      if ("skip" in read) reason ??= read.skip;
      else {
        const { at, partOf } = answers.take(read.said);
        // What was queued while the assistant worked says no id of its own: it is of the prompt before it.
        const promptOf = read.said.isPrompt ? prompt : undefined;
        const said = { ...read.said, name: read.said.uuid.slice(0, UUID_CHARACTERS), at, promptOf };
        for await (const given of turnEntries(said, options)) {
          if (typeof given === "string") reason ??= given;
          else {
            yield { ...given, ...(partOf.length > 0 && { partOf }), ...(!isFirst && { sameLine: true }) };
            isFirst = false;
          }
        }
      }
    }
    if (isFirst) options.onSkip(reason ?? "no-words");
  }
}

/** What stands on a line; of a damaged one, what was said in the records that are whole. */
function readingsOf({ text, fault, bytes }: Line): readonly TranscriptLine[] {
  if (fault === "too-long") return [{ skip: fault }];
  if (text?.trim() === "") return [{ skip: "blank" }];
  const whole = attempt(() => ({ record: JSON.parse(text ?? "") as unknown }));
  if (whole !== undefined) return [readTranscriptLine(whole.record)];
  const saved = wholeRecords(text ?? Buffer.from(bytes ?? []).toString("utf8"), text !== undefined);
  const said = saved.map(readTranscriptLine).filter((read) => "said" in read);
  return said.length > 0 ? said : [{ skip: fault ?? "not-json" }];
}
