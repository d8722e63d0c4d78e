/** The reader of each format, loaded only to import. */
import type { ImportFormat } from "./formats.ts";
import type { Read } from "./reading.ts";

export const READERS: Readonly<Record<ImportFormat, () => Promise<Read>>> = {
  "claude-code": async () => (await import("./transcript/transcript.ts")).readTranscript,
  codex: async () => (await import("./hosts/codex-rollout.ts")).readCodexRollout,
  gemini: async () => (await import("./hosts/gemini-chat.ts")).readGeminiChat,
  copilot: async () => (await import("./hosts/copilot-events.ts")).readCopilotEvents,
  cursor: async () => (await import("./hosts/cursor-transcript.ts")).readCursorTranscript,
  chatgpt: async () => (await import("./exports/chatgpt-export.ts")).readChatgptExport,
  "claude-ai": async () => (await import("./exports/claude-ai-export.ts")).readClaudeAiExport,
  "server-memory": async () => (await import("./exports/server-memory.ts")).readServerMemory,
  mem0: async () => (await import("./exports/listed-memories.ts")).readMem0Memories,
  "claude-mem": async () => (await import("./exports/listed-memories.ts")).readClaudeMemExport,
  keepsake: async () => (await import("./own-lines.ts")).readOwnLines,
  markdown: async () => (await import("./markdown/markdown.ts")).readMarkdown,
};
