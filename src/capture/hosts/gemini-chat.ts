/**
 * A chat of Gemini CLI: a line `{sessionId, projectHash, startTime, kind}`, then messages `{id, timestamp, type: "user" | "gemini",
 * content, displayContent?}` and patches `{"$set": {…}}`, which may hold all messages anew; older files are one object with
 * `messages`. A message is written again when more is known of it; its id stays. `content` is text or parts `{text}`. The
 * host puts contexts in tags into the prompt and into parts beside it. The folder stands in `.project_root` above the chats.
 * Source: files of Gemini CLI 0.61.
 */
import { open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fieldsIn, isFields, listIn, textIn, timeIn } from "../shapes/fields.ts";
import type { Fields } from "../shapes/fields.ts";
import { isBlock, withoutLeadingBlocks } from "../shapes/host-blocks.ts";
import { jsonElements } from "../shapes/json-elements.ts";
import { entriesOfLines } from "../shapes/line-entries.ts";
import { readLines } from "../read-lines.ts";
import type { Line } from "../read-lines.ts";
import type { Given, Reading } from "../reading.ts";
import type { SkipReason } from "../skip-counts.ts";
import { entriesAlone, messageName, promptAfter, textMark, turnEntries } from "../shapes/turn-entries.ts";

const MAX_LINE_BYTES = 32 << 20;
const MAX_PATH_BYTES = 4_096;
/** A chat of a helper lies in a folder below the chats. */
const FOLDERS_ABOVE = 3;
const MACHINE_BLOCKS = ["hook_context", "session_context", "state_snapshot"];
const FILES_BEGIN = "--- Content from referenced files ---";
const FILES_END = "--- End of content ---";
const BARE_COMMAND = /^\/\S*$/;

export async function* readGeminiChat(reading: Reading) {
  const chat = new Chat(reading, await projectRoot(reading.path));
  const lines = readLines(reading.chunks, MAX_LINE_BYTES);
  const first = await lines.next();
  if (first.done === true) return;
  // The one object of an older file is written over many lines.
  if (first.value.text?.trim() === "{") {
    for await (const value of jsonElements({ chunks: textOf(first.value, lines), onSkip: reading.onSkip }))
      if (isFields(value)) yield* entriesAlone(chat.take(value), reading);
  } else yield* entriesOfLines(linesFrom(first.value, lines), reading, (record) => chat.take(record));
}

async function* linesFrom(first: Line, rest: AsyncIterable<Line>): AsyncGenerator<Line> {
  yield first;
  yield* rest;
}

async function* textOf(first: Line, rest: AsyncIterable<Line>): AsyncGenerator<Uint8Array> {
  for await (const { text = "" } of linesFrom(first, rest)) yield Buffer.from(`${text}\n`);
}

/** What the lines before say of the next one. */
class Chat {
  readonly #reading: Reading;
  readonly #seen = new Set<string>();
  #folder: string | undefined;
  #session = "";
  #isOfHelper = false;
  #last: string | undefined;
  #at: number;

  constructor(reading: Reading, folder: string | undefined) {
    this.#reading = reading;
    this.#folder = folder;
    this.#at = reading.modified;
  }

  async *take(record: Fields): AsyncGenerator<Given> {
    this.#begin(textIn(record, "sessionId"), record["kind"]);
    const patched = [record, fieldsIn(record, "$set")].flatMap((holder) => listIn(holder, "messages"));
    if (patched.length > 0) this.#last = undefined;
    const messages = patched.length > 0 ? patched : typeof record["type"] === "string" ? [record] : [];
    if (messages.length === 0) yield "not-conversation";
    for (const message of messages) {
      if (isFields(message)) yield* this.#message(message);
      else yield "unknown-shape";
    }
  }

  #begin(session: string | undefined, kind: unknown): void {
    if (session !== undefined) {
      this.#session = session;
      this.#reading.onState?.("session");
    }
    if (typeof kind === "string") {
      this.#isOfHelper = kind === "subagent";
      this.#reading.onState?.("kind");
    }
  }

  #findFolder(message: Fields): void {
    if (this.#folder !== undefined) return;
    this.#folder = folderOf(message);
    if (this.#folder !== undefined) this.#reading.onState?.("folder");
  }

  async *#message(message: Fields): AsyncGenerator<Given> {
    this.#at = timeIn(message, "timestamp") ?? this.#at;
    this.#findFolder(message);
    const read = this.#isOfHelper ? "sidechain" : readMessage(message);
    if (typeof read === "string") {
      yield read;
      return;
    }
    const moment = textIn(message, "timestamp") ?? "";
    const id = textIn(message, "id") ?? `${moment}:${read.role}:${textMark(read.text)}`;
    const name = messageName(this.#session, id);
    const promptOf = read.role === "user" ? promptAfter(this.#session, this.#last) : undefined;
    this.#last = name;
    this.#reading.onState?.("message", name);
    if (this.#seen.has(name)) yield "not-conversation";
    else {
      this.#seen.add(name);
      const said = { ...read, at: this.#at, session: this.#session, folder: this.#folder, name, promptOf };
      yield* turnEntries(said, this.#reading);
    }
  }
}

/** What the host says of the folder at the beginning: the first of those it works in. */
function folderOf({ content }: Fields): string | undefined {
  const context = textsOf(content).find((text) => isBlock(text, "session_context")) ?? "";
  return /^- \*\*Workspace Directories:\*\*\n {2}- (\/[^\n]+)$/m.exec(context)?.[1];
}

function readMessage(message: Fields): { role: "user" | "assistant"; text: string } | SkipReason {
  const { type } = message;
  if (type !== "user" && type !== "gemini") return "meta";
  const texts = textsOf(message["content"]);
  if (texts.every((text) => text.trim() === "")) return "no-words";
  if (type === "gemini") return { role: "assistant", text: texts.join("") };
  const shown = textsOf(message["displayContent"]);
  const typed = typedTexts(shown.some((text) => text.trim() !== "") ? shown : texts).join("\n\n");
  return typed === "" || BARE_COMMAND.test(typed.trim()) ? "meta" : { role: "user", text: typed };
}

function textsOf(content: unknown): readonly string[] {
  const parts: readonly unknown[] = Array.isArray(content) ? content : [content];
  return parts.flatMap((part) => {
    if (typeof part === "string") return part;
    return isFields(part) && part["thought"] !== true && typeof part["text"] === "string" ? part["text"] : [];
  });
}

/** What the person typed: neither the host's contexts nor the files it looked up. */
function typedTexts(texts: readonly string[]): readonly string[] {
  const begin = texts.findIndex((text) => text.trim() === FILES_BEGIN);
  const end = texts.findIndex((text, index) => index > begin && text.trim() === FILES_END);
  return texts
    .filter((_, index) => begin === -1 || end === -1 || index < begin || index > end)
    .filter((text) => !MACHINE_BLOCKS.some((name) => isBlock(text, name)))
    .map((text) => withoutLeadingBlocks(text, "hook_context"))
    .filter((text) => text.trim() !== "");
}

async function projectRoot(path: string): Promise<string | undefined> {
  let folder = dirname(path);
  for (let above = 0; above < FOLDERS_ABOVE; above += 1) {
    const root = await readShort(join(folder, ".project_root"));
    if (root !== undefined) return root;
    folder = dirname(folder);
  }
  return undefined;
}

async function readShort(path: string): Promise<string | undefined> {
  try {
    const file = await open(path, "r");
    try {
      if (!(await file.stat()).isFile()) return undefined;
      const { bytesRead, buffer } = await file.read(Buffer.alloc(MAX_PATH_BYTES + 1));
      const text = buffer.toString("utf8", 0, bytesRead).trim();
      return bytesRead > MAX_PATH_BYTES || text === "" ? undefined : text;
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}
