/** Ten sessions with each host that are told what was stored before, and ask for it: what keepsake said is never stored again. */
import { randomUUID } from "node:crypto";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { NOTICE } from "../../src/base/visible-text.ts";
import { hooksEnded } from "../support/host-player.ts";
import { expectSuccess, ThrowAwayHome } from "../support/throw-away-home.ts";
import { McpHost } from "./support/mcp-host.ts";
import { SESSION_FILES } from "./support/session-files.ts";
import type { Session } from "./support/session-files.ts";

const SESSIONS = 10;
const MOST_TRIES = 40;
const FOLDER = "/home/mira/lantern";
const NOTES = [
  "the lantern room is painted every fourth autumn",
  "the spare wicks lie in the green chest below the stairs",
];

test.each(Object.keys(SESSION_FILES))(
  "ten sessions with %s store what was said once, and nothing that keepsake printed",
  async (host) => {
    const home = await homeFor(host);
    const said = [...NOTES];
    const printed: string[] = [];
    const mcp = await McpHost.start(home, { client: host });
    let pasted = "";
    for (let number = 0; number < SESSIONS; number += 1) {
      // Somebody copies out of the host's window what the session before was told.
      const session = await talk(home, mcp, host, number, pasted);
      expect([number, session.printed.start]).toEqual([number, expect.stringContaining(NOTICE)]);
      expect([number, session.printed.prompt]).toEqual([number, expect.stringContaining(NOTICE)]);
      expect([number, session.recalled.text]).toEqual([number, expect.stringContaining(NOTES[0] ?? "")]);
      // The prompt itself is stored by then, and answers nothing; nor does what keepsake put around it.
      if (number === 0) expect(hitsIn(session.printed.prompt)).toEqual([NOTES[0]]);
      said.push(promptOf(number), ...session.answers);
      printed.push(session.told.start, session.told.prompt, session.recalled.text);
      pasted = session.told.start;
    }
    await mcp.close();
    await hooksEnded(home);

    const stored = await storedTexts(home);
    expect(stored).toEqual(said.toSorted());
    const marks = printed.map((text) => /[0-9a-f]{12}/.exec(text)?.[0] ?? "no mark");
    for (const frame of [NOTICE, "marks:", ...marks])
      expect([frame, stored.filter((text) => text.includes(frame))]).toEqual([frame, []]);
    const file = dirname(join(home.folder, SESSION_FILES[host]!.path("")));
    const imported = expectSuccess(await home.run(["import", file, "--json"]));
    expect(JSON.parse(imported)).toMatchObject({ stored: 0 });
    expect(await storedTexts(home)).toEqual(stored);
  },
  300_000,
);

async function homeFor(host: string): Promise<ThrowAwayHome> {
  const home = new ThrowAwayHome();
  onTestFinished(() => home.remove());
  await home.init();
  expectSuccess(await home.run(["client", "add", host, "--scope", "read,write,capture"]));
  expectSuccess(await home.run(["config", "set", "hooks.promptRecall", "on"]));
  for (const note of NOTES) expectSuccess(await home.run(["save", note, "--no-project", "--pin"]));
  const project = join(home.folder, ".gemini/tmp/lantern/.project_root");
  mkdirSync(dirname(project), { recursive: true });
  writeFileSync(project, FOLDER);
  return home;
}

function promptOf(number: number): string {
  return `how often is the lantern room painted${"?".repeat(number)}`;
}

/** One session: what the host is told goes into its file before the next hook reads it. @param pasted - in front of the prompt */
async function talk(
  home: ThrowAwayHome,
  mcp: McpHost,
  host: string,
  number: number,
  pasted: string,
): Promise<Session> {
  const { path, events, promptFields, answerFields, lines } = SESSION_FILES[host]!;
  const id = randomUUID();
  const file = join(home.folder, path(id));
  const base = { session_id: id, transcript_path: file, cwd: FOLDER };
  const fire = async (event: string, fields: object) => {
    const input = JSON.stringify({ hook_event_name: event, ...base, ...fields });
    const { code, stdout, stderr } = await home.run(["hook", host, event], { input });
    expect([event, code, stderr]).toEqual([event, 0, ""]);
    return stdout;
  };
  // A hook that is late, as on a busy machine, says nothing; a host that goes on calls it again.
  const heard = async (event: string, fields: object) => {
    for (let tries = 1; ; tries += 1) {
      const stdout = await fire(event, fields);
      if (stdout !== "" || tries === MOST_TRIES) return stdout;
    }
  };
  const prompt = [...(pasted === "" ? [] : [pasted]), promptOf(number)].join("\n\n");
  const promptId = randomUUID();
  const start = await heard(events.start, { source: "startup" });
  const recall = await heard(events.prompt, promptFields({ prompt, promptId }, contextIn(start)));
  const { text, structured } = await mcp.call("memory_search", { query: promptOf(number), project: "*" });
  const session: Session = {
    id,
    folder: FOLDER,
    prompt,
    promptId,
    answers: [`Let me look it up, keeper ${number}.`, `Keeper ${number}: each time the leaves have fallen.`],
    printed: { start, prompt: recall },
    told: { start: contextIn(start), prompt: contextIn(recall) },
    recalled: { text, structured },
  };
  mkdirSync(dirname(file), { recursive: true });
  for (const line of lines(session)) appendFileSync(file, `${JSON.stringify(line)}\n`);
  expect(await fire(events.answer, answerFields(session))).toBe("");
  expect(await fire(events.end, { reason: "other" })).toBe("");
  return session;
}

function contextIn(stdout: string): string {
  if (stdout === "") return "";
  const { hookSpecificOutput } = JSON.parse(stdout) as {
    hookSpecificOutput: { additionalContext: string };
  };
  return hookSpecificOutput.additionalContext;
}

/** The texts of what was recalled for a prompt. */
function hitsIn(stdout: string): readonly string[] {
  return [...contextIn(stdout).matchAll(/^- \w{26} [\d-]{10}: (.+)$/gm)].map(([, text = ""]) => text);
}

async function storedTexts(home: ThrowAwayHome): Promise<readonly string[]> {
  const client = await home.connect();
  const { memories, more } = await client.call("memory.recent", { limit: 100 });
  client.close();
  expect(more).toBe(false);
  return memories.map(({ text }) => text).toSorted();
}
