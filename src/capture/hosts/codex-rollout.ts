/**
 * A rollout of Codex: lines `{timestamp, ordinal?, type, payload}`. `session_meta` names thread and folder, `turn_context` the folder of a turn. What was said
 * stands in `event_msg` lines: `item_completed` with an item `UserMessage` or `AgentMessage`, in older files `user_message`
 * and `agent_message`; a file may have both, also of the same message. `response_item` lines say it all again, with what
 * the host added for the model. A resumed thread goes on in its file; a fork copies nothing.
 * Source: files of Codex 0.171.
 */
import { basename } from "node:path";
import { fieldsIn, isFields, listIn, textIn, timeIn } from "../shapes/fields.ts";
import type { Fields } from "../shapes/fields.ts";
import { isBlock } from "../shapes/host-blocks.ts";
import { lineEntries } from "../shapes/line-entries.ts";
import type { Given, Reading } from "../reading.ts";
import type { SkipReason } from "../skip-counts.ts";
import { messageName, textMark, turnEntries } from "../shapes/turn-entries.ts";

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
  const rollout = new Rollout(reading);
  yield* lineEntries(reading, (record, line) => rollout.take(record, line));
}

/** What the lines before say of the next one. */
class Rollout {
  readonly #reading: Reading;
  #thread: string;
  #folder: string | undefined;
  #isOfHelper = false;
  #turn: string | undefined;
  #at: number;
  #previous: Previous | undefined;

  constructor(reading: Reading) {
    this.#reading = reading;
    this.#thread = threadOfName(reading.path);
    this.#at = reading.modified;
  }

  async *take(record: Fields, line: number): AsyncGenerator<Given> {
    const payload = fieldsIn(record, "payload");
    this.#at = timeIn(record, "timestamp") ?? this.#at;
    if (record["type"] === "session_meta") this.#begin(payload);
    if (record["type"] === "turn_context") this.#moveTo(textIn(payload, "cwd"));
    this.#enter(textIn(payload, "turn_id"));
    if (isTurnBoundary(record, payload)) this.#previous = undefined;
    const message = readMessage(record, payload);
    if (typeof message === "string") yield message;
    else if (this.#isOfHelper) yield "sidechain";
    else {
      const { role, text } = message;
      const moment = textIn(record, "timestamp") ?? `line ${line}`;
      const id = message.id ?? `${moment}:${role}:${textMark(text)}`;
      if (this.#isEcho(message, id)) {
        yield "not-conversation";
        return;
      }
      const session = textIn(payload, "thread_id") ?? this.#thread;
      // The provider of the model gives the ids of answers: they are one in their thread alone.
      const name = messageName(session, id);
      const promptOf = role === "user" ? this.#turn : undefined;
      const said = { role, text, at: this.#at, session, folder: this.#folder, name, promptOf };
      yield* turnEntries(said, this.#reading);
    }
  }

  #begin(meta: Fields): void {
    this.#thread = textIn(meta, "id", "session_id") ?? this.#thread;
    this.#isOfHelper = isFields(meta["source"]) && Object.hasOwn(meta["source"], "subagent");
    this.#reading.onState?.("thread");
    this.#moveTo(textIn(meta, "cwd"));
  }

  #moveTo(folder: string | undefined): void {
    if (folder === undefined) return;
    this.#folder = folder;
    this.#reading.onState?.("folder");
  }

  #enter(turn: string | undefined): void {
    if (turn === undefined) return;
    this.#turn = turn;
    this.#reading.onState?.("turn");
  }

  /** Whether it is the message before it, written in the other way; also where that line is there twice. */
  #isEcho({ role, text, isItem }: Message, id: string): boolean {
    const { message, echo } = this.#previous ?? {};
    const isSame = message?.role === role && message.text === text && message.isItem !== isItem;
    if (message !== undefined && isSame && (echo === undefined || echo === id)) {
      this.#previous = { message, echo: id };
      return true;
    }
    this.#previous = { message: { role, text, isItem, id }, echo: undefined };
    return false;
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
export function typedText(text: string): string | undefined {
  const trimmed = text.trim();
  if (MACHINE_BLOCKS.some((name) => isBlock(trimmed, name)) || AGENTS_FILE.test(trimmed)) return undefined;
  return text.replace(EDITOR_CONTEXT, "");
}

function isTurnBoundary({ type }: Fields, payload: Fields): boolean {
  const kind = textIn(payload, "type") ?? "";
  return (
    type === "turn_context" || type === "session_meta" || /^(?:task|turn)_(?:started|complete)/.test(kind)
  );
}
