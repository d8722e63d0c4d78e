/**
 * A chat of Gemini CLI: a line `{sessionId, projectHash, startTime, kind}`, then messages `{id, timestamp, type: "user" | "gemini",
 * content, displayContent?}` and patches `{"$set": {…}}`, which may hold all messages anew; older files are one object with
 * `messages`. A message is written again when more is known of it; its id stays. `content` is text or parts `{text}`. The
 * host puts contexts in tags into the prompt and into parts beside it. The folder stands in `.project_root` above the chats.
 * Source: files of Gemini CLI 0.61.
 */
import { open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fieldsIn, isFields, listIn, parseFields, textIn, timeIn } from "../fields.ts";
import type { Fields } from "../fields.ts";
import { isBlock, withoutLeadingBlocks } from "../host-blocks.ts";
import { jsonElements } from "../json-elements.ts";
import { readLines } from "../read-lines.ts";
import type { Reading } from "../reading.ts";
import type { SkipReason } from "../skip-counts.ts";
import { messageName, textMark, turnEntries } from "../turn-entries.ts";

const MAX_LINE_BYTES = 32 << 20;
const MAX_PATH_BYTES = 4_096;
/** A chat of a helper lies in a folder below the chats. */
const FOLDERS_ABOVE = 3;
const MACHINE_BLOCKS = ["hook_context", "session_context", "state_snapshot"];
const FILES_BEGIN = "--- Content from referenced files ---";
const FILES_END = "--- End of content ---";
const BARE_COMMAND = /^\/\S*$/;

export async function* readGeminiChat(reading: Reading) {
  const folder = await projectRoot(reading.path);
  const seen = new Set<string>();
  let session = "";
  let isHelper = false;
  let at = reading.modified;
  for await (const fields of records(reading)) {
    session = textIn(fields, "sessionId") ?? session;
    if (typeof fields["kind"] === "string") isHelper = fields["kind"] === "subagent";
    const messages = [fields, fieldsIn(fields, "$set")].flatMap((holder) => listIn(holder, "messages"));
    if (messages.length === 0 && typeof fields["type"] !== "string") reading.onSkip("not-conversation");
    for (const message of messages.length > 0 ? messages : [fields]) {
      if (!isFields(message)) {
        reading.onSkip("unknown-shape");
        continue;
      }
      if (typeof message["type"] !== "string") continue;
      at = timeIn(message, "timestamp") ?? at;
      const read = isHelper ? "sidechain" : readMessage(message);
      if (typeof read === "string") {
        reading.onSkip(read);
        continue;
      }
      const id =
        textIn(message, "id") ?? `${textIn(message, "timestamp") ?? ""}:${read.role}:${textMark(read.text)}`;
      const name = messageName(session, id);
      if (seen.has(name)) reading.onSkip("not-conversation");
      else yield* turnEntries({ ...read, at, session, folder, name }, reading);
      seen.add(name);
    }
  }
}

/** Lines, or the one object of an older file, which is written over many lines. */
async function* records(reading: Reading): AsyncGenerator<Fields> {
  const { onSkip } = reading;
  const lines = readLines(reading.chunks, MAX_LINE_BYTES);
  let isFirst = true;
  for await (const { text, fault } of lines) {
    if (text?.trim() === "") continue;
    if (isFirst && text?.trim() === "{") {
      for await (const value of jsonElements({ chunks: joined(text, lines), onSkip }))
        if (isFields(value)) yield value;
      return;
    }
    isFirst = false;
    const fields = text === undefined ? undefined : parseFields(text);
    if (fields === undefined) onSkip(fault ?? "not-json");
    else yield fields;
  }
}

async function* joined(first: string, lines: ReturnType<typeof readLines>): AsyncGenerator<Uint8Array> {
  yield Buffer.from(first);
  for await (const { text = "" } of lines) yield Buffer.from(`\n${text}`);
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
