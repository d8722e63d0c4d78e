/**
 * The formats that files are imported from. A row says how files of a format are told from others and what they are called;
 * detection, import, help and pages derive from it. `readers.ts` has the reader of each.
 */
import { isFields } from "./shapes/fields.ts";
import type { Fields } from "./shapes/fields.ts";

interface Format {
  /** Kept as the memories' source; never changed. */
  readonly name: string;
  /** Of one file; an `s` makes several of it. */
  readonly title: string;
  /** What help calls it. */
  readonly help: string;
  /** Which files of a folder may be in it. */
  readonly suffixes: readonly string[];
  /** Whether a line of JSON is one of it; a format with neither this nor the next is told by the suffix. */
  readonly isLine?: (fields: Fields) => boolean;
  /** Whether a JSON document is in it that is such an object or a list of them. Inner objects and lists come empty. */
  readonly isDocument?: (fields: Fields) => boolean;
  /** What a place in a file counts. */
  readonly counts: "memory" | "line";
  /** Whether files of it are known by their names and change: what is gone from them is told. */
  readonly changes?: boolean;
}

const TRANSCRIPT_FIELDS = ["sessionId", "uuid", "leafUuid", "snapshot", "messageId"];
const ROLLOUT_TYPES: ReadonlySet<unknown> = new Set([
  "session_meta",
  "event_msg",
  "response_item",
  "turn_context",
  "compacted",
]);

const COPILOT_EVENT = /^(?:session|user|assistant|tool|hook|system|subagent)\.[a-z_.]+$/;

const ROWS = [
  {
    name: "claude-code",
    title: "Claude Code transcript",
    help: "Claude Code transcripts (.jsonl, or a folder of them)",
    suffixes: [".jsonl"],
    isLine: (fields) =>
      typeof fields["type"] === "string" && TRANSCRIPT_FIELDS.some((name) => Object.hasOwn(fields, name)),
    counts: "memory",
  },
  {
    name: "codex",
    title: "Codex rollout",
    help: "Codex rollouts (.jsonl)",
    suffixes: [".jsonl"],
    isLine: ({ type, payload }) => ROLLOUT_TYPES.has(type) && isFields(payload),
    counts: "memory",
  },
  {
    name: "gemini",
    title: "Gemini CLI chat",
    help: "Gemini CLI chats (.jsonl or .json)",
    suffixes: [".jsonl", ".json"],
    isLine: isGeminiChat,
    isDocument: isGeminiChat,
    counts: "memory",
  },
  {
    name: "copilot",
    title: "Copilot CLI session",
    help: "Copilot CLI sessions (events.jsonl)",
    suffixes: [".jsonl"],
    isLine: ({ type, data, parentId }) =>
      typeof type === "string" && COPILOT_EVENT.test(type) && isFields(data) && parentId !== undefined,
    counts: "memory",
  },
  {
    name: "cursor",
    title: "Cursor transcript",
    help: "transcripts of Cursor's command line (.jsonl)",
    suffixes: [".jsonl"],
    isLine: ({ role, message, type }) =>
      (role === "user" || role === "assistant") && isFields(message) && type === undefined,
    counts: "memory",
  },
  {
    name: "chatgpt",
    title: "ChatGPT export file",
    help: "ChatGPT exports (.zip, conversations.json or its parts)",
    suffixes: [".json"],
    isDocument: ({ mapping }) => isFields(mapping),
    counts: "memory",
  },
  {
    name: "claude-ai",
    title: "Claude.ai export file",
    help: "Claude.ai exports (.zip or .json)",
    suffixes: [".json"],
    isDocument: (fields) => Array.isArray(fields["chat_messages"]) || isClaudeAiMemory(fields),
    counts: "memory",
  },
  {
    name: "server-memory",
    title: "MCP memory server file",
    help: 'memory.jsonl of the MCP server "memory"',
    suffixes: [".jsonl", ".json"],
    isLine: ({ type, name, entityType, from, to }) =>
      type === "entity"
        ? typeof name === "string" && typeof entityType === "string"
        : type === "relation" && typeof from === "string" && typeof to === "string",
    counts: "memory",
  },
  {
    name: "mem0",
    title: "mem0 list",
    help: "lists of mem0 (.json)",
    suffixes: [".json"],
    isDocument: ({ memory, id, created_at }) =>
      typeof memory === "string" && typeof id === "string" && created_at !== undefined,
    counts: "memory",
  },
  {
    name: "claude-mem",
    title: "claude-mem export",
    help: "exports of claude-mem (.json)",
    suffixes: [".json"],
    isDocument: ({ exportedAt, observations, prompts }) =>
      exportedAt !== undefined && (Array.isArray(observations) || Array.isArray(prompts)),
    counts: "memory",
  },
  {
    name: "keepsake",
    title: "file of keepsake's own",
    help: "keepsake's own JSON Lines",
    suffixes: [".jsonl"],
    isLine: ({ kind, text, at }) =>
      (kind === "note" || kind === "turn") && typeof text === "string" && typeof at === "string",
    counts: "line",
  },
  {
    name: "markdown",
    title: "Markdown file",
    help: "Markdown (.md, .markdown or .mdx; each section is a note, with the tags of its front matter)",
    suffixes: [".md", ".markdown", ".mdx"],
    counts: "memory",
    changes: true,
  },
] as const satisfies readonly Format[];

function isGeminiChat({ sessionId, projectHash, type }: Fields): boolean {
  return typeof sessionId === "string" && typeof projectHash === "string" && type === undefined;
}

export type ImportFormat = (typeof ROWS)[number]["name"];

/** What its reader takes, without having to load it. */
function isClaudeAiMemory(fields: Fields): boolean {
  return (
    typeof fields["conversations_memory"] === "string" ||
    isFields(fields["project_memories"]) ||
    Array.isArray(fields["memory_files"])
  );
}

export const FORMATS: readonly (Format & { readonly name: ImportFormat })[] = ROWS;

export function formatNamed(name: ImportFormat) {
  return FORMATS.find((row) => row.name === name) ?? ROWS[0];
}
