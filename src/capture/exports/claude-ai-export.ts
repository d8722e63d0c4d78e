/**
 * Claude.ai's export. A conversation is `{uuid, name, created_at, chat_messages: [{uuid, sender, text, content: [{type, text}],
 * created_at, parent_message_uuid}]}`, times in ISO 8601. Where messages name their parents the newest leaf's branch is taken,
 * since the export does not say which one is shown; in older exports they stand in order. What Claude remembers is
 * `{conversations_memory, project_memories: {uuid: text}, memory_files: [{path, content, updated_at}]}`: notes.
 */
import { fieldsIn, isFields, listIn, textIn, timeIn } from "../shapes/fields.ts";
import type { Fields } from "../shapes/fields.ts";
import { readFrontMatter } from "../markdown/front-matter.ts";
import { markdownSections } from "../markdown/markdown.ts";
import type { Given, Reading } from "../reading.ts";
import type { SkipReason } from "../skip-counts.ts";
import { noteEntries } from "../shapes/note-entries.ts";
import { entriesAlone, messageName, turnEntries } from "../shapes/turn-entries.ts";
import { branchTo } from "./branch.ts";
import type { Node } from "./branch.ts";
import { jsonElements } from "../shapes/json-elements.ts";

const ROOT = "00000000-0000-4000-8000-000000000000";
/** Blocks in which the person or Claude says something. */
const SPOKEN_BLOCKS: ReadonlySet<unknown> = new Set(["text", "voice_note"]);

interface MessageNode extends Node {
  readonly message: Fields;
}

export async function* readClaudeAiExport(reading: Reading) {
  for await (const element of jsonElements(reading)) {
    if (!isFields(element)) reading.onSkip("unknown-shape");
    else if (Array.isArray(element["chat_messages"]))
      yield* entriesAlone(conversationTurns(element, reading), reading);
    else yield* entriesAlone(memoryNotes(element, reading), reading);
  }
}

async function* conversationTurns(conversation: Fields, reading: Reading): AsyncGenerator<Given> {
  const { onSkip } = reading;
  const session = textIn(conversation, "uuid") ?? `claude-ai:${textIn(conversation, "created_at") ?? ""}`;
  const nodes = nodesOf(conversation, onSkip);
  const branch = branchTo(nodes, textIn(conversation, "current_leaf_message_uuid"));
  for (let left = nodes.size - branch.length; left > 0; left -= 1) yield "other-branch";
  let at = timeIn(conversation, "created_at") ?? reading.modified;
  for (const { id, message, at: said } of branch) {
    at = said ?? at;
    const read = readMessage(message);
    if (typeof read === "string") yield read;
    else yield* turnEntries({ ...read, at, session, name: messageName(session, id) }, reading);
  }
}

/** A message that names no parent that is there follows the one before it. */
function nodesOf(conversation: Fields, onSkip: Reading["onSkip"]): ReadonlyMap<string, MessageNode> {
  const messages = listIn(conversation, "chat_messages").filter((message) => {
    if (!isFields(message)) onSkip("unknown-shape");
    return isFields(message);
  });
  const idOf = (message: Fields, index: number) => textIn(message, "uuid") ?? `message ${index + 1}`;
  const ids = new Set(messages.map(idOf));
  const nodes = new Map<string, MessageNode>();
  let before: string | undefined;
  for (const [index, message] of messages.entries()) {
    const id = idOf(message, index);
    const named = textIn(message, "parent_message_uuid");
    const isRoot = named === ROOT || message["parent_message_uuid"] === null;
    const parent = named !== undefined && ids.has(named) ? named : isRoot ? undefined : before;
    nodes.set(id, { id, parent, at: timeIn(message, "created_at"), message });
    before = id;
  }
  return nodes;
}

function readMessage(message: Fields): { role: "user" | "assistant"; text: string } | SkipReason {
  const sender = textIn(message, "sender");
  if (sender !== "human" && sender !== "assistant") return "unknown-shape";
  const blocks = listIn(message, "content").filter(isFields);
  const said = blocks
    .filter(({ type }) => SPOKEN_BLOCKS.has(type))
    .flatMap((block) => textIn(block, "text") ?? []);
  // Only exports without blocks have all of it in `text`; beside blocks it also says what was left out.
  const text = blocks.length > 0 ? said.join("\n\n") : (textIn(message, "text") ?? "");
  return text.trim() === "" ? "no-words" : { role: sender === "human" ? "user" : "assistant", text };
}

async function* memoryNotes(memory: Fields, reading: Reading): AsyncGenerator<Given> {
  const files = listIn(memory, "memory_files").filter(isFields);
  const texts = [
    { text: textIn(memory, "conversations_memory"), at: undefined },
    ...Object.values(fieldsIn(memory, "project_memories")).map((text) => ({ text, at: undefined })),
    ...files.map((file) => ({ text: textIn(file, "content"), at: timeIn(file, "updated_at") })),
  ];
  const known = texts.filter(({ text }) => typeof text === "string");
  if (known.length === 0) yield "unknown-shape";
  for (const { text, at } of known) {
    const written = String(text);
    const front = readFrontMatter(written);
    for (const section of markdownSections(front.text + written.slice(front.length)))
      yield* noteEntries(section.text, at ?? reading.modified, reading);
  }
}
