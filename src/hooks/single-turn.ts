/** A turn that a hook was told itself: by the rules of what is read from files, under a name of its own. */
import { folderProjects } from "../client/projects/folder-projects.ts";
import {
  messageName,
  promptAfter,
  promptName,
  textMark,
  turnEntries,
} from "../capture/shapes/turn-entries.ts";
import { publicText } from "../capture/text/public-text.ts";
import type { ImportEntry } from "../protocol/methods/data-methods.ts";
import { hookHost } from "./hook-hosts.ts";
import type { Payload } from "./payload.ts";

type Named = (text: string) => string;

/**
 * The prompt, under the name that its line in the host's file gives as another one of its own.
 *
 * @param last - the name of the last message in that file, where a prompt is known by it
 */
export async function promptTurn(payload: Payload, last?: string): Promise<readonly ImportEntry[]> {
  const typed = await typedIn(payload);
  if (typed === undefined) return [];
  const { host, promptId, session, transcript } = payload;
  const isIdKnown = transcript === undefined || hookHost(host).isPromptIdInFile === true;
  const of = (isIdKnown ? promptId : undefined) ?? promptAfter(session, last);
  return entriesOf(payload, "user", typed, (text) => promptName(of, text));
}

/** What the person typed, as far as it may be stored. */
export async function typedIn({ host, prompt }: Payload): Promise<string | undefined> {
  const typed = prompt === undefined ? undefined : await hookHost(host).typed(prompt);
  const text = typed === undefined ? "" : await publicText(typed);
  return text.trim() === "" ? undefined : text;
}

export function answerTurn(payload: Payload): Promise<readonly ImportEntry[]> {
  const of = payload.promptId ?? payload.session;
  return entriesOf(payload, "assistant", payload.answer, (text) =>
    messageName("answer", `${of}:${textMark(text)}`),
  );
}

export async function summaryTurn(payload: Payload): Promise<readonly ImportEntry[]> {
  const nameOf: Named = (text) => messageName("summary", `${payload.session}:${textMark(text)}`);
  const entries = await entriesOf(payload, "assistant", payload.summary, nameOf);
  return entries.map((entry) => ({ ...entry, tags: ["compact-summary"] }));
}

/** The last message of a sub-agent that has a name. */
export async function agentTurn(payload: Payload): Promise<readonly ImportEntry[]> {
  const { id, type } = payload.agent ?? {};
  if (id === undefined || type === undefined) return [];
  const nameOf: Named = (text) => messageName("agent", `${id}:${textMark(text)}`);
  const entries = await entriesOf(payload, "assistant", payload.answer, nameOf);
  return entries.map((entry) => ({ ...entry, speaker: type.slice(0, 128).toWellFormed() }));
}

async function entriesOf(
  { session, folder }: Payload,
  role: "user" | "assistant",
  given: string | undefined,
  nameOf: Named,
): Promise<readonly ImportEntry[]> {
  const text = given === undefined ? "" : await publicText(given);
  if (text.trim() === "") return [];
  const said = { role, text, session, name: nameOf(text), at: Date.now(), folder };
  const entries: ImportEntry[] = [];
  for await (const entry of turnEntries(said, { projectOf: folderProjects()() }))
    if (typeof entry !== "string") entries.push(entry);
  return entries;
}
