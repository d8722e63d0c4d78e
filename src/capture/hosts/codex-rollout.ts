/**
 * A rollout of Codex: lines `{timestamp, ordinal?, type, payload}`. `session_meta` names thread and folder. What was said
 * stands in `event_msg` lines: `item_completed` with an item `UserMessage` or `AgentMessage`, in older files `user_message`
 * and `agent_message`; a file may have both, also of the same message. `response_item` lines say it all again, with what
 * the host added for the model. A resumed thread goes on in its file; a fork copies nothing.
 * Source: files of Codex 0.171.
 */
import { basename } from "node:path";
import { fieldsIn, isFields, listIn, textIn, timeIn } from "../fields.ts";
import type { Fields } from "../fields.ts";
import { readFieldLines } from "../field-lines.ts";
import { isBlock } from "../host-blocks.ts";
import type { Reading } from "../reading.ts";
import type { SkipReason } from "../skip-counts.ts";
import { messageName, textMark, turnEntries } from "../turn-entries.ts";

type Role = "user" | "assistant";

interface Message {
  readonly role: Role;
  readonly text: string;
  /** Whether it is an item; older lines are none. */
  readonly isItem: boolean;
  readonly id: string | undefined;
}

interface Previous {
  readonly message: Message;
  /** The id of the same message in the other way. */
  readonly echo: string | undefined;
}

const ROLES: Readonly<Record<string, Role>> = {
  UserMessage: "user",
  AgentMessage: "assistant",
  user_message: "user",
  agent_message: "assistant",
};

/** Blocks that the host writes in the person's name. */
const MACHINE_BLOCKS = [
  "environment_context",
  "user_instructions",
  "turn_aborted",
  "user_shell_command",
  "subagent_notification",
  "skill",
];
const AGENTS_FILE = /^# AGENTS\.md instructions for [^\n]+\n+<INSTRUCTIONS>[^]*<\/INSTRUCTIONS>$/;
/** What an editor puts before the words of the person. */
const EDITOR_CONTEXT = /^# Context from my IDE setup:\n[^]*?\n## My request for Codex:\n/;

export async function* readCodexRollout(reading: Reading) {
  const { onSkip, modified } = reading;
  let thread = threadOfName(reading.path);
  let folder: string | undefined;
  let isHelper = false;
  let at = modified;
  let previous: Previous | undefined;
  for await (const { fields, number } of readFieldLines(reading)) {
    const payload = fieldsIn(fields, "payload");
    at = timeIn(fields, "timestamp") ?? at;
    if (fields["type"] === "session_meta") {
      thread = textIn(payload, "id", "session_id") ?? thread;
      folder = textIn(payload, "cwd") ?? folder;
      isHelper = isFields(payload["source"]) && Object.hasOwn(payload["source"], "subagent");
    }
    const read = readMessage(fields, payload);
    if (typeof read === "string") {
      if (isTurnBoundary(fields, payload)) previous = undefined;
      onSkip(read);
    } else if (isHelper) onSkip("sidechain");
    else {
      const moment = textIn(fields, "timestamp") ?? `line ${number}`;
      const id = read.id ?? `${moment}:${read.role}:${textMark(read.text)}`;
      if (previous !== undefined && isEcho(read, id, previous)) {
        previous = { ...previous, echo: id };
        onSkip("not-conversation");
        continue;
      }
      previous = { message: read, echo: undefined };
      const session = textIn(payload, "thread_id") ?? thread;
      // The provider of the model gives the ids of answers: they are one in their thread alone.
      yield* turnEntries({ ...read, at, session, folder, name: messageName(session, id) }, reading);
    }
  }
}

/** A thread whose first line is lost is still named by its file. */
function threadOfName(path: string): string {
  const name = basename(path).replace(/\.jsonl$/i, "");
  return /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.exec(name)?.[0] ?? name;
}

function readMessage({ type }: Fields, payload: Fields): Message | SkipReason {
  if (typeof type !== "string") return "unknown-shape";
  if (type !== "event_msg") return "not-conversation";
  const isItem = payload["type"] === "item_completed";
  const said = isItem ? fieldsIn(payload, "item") : payload;
  const role = ROLES[textIn(said, "type") ?? ""];
  if (role === undefined) return "not-conversation";
  const text = isItem ? textOfContent(said) : textIn(said, "message");
  if (text === undefined) return isItem && Array.isArray(said["content"]) ? "no-words" : "unknown-shape";
  const spoken = role === "user" ? typedText(text) : text;
  return spoken === undefined
    ? "meta"
    : { role, text: spoken, isItem, id: isItem ? textIn(said, "id") : undefined };
}

function textOfContent(item: Fields): string | undefined {
  const texts = listIn(item, "content").flatMap((part) =>
    isFields(part) && /^text$/i.test(textIn(part, "type") ?? "") ? (textIn(part, "text") ?? []) : [],
  );
  return texts.length === 0 ? undefined : texts.join("\n\n");
}

/** What the person typed; `undefined` for what the host wrote in their name. */
function typedText(text: string): string | undefined {
  const trimmed = text.trim();
  if (MACHINE_BLOCKS.some((name) => isBlock(trimmed, name)) || AGENTS_FILE.test(trimmed)) return undefined;
  return text.replace(EDITOR_CONTEXT, "");
}

/** Whether it is the message before it, written in the other way; also where that line is there twice. */
function isEcho({ role, text, isItem }: Message, id: string, { message, echo }: Previous): boolean {
  const isSame = message.role === role && message.text === text && message.isItem !== isItem;
  return isSame && (echo === undefined || echo === id);
}

function isTurnBoundary({ type }: Fields, payload: Fields): boolean {
  const kind = textIn(payload, "type") ?? "";
  return (
    type === "turn_context" || type === "session_meta" || /^(?:task|turn)_(?:started|complete)/.test(kind)
  );
}
