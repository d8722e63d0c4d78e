/**
 * The events.jsonl of a session of Copilot CLI: lines `{type, data, id, timestamp, parentId}`. `session.start` names session and
 * folder; `user.message` holds what was typed in `content` (`transformedContent` is what the host made of it),
 * `assistant.message` what was answered. Source: files of Copilot CLI 1.0.
 */
import { basename, dirname } from "node:path";
import { fieldsIn, textIn, timeIn } from "../fields.ts";
import { readFieldLines } from "../field-lines.ts";
import type { Reading } from "../reading.ts";
import { messageName, textMark, turnEntries } from "../turn-entries.ts";

const ROLES: Readonly<Record<string, "user" | "assistant">> = {
  "user.message": "user",
  "assistant.message": "assistant",
};

export async function* readCopilotEvents(reading: Reading) {
  const { onSkip } = reading;
  let session = basename(dirname(reading.path));
  let folder: string | undefined;
  let at = reading.modified;
  for await (const { fields } of readFieldLines(reading)) {
    const data = fieldsIn(fields, "data");
    const type = textIn(fields, "type") ?? "";
    at = timeIn(fields, "timestamp") ?? at;
    if (type === "session.start") session = textIn(data, "sessionId") ?? session;
    folder = textIn(fieldsIn(data, "context"), "cwd") ?? folder;
    const role = ROLES[type];
    const text = textIn(data, "content");
    if (role === undefined) onSkip("not-conversation");
    else if (isOfHelper(data)) onSkip("sidechain");
    else if (role === "user" && !isTyped(data)) onSkip("meta");
    else if (text === undefined) onSkip("no-words");
    else {
      const id = textIn(data, "messageId") ?? textIn(fields, "id") ?? `${at}:${role}:${textMark(text)}`;
      yield* turnEntries({ role, text, at, session, folder, name: messageName(session, id) }, reading);
    }
  }
}

function isOfHelper(data: Parameters<typeof textIn>[0]): boolean {
  return textIn(data, "parentToolCallId", "agentId") !== undefined;
}

/** What else speaks in the person's name says what it is. */
function isTyped(data: Parameters<typeof textIn>[0]): boolean {
  const source = textIn(data, "source");
  return source === undefined || source === "user";
}
