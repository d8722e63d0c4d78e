/**
 * The hosts whose hooks keepsake answers, a row each: what their events mean, what of a payload only they call so, how their files
 * are read on, and in which JSON they take words. Sources: `docs/hosts.md`.
 */
import { homedir } from "node:os";
import { join } from "node:path";
import { spokenText } from "../capture/transcript/spoken-text.ts";

export type Meaning = "session-start" | "prompt" | "answer" | "compacted" | "agent-end" | "session-end";

interface HookHost {
  readonly events: Readonly<Record<string, Meaning>>;
  /** The field with the id of a prompt. */
  readonly promptId?: string;
  /** Whether the host's file says the same id, so that a prompt can be stored before it stands there. */
  readonly isPromptIdInFile?: boolean;
  /** Fields with the last message of the assistant, beside the common ones. */
  readonly answer?: readonly string[];
  /** Where the file of a session is, for hosts whose events do not always say it. */
  readonly transcriptOf?: (session: string, environment: Environment) => string | undefined;
  /** What the person typed of a prompt as the hook is told it. */
  readonly typed: (prompt: string) => Promise<string | undefined> | string | undefined;
  /** What every line of its file says of where and when it was said; what it does not, hooks remember of private places. */
  readonly linesSay: "folder and time" | "time" | "neither";
  /** Whether its file is always read from its beginning, its lines being known by their place. */
  readonly isReadWhole?: true;
  /** What is printed for the host to give its model. */
  readonly context: (text: string, event: string) => object;
  /** Whether it takes words beside a prompt. */
  readonly takesRecall: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

const SESSION = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const BARE_COMMAND = /^\/\S*$/;

function hookOutput(additionalContext: string, hookEventName: string): object {
  return { hookSpecificOutput: { hookEventName, additionalContext } };
}

async function typedToCodex(prompt: string): Promise<string | undefined> {
  const { typedText } = await import("../capture/hosts/codex-rollout.ts");
  return typedText(prompt);
}

async function typedToGemini(prompt: string): Promise<string | undefined> {
  const { withoutLeadingBlocks } = await import("../capture/shapes/host-blocks.ts");
  const typed = withoutLeadingBlocks(prompt, "hook_context");
  return BARE_COMMAND.test(typed.trim()) ? undefined : typed;
}

export const HOOK_HOSTS = {
  "claude-code": {
    events: {
      SessionStart: "session-start",
      UserPromptSubmit: "prompt",
      Stop: "answer",
      SubagentStop: "agent-end",
      PostCompact: "compacted",
      SessionEnd: "session-end",
    },
    promptId: "prompt_id",
    isPromptIdInFile: true,
    // A command without arguments is nothing that was said.
    typed: (prompt) => (BARE_COMMAND.test(prompt.trim()) ? undefined : spokenText(prompt)),
    linesSay: "folder and time",
    context: hookOutput,
    takesRecall: true,
  },
  codex: {
    events: {
      SessionStart: "session-start",
      UserPromptSubmit: "prompt",
      Stop: "answer",
      SubagentStop: "agent-end",
      SessionEnd: "session-end",
    },
    promptId: "turn_id",
    isPromptIdInFile: true,
    typed: typedToCodex,
    linesSay: "time",
    context: hookOutput,
    takesRecall: true,
  },
  gemini: {
    events: {
      SessionStart: "session-start",
      BeforeAgent: "prompt",
      AfterAgent: "answer",
      SessionEnd: "session-end",
    },
    typed: typedToGemini,
    linesSay: "time",
    context: hookOutput,
    takesRecall: true,
  },
  copilot: {
    events: {
      sessionStart: "session-start",
      userPromptSubmitted: "prompt",
      agentStop: "answer",
      sessionEnd: "session-end",
      // As VS Code calls them.
      SessionStart: "session-start",
      UserPromptSubmit: "prompt",
      Stop: "answer",
      SessionEnd: "session-end",
    },
    transcriptOf: copilotFile,
    typed: (prompt) => prompt,
    linesSay: "time",
    context: (text, event) => ({
      additionalContext: text,
      ...(event === "SessionStart" && hookOutput(text, event)),
    }),
    takesRecall: false,
  },
  cursor: {
    events: {
      sessionStart: "session-start",
      beforeSubmitPrompt: "prompt",
      afterAgentResponse: "answer",
      sessionEnd: "session-end",
    },
    promptId: "generation_id",
    answer: ["text"],
    typed: (prompt) => prompt,
    linesSay: "neither",
    isReadWhole: true,
    context: (text) => ({ additional_context: text }),
    takesRecall: false,
  },
} as const satisfies Readonly<Record<string, HookHost>>;

export type HookHostName = keyof typeof HOOK_HOSTS;

export function hookHost(name: HookHostName): HookHost {
  return HOOK_HOSTS[name];
}

function copilotFile(session: string, { COPILOT_HOME: own }: Environment): string | undefined {
  if (!SESSION.test(session)) return undefined;
  const home = own !== undefined && own !== "" ? own : join(homedir(), ".copilot");
  return join(home, "session-state", session, "events.jsonl");
}
