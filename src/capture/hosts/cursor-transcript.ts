/**
 * A transcript of Cursor's command line: lines `{role, message: {content: [{type: "text", text}]}}` without ids and times, so a
 * message is known by how its file begins, its place and its words, whatever the file is called, and its time is the file's.
 * When something was said while keepsake was not told is not known, so `IsPrivate` is asked of the prompt it belongs to.
 * What the person typed stands in `<user_query>`, behind a `<timestamp>`; a file only grows.
 */
import { basename, dirname, sep } from "node:path";
import { isFields, listIn, textIn } from "../shapes/fields.ts";
import { leadingBlock, withoutLeadingBlocks } from "../shapes/host-blocks.ts";
import { lineEntries } from "../shapes/line-entries.ts";
import type { Given, Reading } from "../reading.ts";
import { messageName, promptAfter, textMark, turnEntries } from "../shapes/turn-entries.ts";

const TRANSCRIPTS_FOLDER = "agent-transcripts";

export async function* readCursorTranscript(reading: Reading) {
  const session = basename(reading.path).replace(/\.jsonl$/i, "");
  const otherSessions = foldersOfTranscript(reading.path).filter((name) => name !== session);
  const from = reading.born <= reading.modified ? reading.born : 0;
  let promptLine = 0;
  let conversation: string | undefined;
  let last: string | undefined;
  yield* lineEntries(reading, async function* ({ role, message }, line): AsyncGenerator<Given> {
    const content = isFields(message) ? listIn(message, "content") : [];
    const texts = content.flatMap((part) =>
      isFields(part) && part["type"] === "text" ? (textIn(part, "text") ?? []) : [],
    );
    if (role !== "user" && role !== "assistant") yield "unknown-shape";
    else if (texts.length === 0) yield "no-words";
    else {
      const text = (role === "user" ? texts.map(typedText) : texts).join("\n\n");
      conversation ??= `cursor:${textMark(texts.join("\n\n"))}`;
      const name = messageName(conversation, `${line}:${textMark(text)}`);
      const promptOf = role === "user" ? promptAfter(session, last) : undefined;
      last = name;
      reading.onState?.("message", name);
      if (role === "user") promptLine = line;
      const at = reading.modified;
      const unknownTime = { from, until: at, promptLine };
      yield* turnEntries({ role, text, at, unknownTime, session, otherSessions, name, promptOf }, reading);
    }
  });
}

/** A helper's transcript may lie in a folder that is named after the conversation it helps in. */
function foldersOfTranscript(path: string): readonly string[] {
  const folders = dirname(path).split(sep);
  const top = folders.lastIndexOf(TRANSCRIPTS_FOLDER);
  return top === -1 ? [] : folders.slice(top + 1);
}

function typedText(text: string): string {
  const rest = withoutLeadingBlocks(text, "timestamp");
  return leadingBlock(rest, "user_query")?.trim() ?? rest;
}
