/**
 * A transcript of Cursor's command line: lines `{role, message: {content: [{type: "text", text}]}}` without ids and times, so a
 * message is known by how its file begins, its place and its words, whatever the file is called, and its time is the file's.
 * What the person typed stands in `<user_query>`, behind a `<timestamp>`; a file only grows.
 */
import { basename } from "node:path";
import { isFields, listIn, textIn } from "../shapes/fields.ts";
import { leadingBlock, withoutLeadingBlocks } from "../shapes/host-blocks.ts";
import { lineEntries } from "../shapes/line-entries.ts";
import type { Reading } from "../reading.ts";
import { messageName, promptAfter, textMark, turnEntries } from "../shapes/turn-entries.ts";
import type { Given } from "../shapes/turn-entries.ts";

export async function* readCursorTranscript(reading: Reading) {
  const session = basename(reading.path).replace(/\.jsonl$/i, "");
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
      yield* turnEntries({ role, text, at: reading.modified, session, name, promptOf }, reading);
    }
  });
}

function typedText(text: string): string {
  const rest = withoutLeadingBlocks(text, "timestamp");
  return leadingBlock(rest, "user_query")?.trim() ?? rest;
}
