/**
 * What was said, on its way to an entry: private parts out, cut to size, in its project. A message is known by its name alone,
 * whatever its session, file or project, so its name must be one that no other message in the world has.
 */
import { crc32 } from "node:zlib";
import { LIMITS } from "../../base/limits.ts";
import type { ImportEntry } from "../../protocol/methods/data-methods.ts";
import { cutPrivate } from "../text/private-text.ts";
import type { Reading } from "../reading.ts";
import type { SkipReason } from "../skip-counts.ts";
import { splitText } from "../text/split-text.ts";

/** An entry, or why there is none. */
export type Given = ImportEntry | SkipReason;

export interface Said {
  readonly role: "user" | "assistant";
  readonly text: string;
  readonly session: string;
  /** See `messageName`. */
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Where it was said; what has none is in no project unless one is asked for. */
  readonly folder?: string | undefined;
}

const NAME_CHARACTERS = 128;
/** Room for the number of a part. */
const SHORT_NAME_CHARACTERS = NAME_CHARACTERS - 8;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A UUID is one message wherever it stands; any other id is one within its conversation. */
export function messageName(conversation: string, id: string): string {
  return shortName(UUID.test(id) ? id.toLowerCase() : `${conversation}:${id}`);
}

/** A few characters that tell texts of one moment apart. */
export function textMark(text: string): string {
  return crc32(text).toString(36);
}

function shortName(name: string): string {
  if (name.length <= SHORT_NAME_CHARACTERS) return name.toWellFormed();
  return `${name.slice(0, SHORT_NAME_CHARACTERS - 16)}~${textMark(name)}~${name.length}`.toWellFormed();
}

export async function* turnEntries(
  said: Said,
  { projectOf, onCut }: Pick<Reading, "projectOf" | "onCut">,
): AsyncGenerator<Given> {
  const text = publicText(said.text, onCut);
  if (text.trim() === "") {
    yield said.text.trim() === "" ? "no-words" : "private";
    return;
  }
  const project = await projectOf(said.folder);
  for (const [index, part] of splitText(text, LIMITS.textBytes).entries()) {
    yield {
      kind: "turn",
      text: part,
      project,
      session: said.session.slice(0, LIMITS.sessionBytes).toWellFormed(),
      messageId: index === 0 ? said.name : `${said.name}#${index + 1}`,
      role: said.role,
      at: new Date(said.at).toISOString(),
    };
  }
}

/** The entries alone; each reason is counted. */
export async function* entriesAlone(
  given: AsyncIterable<Given>,
  { onSkip }: Pick<Reading, "onSkip">,
): AsyncGenerator<ImportEntry> {
  for await (const each of given) {
    if (typeof each === "string") onSkip(each);
    else yield each;
  }
}

/** Something another program remembers: a note of each part that fits. */
export function* noteEntries(
  text: string,
  at: number,
  { project, onCut }: Pick<Reading, "project" | "onCut">,
): Generator<Given> {
  const kept = publicText(text, onCut);
  if (kept.trim() === "") {
    yield text.trim() === "" ? "no-words" : "private";
    return;
  }
  for (const part of splitText(kept, LIMITS.textBytes)) {
    if (part.trim() === "") continue;
    yield { kind: "note", text: part, project: project ?? null, at: new Date(at).toISOString() };
  }
}

function publicText(text: string, onCut: Reading["onCut"]): string {
  const cut = cutPrivate(text);
  if (cut.passages + cut.unopened > 0) onCut?.(cut);
  return cut.text.toWellFormed();
}
