/**
 * The files that hosts write of a session in which keepsake spoke, in the shapes of the real ones: what hooks printed and what tools answered
 * stands in them several times, as hosts keep it.
 */
import { randomUUID } from "node:crypto";

export interface Session {
  readonly id: string;
  readonly folder: string;
  readonly prompt: string;
  readonly promptId: string;
  /** What the assistant says before it asks for memories, and at the end. */
  readonly answers: readonly [before: string, last: string];
  /** What the hooks printed for the session and for the prompt. */
  readonly printed: { readonly start: string; readonly prompt: string };
  /** What they asked the host to give its model. */
  readonly told: { readonly start: string; readonly prompt: string };
  /** What the tool answered: as text, and as data. */
  readonly recalled: { readonly text: string; readonly structured: object };
}

type Line = Readonly<Record<string, unknown>>;

export interface SessionFile {
  /** Below the home. */
  readonly path: (session: string) => string;
  readonly events: Readonly<Record<"start" | "prompt" | "answer" | "end", string>>;
  /** How the prompt's hook is told it; its first argument is what the session was told. */
  readonly promptFields: (session: Pick<Session, "prompt" | "promptId">, told: string) => Line;
  readonly answerFields: (session: Session) => Line;
  readonly lines: (session: Session) => readonly Line[];
}

const SNAKE_EVENTS = {
  start: "SessionStart",
  prompt: "UserPromptSubmit",
  answer: "Stop",
  end: "SessionEnd",
} as const;

let seconds = 0;

/** Later with each line. */
function moment(): string {
  return new Date(Date.UTC(2026, 10, 29, 9) + ++seconds * 1_000).toISOString();
}

export const SESSION_FILES: Readonly<Record<string, SessionFile>> = {
  "claude-code": {
    path: (session) => `.claude/projects/-home-mira-lantern/${session}.jsonl`,
    events: SNAKE_EVENTS,
    promptFields: ({ prompt, promptId }) => ({ prompt, prompt_id: promptId }),
    answerFields: ({ answers, promptId }) => ({
      last_assistant_message: answers[1],
      prompt_id: promptId,
      stop_hook_active: false,
    }),
    lines: claudeLines,
  },
  codex: {
    path: (session) => `.codex/sessions/2026/11/29/rollout-2026-11-29T10-43-10-${session}.jsonl`,
    events: SNAKE_EVENTS,
    promptFields: ({ prompt, promptId }) => ({ prompt, turn_id: promptId }),
    answerFields: ({ answers, promptId }) => ({ last_assistant_message: answers[1], turn_id: promptId }),
    lines: codexLines,
  },
  gemini: {
    path: (session) => `.gemini/tmp/lantern/chats/session-2026-11-29-${session.slice(0, 8)}.jsonl`,
    events: { start: "SessionStart", prompt: "BeforeAgent", answer: "AfterAgent", end: "SessionEnd" },
    promptFields: ({ prompt }, told) => ({ prompt: glued(told, prompt) }),
    answerFields: ({ answers, told, prompt }) => ({
      prompt: glued(told.start, prompt),
      prompt_response: answers[1],
    }),
    lines: geminiLines,
  },
};

function claudeLines(session: Session): readonly Line[] {
  const { id, folder, prompt, promptId, answers, printed, told, recalled } = session;
  const said = (fields: Line): Line => ({
    parentUuid: null,
    isSidechain: false,
    ...fields,
    uuid: randomUUID(),
    timestamp: moment(),
    userType: "external",
    cwd: folder,
    sessionId: id,
    version: "2.1.332",
  });
  const hookLines = (hookEvent: string, stdout: string, context: string) => {
    const reminder = `<system-reminder>\n${hookEvent} hook additional context: ${context}\n</system-reminder>`;
    const ran = { hookEvent, hookName: hookEvent, toolUseID: randomUUID() };
    return [
      said({
        type: "attachment",
        attachment: { type: "hook_success", ...ran, content: "", stdout, stderr: "", exitCode: 0 },
      }),
      said({
        type: "attachment",
        attachment: { type: "hook_additional_context", ...ran, content: [context] },
        rendered: [{ content: reminder }],
        renderedRole: "user",
      }),
      {
        type: "api-request-blob",
        sessionId: id,
        hash: "0".repeat(64),
        message: { role: "user", content: [{ type: "text", text: reminder }] },
      },
    ];
  };
  const toolId = `toolu_${randomUUID().slice(0, 8)}`;
  const assistant = (block: Line) =>
    said({ type: "assistant", message: { id: `msg_${toolId}`, role: "assistant", content: [block] } });
  return [
    ...hookLines("SessionStart", printed.start, told.start),
    { type: "queue-operation", operation: "enqueue", timestamp: moment(), sessionId: id, content: prompt },
    said({
      type: "user",
      promptId,
      message: { role: "user", content: prompt },
      promptSource: "typed",
      origin: { kind: "human" },
    }),
    ...hookLines("UserPromptSubmit", printed.prompt, told.prompt),
    { type: "last-prompt", lastPrompt: prompt, sessionId: id },
    assistant({ type: "thinking", thinking: recalled.text, signature: "c2ln" }),
    assistant({ type: "text", text: answers[0] }),
    assistant({
      type: "tool_use",
      id: toolId,
      name: "mcp__keepsake__memory_search",
      input: { query: prompt },
    }),
    said({
      type: "user",
      promptId,
      message: {
        role: "user",
        content: [
          {
            tool_use_id: toolId,
            type: "tool_result",
            content: [{ type: "text", text: recalled.text }],
            is_error: false,
          },
        ],
      },
      toolUseResult: { content: [{ type: "text", text: recalled.text }], structured: recalled.structured },
    }),
    assistant({ type: "text", text: answers[1] }),
  ];
}

function codexLines(session: Session): readonly Line[] {
  const { id, folder, prompt, promptId, answers, told, recalled } = session;
  let ordinal = 0;
  const line = (type: string, payload: Line): Line => ({
    timestamp: moment(),
    ordinal: ordinal++,
    type,
    payload,
  });
  const passthrough = (kind: string) => ({ turn_id: promptId, content_item_kinds: [kind] });
  const forModel = (role: string, text: string, kind: string) =>
    line("response_item", {
      type: "message",
      id: `msg_${randomUUID()}`,
      role,
      content: [{ type: role === "assistant" ? "output_text" : "input_text", text }],
      internal_chat_message_metadata_passthrough: passthrough(kind),
    });
  const item = (fields: Line) =>
    line("event_msg", { type: "item_completed", thread_id: id, turn_id: promptId, item: fields });
  const answered = (text: string) => [
    item({
      type: "AgentMessage",
      id: `msg_${randomUUID().slice(0, 8)}`,
      content: [{ type: "Text", text }],
    }),
    forModel("assistant", text, "unknown"),
  ];
  const call = `call_${randomUUID().slice(0, 8)}`;
  return [
    line("session_meta", { session_id: id, id, cwd: folder, originator: "codex_exec", source: "exec" }),
    line("event_msg", { type: "task_started", turn_id: promptId }),
    forModel("developer", told.start, "hooks.additional_context"),
    forModel("user", prompt, "user.text"),
    item({ type: "UserMessage", id: randomUUID(), content: [{ type: "text", text: prompt }] }),
    forModel("developer", told.prompt, "hooks.additional_context"),
    item({ type: "Reasoning", id: `rs_${call}`, summary_text: [recalled.text], raw_content: [] }),
    ...answered(answers[0]),
    line("response_item", {
      type: "function_call",
      name: "keepsake__memory_search",
      arguments: JSON.stringify({ query: prompt }),
      call_id: call,
    }),
    item({
      type: "McpToolCall",
      id: call,
      server: "keepsake",
      tool: "memory_search",
      status: "completed",
      result: {
        content: [{ type: "text", text: recalled.text }],
        structured_content: recalled.structured,
      },
    }),
    line("response_item", {
      type: "function_call_output",
      call_id: call,
      output: JSON.stringify(recalled.structured),
    }),
    ...answered(answers[1]),
    line("event_msg", { type: "task_complete", turn_id: promptId, last_agent_message: answers[1] }),
  ];
}

/** Gemini writes what a session is told before the first prompt itself, with its angle brackets escaped. */
function glued(told: string, prompt: string): string {
  return `${inContext(told)}\n\n${prompt}`;
}

function inContext(told: string): string {
  return `<hook_context>${told.replaceAll("<", "&lt;").replaceAll(">", "&gt;")}</hook_context>`;
}

function geminiLines(session: Session): readonly Line[] {
  const { id, prompt, answers, told, recalled } = session;
  const at = moment();
  const whole = glued(told.start, prompt);
  const answer = { id: randomUUID(), timestamp: moment(), type: "gemini", tokens: {}, model: "gemini" };
  const call = `memory_search_${randomUUID()}`;
  const response = {
    functionResponse: {
      id: call,
      name: "memory_search",
      response: { output: `<untrusted_context>\n${recalled.text}\n</untrusted_context>` },
    },
  };
  return [
    { sessionId: id, projectHash: "0".repeat(64), startTime: at, lastUpdated: at, kind: "main" },
    {
      $set: {
        messages: [
          {
            id: randomUUID(),
            timestamp: at,
            type: "user",
            content: [{ text: "<session_context>\nThis is the Gemini CLI.\n</session_context>" }],
          },
        ],
        lastUpdated: at,
      },
    },
    {
      id: randomUUID(),
      timestamp: moment(),
      type: "user",
      content: [{ text: whole }, { text: inContext(told.prompt) }],
      displayContent: [{ text: whole }],
    },
    { ...answer, content: answers[0], thoughts: [{ subject: "", description: recalled.text }] },
    {
      ...answer,
      content: answers[0],
      toolCalls: [{ id: call, name: "memory_search", args: { query: prompt }, result: [response] }],
    },
    { id: randomUUID(), timestamp: moment(), type: "user", content: [response] },
    { ...answer, id: randomUUID(), timestamp: moment(), content: answers[1], thoughts: [] },
    { $set: { lastUpdated: moment() } },
  ];
}
