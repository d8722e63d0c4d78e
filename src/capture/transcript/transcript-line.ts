/**
 * One line of a Claude Code transcript: what was said in it, by whom and when, or why nothing of it is stored.
 *
 * Lines are JSON objects; `type` says what one is, never `message.role`. `user` and `assistant` lines carry `message: {content}`
 * with `uuid`, `sessionId`, `timestamp` and `cwd`; content is a string or blocks (`text`, `thinking`, `tool_use`, `tool_result`,
 * `image`…). An answer of the assistant is written as several lines, a block each: every line with text is a turn of its own, as it
 * may be all that a file holds so far. A prompt typed while the assistant works is an `attachment` line of type `queued_command`.
 * A line's uuid is one message whatever file and session it stands in; older forks name the original in `forkedFrom`.
 * The format is not documented; it was gathered from the program itself and from public transcripts.
 */
import type { SkipReason } from "../skip-counts.ts";
import { blocksIn, isFields, textsIn } from "../shapes/fields.ts";
import type { Fields } from "../shapes/fields.ts";
import { wordsInResults } from "./person-answers.ts";
import { spokenText } from "./spoken-text.ts";

export interface SaidLine {
  readonly role: "user" | "assistant";
  readonly text: string;
  readonly session: string;
  /** The host's id of this message. */
  readonly uuid: string;
  /** Lines of one answer share it. */
  readonly answer: string | undefined;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly folder: string | undefined;
  /** Typed as a prompt, not beside a tool. */
  readonly isPrompt: boolean;
}

export type TranscriptLine = ({ readonly said: SaidLine } | { readonly skip: SkipReason }) & {
  /** The host's id of the prompt that the line came of, where it says so. */
  readonly prompt?: string | undefined;
};

/** Types of lines that never hold a turn; some repeat the text of one. */
const SIDE_LINES: ReadonlySet<unknown> = new Set([
  "queue-operation",
  "last-prompt",
  "mode",
  "permission-mode",
  "file-history-snapshot",
  "file-history-delta",
  "custom-title",
  "ai-title",
  "agent-name",
  "agent-color",
  "agent-setting",
  "tag",
  "cost-state",
  "tools-used",
  "atis-latch",
  "api-request",
  "api-request-blob",
  "api-request-shape",
  "bridge-session",
  "pr-link",
  "worktree-state",
  "content-replacement",
  "fork-context-ref",
  "frame-link",
  "relocated",
  "progress",
  "summary",
  "attribution-snapshot",
  "session-owner",
  "memory-mode",
  "repl-mode",
  "history-suppression",
  "isolation-latch",
  "host-row",
  "observer-ref",
  "boundary-cleared",
  "system",
  "marble-origami-commit",
  "marble-origami-snapshot",
]);

/** What marks a line of the conversation as not said in it; the first that holds is the reason. */
const NOT_SAID: readonly (readonly [SkipReason, (line: Fields) => boolean])[] = [
  ["sidechain", ({ isSidechain }) => isSidechain === true],
  ["meta", ({ isMeta }) => isMeta === true],
  ["meta", ({ isCompactSummary }) => isCompactSummary === true],
  ["meta", ({ isVisibleInTranscriptOnly }) => isVisibleInTranscriptOnly === true],
  ["meta", ({ promptSource }) => promptSource === "system"],
  ["meta", ({ origin }) => !isFromPerson(origin)],
  ["api-error", ({ isApiErrorMessage }) => isApiErrorMessage === true],
];

/** How each type of line of the conversation is read. */
const CONVERSATION: Readonly<Record<string, (line: Fields) => TranscriptLine>> = {
  user: userLine,
  assistant: assistantLine,
  attachment: queuedPrompt,
};

export function readTranscriptLine(line: unknown): TranscriptLine {
  if (!isFields(line) || typeof line["type"] !== "string") return { skip: "unknown-shape" };
  const { type } = line;
  if (SIDE_LINES.has(type)) return { skip: "not-conversation" };
  const read = Object.hasOwn(CONVERSATION, type) ? CONVERSATION[type] : undefined;
  if (read === undefined) return { skip: "unknown-kind" };
  const mark = NOT_SAID.find(([, isMarked]) => isMarked(line));
  const reading = mark === undefined ? read(line) : { skip: mark[0] };
  return isName(line["promptId"]) ? { ...reading, prompt: line["promptId"] } : reading;
}

function userLine(line: Fields): TranscriptLine {
  const content = isFields(line["message"]) ? line["message"]["content"] : undefined;
  if (typeof content !== "string" && !Array.isArray(content)) return { skip: "unknown-shape" };
  const hasResult = blocksIn(content, "tool_result").length > 0;
  if (hasResult || isOfTool(line)) {
    const words = [...wordsInResults(line, content), ...(hasResult ? spokenIn(content) : [])];
    return words.length === 0 ? { skip: "tool-result" } : saidBy("user", line, words, line["uuid"]);
  }
  return typedLine(line, content, line["uuid"]);
}

function isOfTool({ toolUseResult, sourceToolAssistantUUID }: Fields): boolean {
  return toolUseResult !== undefined || sourceToolAssistantUUID !== undefined;
}

/** Its own id is that of the line it was queued by, where it has one. */
function queuedPrompt(line: Fields): TranscriptLine {
  const { attachment } = line;
  if (!isFields(attachment)) return { skip: "unknown-shape" };
  const { type, commandMode, isMeta, origin, prompt, source_uuid: source } = attachment;
  if (type !== "queued_command" || (commandMode ?? "prompt") !== "prompt")
    return { skip: "not-conversation" };
  if (isMeta === true || !isFromPerson(origin)) return { skip: "meta" };
  return typedLine(line, prompt, isName(source) ? source : line["uuid"]);
}

function typedLine(line: Fields, content: unknown, uuid: unknown): TranscriptLine {
  if (textsIn(content).length === 0) return { skip: "no-words" };
  const spoken = spokenIn(content);
  if (spoken.length === 0) return { skip: "meta" };
  const reading = saidBy("user", line, spoken, uuid);
  return "said" in reading ? { said: { ...reading.said, isPrompt: true } } : reading;
}

function spokenIn(content: unknown): readonly string[] {
  return textsIn(content)
    .map(spokenText)
    .filter((text) => text !== undefined);
}

function assistantLine(line: Fields): TranscriptLine {
  const { message } = line;
  if (!isFields(message)) return { skip: "unknown-shape" };
  const { content, id, model } = message;
  if (typeof content !== "string" && !Array.isArray(content)) return { skip: "unknown-shape" };
  // Written by the host in the assistant's name: that nothing was asked of it, or why it failed.
  if (model === "<synthetic>") return { skip: "meta" };
  const texts = textsIn(content).filter((text) => text.trim() !== "");
  if (texts.length === 0) return { skip: "no-words" };
  return saidBy("assistant", line, texts, line["uuid"], typeof id === "string" ? id : undefined);
}

function saidBy(
  role: SaidLine["role"],
  line: Fields,
  texts: readonly string[],
  lineUuid: unknown,
  answer?: string,
): TranscriptLine {
  const original = isFields(line["forkedFrom"]) ? line["forkedFrom"] : {};
  const session = original["sessionId"] ?? line["sessionId"];
  const uuid = original["messageUuid"] ?? lineUuid;
  const at = typeof line["timestamp"] === "string" ? Date.parse(line["timestamp"]) : NaN;
  if (!isName(session) || !isName(uuid) || Number.isNaN(at)) return { skip: "unknown-shape" };
  const folder = typeof line["cwd"] === "string" ? line["cwd"] : undefined;
  return { said: { role, text: texts.join("\n\n"), session, uuid, answer, at, folder, isPrompt: false } };
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

/** Messages of other agents, channels and schedules say so; older versions say nothing. */
function isFromPerson(origin: unknown): boolean {
  return !isFields(origin) || origin["kind"] === undefined || origin["kind"] === "human";
}
