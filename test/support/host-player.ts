/**
 * Plays a host: writes the lines of a real transcript one after the other and calls the hooks in between, in the order in which the real
 * host does (`docs/hosts.md`): a prompt is told before its line is written, an answer when its lines are there, or not yet.
 */
import { appendFileSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { readProc, until } from "./daemon-home.ts";
import { PROJECT_ROOT, environOf, everyProcess } from "./throw-away-home.ts";
import type { Finished, ThrowAwayHome } from "./throw-away-home.ts";

export interface Turn {
  readonly id: string;
  readonly role: string;
  readonly text: string;
}

type Json = Readonly<Record<string, unknown>>;

interface PlayedHost {
  readonly prompt: string;
  readonly answer: string;
  readonly end: string;
  /** Where the host keeps its file, below the home. */
  readonly file: (session: string) => string;
  readonly base: (session: string, path: string) => Json;
  readonly promptFields: (line: Json, text: string, promptId: string) => Json;
  readonly answerFields: (text: string, promptId: string) => Json;
}

const snakeCase = (session: string, path: string): Json => ({
  session_id: session,
  transcript_path: path,
  cwd: "/home/mira/lantern",
});

export const PLAYED: Readonly<Record<string, PlayedHost>> = {
  "claude-code": {
    prompt: "UserPromptSubmit",
    answer: "Stop",
    end: "SessionEnd",
    file: (session) => `.claude/projects/-home-mira-lantern/${session}.jsonl`,
    base: snakeCase,
    promptFields: (_line, prompt, prompt_id) => ({ prompt, prompt_id }),
    answerFields: (last_assistant_message) => ({ last_assistant_message, stop_hook_active: false }),
  },
  codex: {
    prompt: "UserPromptSubmit",
    answer: "Stop",
    end: "SessionEnd",
    file: (session) => `.codex/sessions/2026/11/29/rollout-2026-11-29T10-43-10-${session}.jsonl`,
    base: snakeCase,
    promptFields: (_line, prompt, turn_id) => ({ prompt, turn_id }),
    answerFields: (last_assistant_message, turn_id) => ({ last_assistant_message, turn_id }),
  },
  gemini: {
    prompt: "BeforeAgent",
    answer: "AfterAgent",
    end: "SessionEnd",
    file: (session) => `.gemini/tmp/lantern/chats/session-2026-11-29-${session.slice(0, 8)}.jsonl`,
    base: snakeCase,
    promptFields: (_line, text) => ({
      prompt: `<hook_context>What the harbour knows.</hook_context>\n\n${text}`,
    }),
    answerFields: (prompt_response) => ({ prompt_response }),
  },
  copilot: {
    prompt: "userPromptSubmitted",
    answer: "agentStop",
    end: "sessionEnd",
    file: (session) => `.copilot/session-state/${session}/events.jsonl`,
    base: (sessionId) => ({ sessionId, timestamp: 1_795_948_990_000, cwd: "/home/mira/lantern" }),
    promptFields: (_line, prompt) => ({ prompt }),
    answerFields: () => ({ stopReason: "end_turn" }),
  },
};

const SIDE_LINE =
  /"\$set"|"type":"(?:response_item|queue-operation|last-prompt|file-history-snapshot|api-request[a-z-]*)"/;

export class HostPlayer {
  readonly #home: ThrowAwayHome;
  readonly host: string;
  readonly turns: readonly Turn[];
  readonly #lines: readonly string[];
  readonly printed: Finished[] = [];
  path = "";

  constructor(home: ThrowAwayHome, host: string, name: string) {
    this.#home = home;
    this.host = host;
    const folder = join(PROJECT_ROOT, "test/fixtures", host);
    this.#lines = readFileSync(join(folder, `${name}.jsonl`), "utf8")
      .trimEnd()
      .split("\n");
    const turns = JSON.parse(readFileSync(join(folder, `${name}.turns.json`), "utf8")) as (Turn & {
      uuid?: string;
    })[];
    this.turns = turns.map(({ id, uuid, role, text }) => ({ id: uuid ?? id, role, text }));
  }

  /** Plays all of it, and waits for what the hooks handed over. @param copied - turns that a fork repeats, of which no hook is told */
  async play(copied: readonly Turn[] = []): Promise<void> {
    const { prompt, answer, end, file, promptFields, answerFields } = this.#played();
    const session = /"(?:sessionId|session_id)":"([^"]+)"/.exec(this.#lines.join("\n"))?.[1] ?? "";
    this.path = join(this.#home.folder, file(session));
    mkdirSync(dirname(this.path), { recursive: true });
    const base = this.#played().base(session, this.path);
    const left = [...this.turns];
    let [promptId, last] = ["", ""];
    let isAnswering = false;
    for (const text of this.#lines) {
      const line = JSON.parse(text) as Json;
      promptId = /"(?:promptId|turn_id)":"([^"]+)"/.exec(text)?.[1] ?? promptId;
      const turn = SIDE_LINE.test(text) ? undefined : left.find(({ id }) => text.includes(id));
      const isTurn = turn !== undefined;
      if (isTurn && turn.role === "user" && !copied.some(({ id }) => id === turn.id)) {
        if (isAnswering && last !== "" && line["type"] !== "attachment")
          await this.#fire(answer, { ...base, ...answerFields(last, promptId) });
        await this.#fire(prompt, { ...base, ...promptFields(line, turn.text, promptId) });
        [isAnswering, last] = [true, ""];
      }
      if (isTurn) left.splice(left.indexOf(turn), 1);
      if (isTurn && turn.role === "assistant") last = turn.text;
      // Esc: nobody is told.
      if (text.includes("[Request interrupted by user]")) isAnswering = false;
      appendFileSync(this.path, `${text}\n`);
    }
    if (isAnswering) await this.#fire(answer, { ...base, ...answerFields(last, promptId) });
    await this.#fire(end, { ...base, reason: "other" });
    await hooksEnded(this.#home);
  }

  async #fire(event: string, payload: Json): Promise<void> {
    const input = JSON.stringify({ hook_event_name: event, ...payload });
    this.printed.push(await this.#home.run(["hook", this.host, event], { input }));
  }

  #played(): PlayedHost {
    const played = PLAYED[this.host];
    if (played === undefined) throw new Error("no such host");
    return played;
  }
}

/** Nothing that was handed over is still on its way. */
export async function hooksEnded(home: ThrowAwayHome): Promise<void> {
  const isOurs = (pid: number) => environOf(pid).includes(`HOME=${home.folder}`);
  await until(
    () => !everyProcess().some((pid) => isOurs(pid) && readProc(pid, "cmdline").includes("handed-over")),
  );
}
