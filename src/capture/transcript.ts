/**
 * A Claude Code transcript as entries to import: what the person and the assistant said, verbatim, one entry a message.
 *
 *   lines → one said line or a reason to skip → lines of one answer joined → private parts out → cut to size → entries
 *
 * An entry's identity is its session and the host's id of the message's first line, so importing again stores nothing
 * twice; the second part of a cut text has `#2` behind its id, and so on.
 */
import { LIMITS } from "../base/limits.ts";
import type { ImportEntry } from "../protocol/methods/data-methods.ts";
import type { Reading } from "./reading.ts";
import { removePrivate } from "./private-text.ts";
import { readLines } from "./read-lines.ts";
import type { Line } from "./read-lines.ts";
import { splitText } from "./split-text.ts";
import { readTranscriptLine } from "./transcript-line.ts";
import type { SaidLine } from "./transcript-line.ts";

/** Text of one answer that is held back to be joined. */
const MAX_HELD_CHARACTERS = 1 << 20;
const MESSAGE_ID_CHARACTERS = 128;

/** Lines hold images and tool results; longer ones than this are passed over. */
const MAX_LINE_BYTES = 32 << 20;

export async function* readTranscript({ chunks, projectOf, onSkip }: Reading) {
  yield* transcriptEntries(readLines(chunks, MAX_LINE_BYTES), { projectOf, onSkip });
}

export async function* transcriptEntries(
  lines: AsyncIterable<Line>,
  options: Pick<Reading, "projectOf" | "onSkip">,
): AsyncGenerator<ImportEntry> {
  let held: Message | undefined;
  for await (const line of lines) {
    if (line.text === "") continue;
    const read = line.text === undefined ? { skip: line.fault ?? "not-utf8" } : readTranscriptLine(line.text);
    if ("skip" in read) {
      options.onSkip(read.skip);
      continue;
    }
    if (held !== undefined && !joins(held, read.said)) {
      yield* entriesOf(held, options);
      held = undefined;
    }
    held = held === undefined ? startMessage(read.said) : join(held, read.said);
  }
  if (held !== undefined) yield* entriesOf(held, options);
}

interface Message {
  readonly first: SaidLine;
  readonly texts: readonly string[];
  readonly characters: number;
  readonly lastUuid: string;
}

function startMessage(said: SaidLine): Message {
  return { first: said, texts: [said.text], characters: said.text.length, lastUuid: said.uuid };
}

function joins({ first, characters }: Message, said: SaidLine): boolean {
  return (
    said.answer !== undefined &&
    said.answer === first.answer &&
    said.session === first.session &&
    said.role === first.role &&
    characters < MAX_HELD_CHARACTERS
  );
}

/** A line that is written twice counts once. */
function join(held: Message, said: SaidLine): Message {
  if (said.uuid === held.lastUuid) return held;
  return {
    first: held.first,
    texts: [...held.texts, said.text],
    characters: held.characters + said.text.length,
    lastUuid: said.uuid,
  };
}

async function* entriesOf(
  { first, texts }: Message,
  options: Pick<Reading, "projectOf" | "onSkip">,
): AsyncGenerator<ImportEntry> {
  const text = removePrivate(texts.join("\n\n")).toWellFormed();
  if (text.trim() === "") {
    options.onSkip("private");
    return;
  }
  const project = await options.projectOf(first.folder);
  const parts = splitText(text, LIMITS.textBytes);
  for (const [index, part] of parts.entries()) {
    yield {
      kind: "turn",
      text: part,
      project,
      session: first.session.slice(0, LIMITS.sessionBytes),
      messageId: partId(first.uuid, index + 1),
      role: first.role,
      at: new Date(first.at).toISOString(),
    };
  }
}

function partId(uuid: string, part: number): string {
  const suffix = part === 1 ? "" : `#${part}`;
  return `${uuid.slice(0, MESSAGE_ID_CHARACTERS - suffix.length)}${suffix}`;
}
