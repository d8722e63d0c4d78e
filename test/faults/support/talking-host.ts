/** A host that talks: it writes its file and calls its hooks. */
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { expectSuccess, ThrowAwayHome } from "../../support/throw-away-home.ts";
import type { Finished } from "../../support/throw-away-home.ts";

export const HOST = "claude-code";
/** What a hook that has nothing to say to its host does. */
export const SILENT = { code: 0, stdout: "", stderr: "" };
const FOLDER = "/nowhere/harbour";

/** A session of a host, with the file that the host writes. */
export class TalkingHost {
  readonly home: ThrowAwayHome;
  readonly said: string[] = [];
  readonly #session: string;
  readonly #file: string;
  #lines = 0;

  constructor(home: ThrowAwayHome, number: number) {
    this.home = home;
    this.#session = uuid(number, 0);
    this.#file = join(home.folder, `talk-${number}.jsonl`);
  }

  get base(): object {
    return { session_id: this.#session, transcript_path: this.#file, cwd: FOLDER };
  }

  /** Writes a line into the host's file. @returns what its hook is told */
  says(role: "user" | "assistant", text: string): object {
    this.said.push(text);
    const number = ++this.#lines;
    const content = role === "user" ? text : [{ type: "text", text }];
    const prompt_id = uuid(number, 2);
    const line = {
      type: role,
      uuid: `${uuid(number, 1).slice(0, -12)}${this.#session.slice(0, 8)}${String(number).padStart(4, "0")}`,
      sessionId: this.#session,
      cwd: FOLDER,
      timestamp: new Date().toISOString(),
      message: { role, content },
      ...(role === "user" && { promptId: prompt_id }),
    };
    appendFileSync(this.#file, `${JSON.stringify(line)}\n`);
    return role === "user" ? { prompt: text, prompt_id } : { last_assistant_message: text };
  }

  fire(event: string, fields: object = {}, env: Readonly<Record<string, string>> = {}): Promise<Finished> {
    const input = JSON.stringify({ hook_event_name: event, ...this.base, ...fields });
    return this.home.run(["hook", HOST, event], { input, env });
  }
}

function uuid(number: number, kind: number): string {
  return `${String(number).padStart(8, "0")}-0000-4000-8000-${String(kind).padStart(12, "0")}`;
}

/** With an open vault and the host's client. */
export async function homeWith(env: Readonly<Record<string, string>> = {}): Promise<ThrowAwayHome> {
  const home = new ThrowAwayHome(env);
  onTestFinished(() => home.remove());
  await home.init();
  expectSuccess(await home.run(["client", "add", HOST, "--scope", "read,capture"]));
  return home;
}

/** Every turn's text, as often as it is there, sorted. */
export async function storedTexts(home: ThrowAwayHome): Promise<readonly string[]> {
  const client = await home.connect();
  const { sessions } = await client.call("memory.sessions", { turnIds: true, limit: 100 });
  const ids = sessions.flatMap(({ turnIds = [] }) => turnIds);
  const texts: string[] = [];
  for (let from = 0; from < ids.length; from += 20) {
    const { memories } = await client.call("memory.get", { ids: ids.slice(from, from + 20) });
    texts.push(...memories.map(({ text }) => text));
  }
  client.close();
  return texts.toSorted();
}
