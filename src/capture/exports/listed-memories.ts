/**
 * What other memory programs list as JSON. mem0: a list of `{id, memory, created_at}`; each is a note.
 * claude-mem: `{exportedAt, observations, summaries, prompts}`; prompts are the person's own words and become turns, known by
 * session and number, or by time and words where they have none; observations `{title, text, created_at}` and summaries `{request, learned, …}` are notes.
 * Source: claude-mem e2d1df5.
 */
import { isFields, listIn, textIn, timeIn } from "../shapes/fields.ts";
import type { Fields } from "../shapes/fields.ts";
import { jsonElements } from "../shapes/json-elements.ts";
import type { Given, Reading } from "../reading.ts";
import { noteEntries } from "../shapes/note-entries.ts";
import { entriesAlone, messageName, textMark, turnEntries } from "../shapes/turn-entries.ts";

/** Texts of an observation and of a summary, in the order they are read. */
const OBSERVATION_TEXTS = ["title", "subtitle", "text", "narrative"];
const SUMMARY_TEXTS = ["request", "investigated", "learned", "completed", "next_steps"];

export async function* readMem0Memories(reading: Reading) {
  for await (const memory of jsonElements(reading))
    yield* entriesAlone(noteOf(memory, ["memory"], reading), reading);
}

export async function* readClaudeMemExport(reading: Reading) {
  for await (const element of jsonElements(reading)) {
    if (!isFields(element)) {
      reading.onSkip("unknown-shape");
      continue;
    }
    for (const prompt of listIn(element, "prompts"))
      yield* entriesAlone(promptTurn(prompt, reading), reading);
    for (const observation of listIn(element, "observations"))
      yield* entriesAlone(noteOf(observation, OBSERVATION_TEXTS, reading), reading);
    for (const summary of listIn(element, "summaries"))
      yield* entriesAlone(noteOf(summary, SUMMARY_TEXTS, reading), reading);
  }
}

async function* noteOf(memory: unknown, names: readonly string[], reading: Reading): AsyncGenerator<Given> {
  const texts = isFields(memory) ? names.flatMap((name) => textIn(memory, name) ?? []) : [];
  if (!isFields(memory) || texts.length === 0) yield "unknown-shape";
  else yield* noteEntries([...new Set(texts)].join("\n\n"), timeOf(memory) ?? reading.modified, reading);
}

async function* promptTurn(prompt: unknown, reading: Reading): AsyncGenerator<Given> {
  const text = isFields(prompt) ? textIn(prompt, "prompt_text") : undefined;
  const session = isFields(prompt) ? textIn(prompt, "content_session_id") : undefined;
  if (!isFields(prompt) || text === undefined || session === undefined) yield "unknown-shape";
  else {
    const { prompt_number: number } = prompt;
    const time = timeOf(prompt);
    const place = typeof number === "number" ? String(number) : `${time ?? ""}:${textMark(text)}`;
    const name = messageName(`claude-mem:${session}`, place);
    yield* turnEntries({ role: "user", text, session, name, at: time ?? reading.modified }, reading);
  }
}

function timeOf(fields: Fields): number | undefined {
  return timeIn(fields, "created_at_epoch") ?? timeIn(fields, "created_at");
}
