/**
 * What was said, on its way to an entry: private parts out, cut to size, in its project. A message is known by its name alone,
 * whatever its session, file or project, so its name must be one that no other message in the world has.
 */
import { crc32 } from "node:zlib";
import { cutToBytes } from "../../base/bytes.ts";
import { LIMITS } from "../../base/limits.ts";
import type { ImportEntry } from "../../protocol/methods/data-methods.ts";
import { publicText } from "../text/public-text.ts";
import type { Given, Reading, UnknownTime } from "../reading.ts";
import { splitText } from "../text/split-text.ts";

export interface Said {
  readonly role: "user" | "assistant";
  readonly text: string;
  readonly session: string;
  /** See `messageName`. */
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** What is known of the time where the file does not say it. */
  readonly unknownTime?: UnknownTime | undefined;
  /** Other names its session may be known by. */
  readonly otherSessions?: readonly string[] | undefined;
  /** Of a prompt: the host's id of it, or `promptAfter` where it has none; see `promptName`. */
  readonly promptOf?: string | undefined;
  /** Where it was said; what has none is in no project unless one is asked for. */
  readonly folder?: string | undefined;
}

const NAME_CHARACTERS = 128;
/** Room for the number of a part. */
const SHORT_NAME_CHARACTERS = NAME_CHARACTERS - 8;
const UUID = /^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/;

/** A UUID is one message wherever it stands; any other id is one within its conversation. */
export function messageName(conversation: string, id: string): string {
  return shortName(UUID.test(id) ? id.toLowerCase() : `${conversation}:${id}`);
}

/**
 * What a hook that is told a prompt knows it by, before its line is in the host's file. Two prompts of one turn of the assistant share
 * the id, so the text is part of it; a UUID is the same wherever it stands, as in forks.
 */
export function promptName(promptOf: string, text: string): string {
  return shortName(`prompt:${UUID.test(promptOf) ? promptOf.toLowerCase() : promptOf}:${textMark(text)}`);
}

/** Of hosts that give prompts no id: a prompt is known by the message before it. @param last - the name of that; none at the beginning */
export function promptAfter(session: string, last: string | undefined): string {
  return `${session}:${last ?? ""}`;
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
  { projectOf, isPrivate, onCut }: Pick<Reading, "projectOf" | "isPrivate" | "onCut">,
): AsyncGenerator<Given> {
  const text = await publicText(said.text, onCut);
  if (text.trim() === "") {
    yield said.text.trim() === "" ? "no-words" : "private";
    return;
  }
  const project = await projectOf(said.folder);
  for (const session of [said.session, ...(said.otherSessions ?? [])]) {
    const where = { folder: said.folder, project, session };
    if ((await isPrivate?.(where, said.unknownTime ?? said.at)) === true) {
      yield "private-place";
      return;
    }
  }
  const alsoNamed = said.promptOf === undefined ? undefined : promptName(said.promptOf, text);
  for (const [index, part] of splitText(text, LIMITS.textBytes).entries()) {
    yield {
      kind: "turn",
      text: part,
      project,
      session: cutToBytes(said.session, LIMITS.sessionBytes),
      messageId: nameOfPart(said.name, index),
      ...(alsoNamed !== undefined && { alsoNamed: [nameOfPart(alsoNamed, index)] }),
      role: said.role,
      at: new Date(said.at).toISOString(),
    };
  }
}

function nameOfPart(name: string, index: number): string {
  return index === 0 ? name : `${name}#${index + 1}`;
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
