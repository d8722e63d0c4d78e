/** Lines of an import: checked like every other input, then memories that are known by what they are. */
import { attempt } from "../../base/attempt.ts";
import { utf8 } from "../../base/bytes.ts";
import { hasCode } from "../../base/errors.ts";
import type { ClientIdentity } from "../../policy/clients.ts";
import { checkProjectWrite } from "../../policy/project-grants.ts";
import type { RecallPass } from "../../policy/recall-pass.ts";
import { lowerTrust } from "../../policy/trust.ts";
import type { Trust } from "../../protocol/schemas.ts";
import { parseJson } from "../../protocol/json-guard.ts";
import type * as z from "zod";
import { importEntry, importMark } from "../../protocol/methods/data-methods.ts";
import type { ImportMark, SectionPlace } from "../../protocol/methods/data-methods.ts";
import type { RecordId } from "../../vault/vault.ts";
import type { SecretsFound, TakenOut } from "../secrets.ts";
import type { Arrival, Memories, NewMemory } from "./memories.ts";
import { milliseconds } from "../memory-codec.ts";
import { saidAt } from "../memory-times.ts";

type Entry = z.output<typeof importEntry>;

export interface ImportOf {
  readonly client: ClientIdentity;
  /** Name of the format: the memories' source. */
  readonly format: string;
  /** Milliseconds since the epoch. */
  readonly savedAt: number;
  /** Whether ids and links of the lines count. */
  readonly ownExport: boolean;
  /** Takes secrets out, unless they are to be kept. */
  readonly clean: (entry: Entry) => TakenOut<Entry>;
}

/** A line whose time is over before it is stored. */
export const EXPIRED = "expired";

export interface ImportedLine extends Arrival, SecretsFound {
  /** It is of the same line of its file as the one before it. */
  readonly isOfSameLine: boolean;
  /** It names a memory it supersedes, and that was left out. */
  readonly isUnlinked: boolean;
  readonly section: SectionPlace | undefined;
}

const MARK_START = utf8('{"mark":');

/** What a line says of a file, where it is no memory. */
export function markOfLine(line: Uint8Array): ImportMark | undefined {
  if (!MARK_START.every((byte, at) => line[at] === byte)) return undefined;
  return attempt(() => importMark.safeParse(parseJson(line)).data);
}

/** The memory of a line; `undefined` when the line is not a valid entry. @throws PROJECT_DENIED */
export function memoryOfLine(
  memories: Memories,
  line: Uint8Array,
  { client, format, savedAt, ownExport, clean }: ImportOf,
): ImportedLine | typeof EXPIRED | undefined {
  const read = attempt(() => importEntry.safeParse(parseJson(line)).data);
  if (read === undefined || !isSound(read, client)) return undefined;
  const { given: entry, ...found } = clean(read);
  const { id, messageId, alsoNamed, partOf, sameLine, at, expiresAt, supersedes, section, ...fields } = entry;
  const expiry = milliseconds(expiresAt);
  if (expiry !== undefined && expiry <= savedAt) return EXPIRED;
  const { project, session } = fields;
  const exported = ownExport ? id : undefined;
  const isTurn = session !== undefined && messageId !== undefined && exported === undefined;
  return {
    ...found,
    id: exported ?? knownId(memories, read, entry),
    ...(exported !== undefined && { isById: true }),
    ...(isTurn && { turnName: { project, session, messageId, alsoNamed, partOf } }),
    isOfSameLine: sameLine === true,
    isUnlinked: supersedes !== undefined && !ownExport,
    section,
    stored: {
      ...fields,
      // Else what a repository holds could stand above everything that a session is told.
      pinned: ownExport && fields.pinned,
      source: format,
      at: saidAt(at, savedAt),
      savedAt,
      ...(expiry !== undefined && { expiresAt: expiry }),
      ...(supersedes !== undefined && ownExport && { supersedes }),
      trust: "imported",
    },
  };
}

/**
 * A memory of an export of the person's own, with no more trust than what it supersedes.
 *
 * @param known - trust of what this import brought, where that is less than imported
 */
export async function withoutRise<A extends NewMemory>(
  memories: Memories,
  arrival: A,
  known: Map<string, Trust>,
): Promise<A> {
  const { id, stored } = arrival;
  const { supersedes } = stored;
  if (supersedes === undefined) return arrival;
  const older = known.get(supersedes) ?? (await trustIn(memories, supersedes)) ?? stored.trust;
  const trust = lowerTrust(older, stored.trust);
  if (trust !== stored.trust) known.set(id, trust);
  return { ...arrival, stored: { ...stored, trust } };
}

/** Newer versions that are stored already, as when an export lists them first, have no more trust than what came below them. */
export async function lowerNewer(
  memories: Memories,
  lowered: readonly NewMemory[],
  pass: RecallPass | undefined,
): Promise<void> {
  if (lowered.length === 0) return;
  await memories.onAllChains(async () => {
    const index = await memories.complete();
    for (const { id, stored } of lowered) {
      const versions = index.versions(id);
      for (const newer of versions.slice(versions.indexOf(id) + 1)) {
        const above = await memories.readSound(newer);
        if (above === undefined || lowerTrust(above.trust, stored.trust) === above.trust) continue;
        await memories.insert([{ id: newer, stored: { ...above, trust: stored.trust } }], [], pass);
      }
    }
  });
}

/** Of what is stored; of what cannot be read nobody answers for the text. */
async function trustIn(memories: Memories, id: string): Promise<Trust | undefined> {
  try {
    return (await memories.read(id))?.trust;
  } catch (error) {
    if (!hasCode(error, "RECORD_DAMAGED")) throw error;
    return "unverified";
  }
}

/** @throws PROJECT_DENIED */
function isSound({ project }: Entry, client: ClientIdentity): boolean {
  try {
    checkProjectWrite(project, client);
  } catch (error) {
    if (!hasCode(error, "INVALID_PARAMS")) throw error;
    return false;
  }
  return true;
}

/** Id of a note that is known by what it says and where it belongs. */
export function noteId(memories: Memories, project: string | null, text: string): RecordId {
  return idOfWords(memories, "note", project, ["", "", ""], text);
}

/** What a version that knew no secrets stored, or forgot, is known by what it said then. */
function knownId(memories: Memories, read: Entry, clean: Entry): RecordId {
  const id = entryId(memories, clean);
  if (read.text === clean.text) return id;
  const former = entryId(memories, read);
  const isKnown = memories.vault.has("memory", former) || memories.tombstones.stands(former);
  return isKnown ? former : id;
}

/** Messages are known by their id, all else by what it says and where it belongs. */
function entryId(memories: Memories, { session, messageId, kind, project, role, at, text }: Entry): string {
  if (session !== undefined && messageId !== undefined) return memories.messageId(project, messageId);
  const time = kind === "turn" ? String(milliseconds(at)) : "";
  return idOfWords(memories, kind, project, [session ?? "", role ?? "", time], text);
}

function idOfWords(
  { vault }: Memories,
  kind: string,
  project: string | null,
  [session, role, time]: readonly [session: string, role: string, time: string],
  text: string,
): RecordId {
  const name = [kind, project ?? "", session, role, time, text];
  return vault.deriveId(utf8("entry"), ...name.map(utf8));
}
