/**
 * One line of a Claude Code transcript: what was said in it, by whom and when, or why nothing of it is stored.
 *
 * Lines are JSON objects with a `type`. `user` and `assistant` lines carry `message: {role, content}` with `uuid`, `sessionId`,
 * `timestamp` and `cwd`; content is a string or blocks (`text`, `thinking`, `tool_use`, `tool_result`, `image`…). One answer of
 * the assistant is written as several lines with the same `message.id`, a block each. A prompt typed while the assistant
 * works is an `attachment` line of type `queued_command`. Lines copied into a forked session name the original in
 * `forkedFrom`. The format is not documented; it was gathered from public transcripts and their readers.
 */
import type { SkipReason } from "./skip-counts.ts";
import { spokenText } from "./spoken-text.ts";

export interface SaidLine {
  readonly role: "user" | "assistant";
  readonly text: string;
  readonly session: string;
  /** The host's id of this line. */
  readonly uuid: string;
  /** Lines of one answer share it. */
  readonly answer: string | undefined;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly folder: string | undefined;
}

export type TranscriptLine = { readonly said: SaidLine } | { readonly skip: SkipReason };

type Fields = Readonly<Record<string, unknown>>;

/** Types of lines that never hold anything said. */
const BOOKKEEPING: ReadonlySet<string> = new Set([
  "summary",
  "system",
  "progress",
  "file-history-snapshot",
  "file-history-delta",
  "queue-operation",
  "permission-mode",
  "mode",
  "last-prompt",
  "ai-title",
  "custom-title",
  "agent-name",
  "agent-color",
  "agent-setting",
  "tag",
  "pr-link",
  "attribution-snapshot",
  "content-replacement",
  "worktree-state",
  "marble-origami-commit",
  "marble-origami-snapshot",
]);

export function readTranscriptLine(text: string): TranscriptLine {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    return { skip: "not-json" };
  }
  if (!isFields(line) || typeof line["type"] !== "string") return { skip: "unknown-shape" };
  if (BOOKKEEPING.has(line["type"])) return { skip: "not-conversation" };
  if (line["isSidechain"] === true) return { skip: "sidechain" };
  if (line["isMeta"] === true || line["isCompactSummary"] === true) return { skip: "meta" };
  switch (line["type"]) {
    case "user":
      return userLine(line);
    case "assistant":
      return assistantLine(line);
    case "attachment":
      return queuedPrompt(line);
    default:
      return { skip: "unknown-shape" };
  }
}

function userLine(line: Fields): TranscriptLine {
  const content = isFields(line["message"]) ? line["message"]["content"] : undefined;
  if (typeof content !== "string" && !Array.isArray(content)) return { skip: "unknown-shape" };
  const isToolResult = hasBlock(content, "tool_result") || line["toolUseResult"] !== undefined;
  if (isToolResult) return { skip: "tool-result" };
  if (!isFromPerson(line["origin"])) return { skip: "meta" };
  return spokenLine(line, content, line["uuid"]);
}

function queuedPrompt(line: Fields): TranscriptLine {
  const attachment = line["attachment"];
  if (!isFields(attachment)) return { skip: "unknown-shape" };
  if (attachment["type"] !== "queued_command" || attachment["commandMode"] !== "prompt") {
    return { skip: "not-conversation" };
  }
  if (attachment["isMeta"] === true || !isFromPerson(attachment["origin"])) return { skip: "meta" };
  return spokenLine(line, attachment["prompt"], attachment["source_uuid"] ?? line["uuid"]);
}

function spokenLine(line: Fields, content: unknown, uuid: unknown): TranscriptLine {
  const texts = textBlocks(content);
  if (texts.length === 0) return { skip: "no-words" };
  const spoken = texts.map(spokenText).filter((text) => text !== undefined);
  return spoken.length === 0 ? { skip: "meta" } : said(line, "user", spoken.join("\n\n"), uuid, undefined);
}

function assistantLine(line: Fields): TranscriptLine {
  if (line["isApiErrorMessage"] === true) return { skip: "api-error" };
  const message = line["message"];
  if (!isFields(message)) return { skip: "unknown-shape" };
  const { content, id, model } = message;
  if (typeof content !== "string" && !Array.isArray(content)) return { skip: "unknown-shape" };
  if (model === "<synthetic>") return { skip: "meta" };
  const text = textBlocks(content).join("\n\n");
  if (text.trim() === "") return { skip: "no-words" };
  return said(line, "assistant", text, line["uuid"], typeof id === "string" ? id : undefined);
}

function said(
  line: Fields,
  role: SaidLine["role"],
  text: string,
  lineUuid: unknown,
  answer: string | undefined,
): TranscriptLine {
  const original = isFields(line["forkedFrom"]) ? line["forkedFrom"] : {};
  const session = original["sessionId"] ?? line["sessionId"];
  const uuid = original["messageUuid"] ?? lineUuid;
  const at = typeof line["timestamp"] === "string" ? Date.parse(line["timestamp"]) : NaN;
  if (
    typeof session !== "string" ||
    session === "" ||
    typeof uuid !== "string" ||
    uuid === "" ||
    Number.isNaN(at)
  ) {
    return { skip: "unknown-shape" };
  }
  const folder = typeof line["cwd"] === "string" ? line["cwd"] : undefined;
  return { said: { role, text, session, uuid, answer, at, folder } };
}

/** Messages of other agents, channels and schedules say so; older versions say nothing. */
function isFromPerson(origin: unknown): boolean {
  return !isFields(origin) || origin["kind"] === undefined || origin["kind"] === "human";
}

function textBlocks(content: unknown): readonly string[] {
  if (typeof content === "string") return [content];
  if (!Array.isArray(content)) return [];
  return content.flatMap((block: unknown) =>
    isFields(block) && block["type"] === "text" && typeof block["text"] === "string" ? [block["text"]] : [],
  );
}

function hasBlock(content: unknown, type: string): boolean {
  return (
    Array.isArray(content) && content.some((block: unknown) => isFields(block) && block["type"] === type)
  );
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
