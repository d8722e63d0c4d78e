/**
 * The events.jsonl of a session of Copilot CLI: lines `{type, data, id, timestamp, parentId}`. `session.start` names session and
 * folder, `session.resume` another folder; `user.message` holds what was typed in `content` (`transformedContent` is what the host made of it),
 * `assistant.message` what was answered. Source: files of Copilot CLI 1.0.
 */
import { basename, dirname } from "node:path";
import { fieldsIn, textIn, timeIn } from "../shapes/fields.ts";
import type { Fields } from "../shapes/fields.ts";
import { lineEntries } from "../shapes/line-entries.ts";
import type { Given, Reading } from "../reading.ts";
import { messageName, promptAfter, textMark, turnEntries } from "../shapes/turn-entries.ts";

const ROLES: Readonly<Record<string, "user" | "assistant">> = {
  "user.message": "user",
  "assistant.message": "assistant",
};

export async function* readCopilotEvents(reading: Reading) {
  let session = basename(dirname(reading.path));
  let folder: string | undefined;
  let last: string | undefined;
  let at = reading.modified;
  yield* lineEntries(reading, async function* (event): AsyncGenerator<Given> {
    const data = fieldsIn(event, "data");
    const type = textIn(event, "type") ?? "";
    at = timeIn(event, "timestamp") ?? at;
    if (type === "session.start") {
      session = textIn(data, "sessionId") ?? session;
      reading.onState?.("session");
    }
    const moved = textIn(fieldsIn(data, "context"), "cwd");
    if (moved !== undefined) {
      folder = moved;
      reading.onState?.("folder");
    }
    const role = ROLES[type];
    const text = textIn(data, "content");
    if (role === undefined) yield "not-conversation";
    else if (isOfHelper(event) || isOfHelper(data)) yield "sidechain";
    else if (role === "user" && !isTyped(data)) yield "meta";
    else if (text === undefined) yield "no-words";
    else {
      const id = textIn(data, "messageId") ?? textIn(event, "id") ?? `${at}:${role}:${textMark(text)}`;
      const name = messageName(session, id);
      const promptOf = role === "user" ? promptAfter(session, last) : undefined;
      last = name;
      reading.onState?.("message", name);
      const said = { role, text, at, session, folder, name, promptOf };
      yield* turnEntries(said, reading);
    }
  });
}

function isOfHelper(fields: Fields): boolean {
  return textIn(fields, "parentToolCallId", "agentId") !== undefined;
}

/** What else speaks in the person's name says what it is. */
function isTyped(data: Fields): boolean {
  const source = textIn(data, "source");
  return source === undefined || source === "user";
}
