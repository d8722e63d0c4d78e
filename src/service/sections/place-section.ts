/**
 * What becomes of one section of a file: a new note, a new version of the note it was, or nothing.
 *
 * The note of a section has the id that its text has as an imported entry, so that what keepsake 0.1.0 stored is found, a text that
 * two files share is one note until one of them changes it, and a text that was forgotten is refused from whichever file it
 * comes. Where that id is a version that was replaced since, the text comes again under an id counted on from it.
 */
import { utf8 } from "../../base/bytes.ts";
import { lowerTrust } from "../../policy/trust.ts";
import { LIMITS } from "../../base/limits.ts";
import type { SearchIndex } from "../../search/search-index.ts";
import type { Change, RecordId } from "../../vault/vault.ts";
import { noteId } from "../memories/import-entries.ts";
import type { Memories, NewMemory } from "../memories/memories.ts";
import type { StoredMemory } from "../memory-codec.ts";
import type { StoredSection } from "./stored-source.ts";

export interface GivenNote {
  readonly key: RecordId;
  readonly content: RecordId;
  readonly text: string;
  readonly stored: StoredMemory;
  /** What keepsake 0.1.0 made of it, where that is something else. */
  readonly former: { readonly text: string; readonly projects: readonly (string | null)[] };
}

/** What is to be written, and what the section is known by from now on. */
export interface Placed {
  readonly outcome: "stored" | "replaced" | "known" | "kept" | "forgotten";
  readonly section: StoredSection;
  /** Whether its note is of another project than the file is now. */
  readonly isElsewhere?: boolean;
  readonly fresh?: NewMemory;
  readonly lifted?: readonly Change[];
}

export interface PlacingRules {
  readonly memories: Memories;
  readonly index: SearchIndex;
  readonly isFree: (id: RecordId) => boolean;
  /** Whether this import stores it, in a batch that is not written yet or never will be. */
  readonly isPlanned: (id: RecordId) => boolean;
  /** Whether a section of this import says it, besides the one that `own` is held by. */
  readonly isShared: (memory: RecordId, own?: RecordId) => boolean;
  /** Whether a section of another file became it. */
  readonly isOfOtherFile: (memory: RecordId) => boolean;
  /** Tags that the file had when it was last imported: those beside them were given by hand. */
  readonly fileTags: readonly string[];
  readonly again: boolean;
}

interface Newest {
  readonly id: RecordId;
  readonly stored: StoredMemory;
}

export async function placeSection(
  rules: PlacingRules,
  given: GivenNote,
  known: StoredSection | undefined,
): Promise<Placed> {
  const { memories, isFree, isShared, isOfOtherFile, again } = rules;
  if (known === undefined) return placeNew(rules, given);
  if (isFree(known.memory)) {
    const isForgotten = !again && memories.tombstones.stands(known.memory);
    return isForgotten ? { outcome: "forgotten", section: known } : placeNew(rules, given);
  }
  const newest = await newestOf(rules, known.memory);
  if (newest === undefined) return placeNew(rules, given);
  const isElsewhere = newest.stored.project !== given.stored.project;
  const isUnchanged = known.content === given.content;
  const isSaid = newest.stored.text === given.text;
  if (isSaid && (isUnchanged || hasTags(newest, given))) return { ...knownAs(given, newest.id), isElsewhere };
  if (isByHand(newest, given)) {
    if (isSaid) return { ...knownAs(given, newest.id), isElsewhere };
    const section = { ...known, key: given.key };
    return { outcome: isUnchanged ? "known" : "kept", section, isElsewhere };
  }
  const isOvertaken = newest.id !== known.memory && isOfOtherFile(newest.id);
  // What another file holds too is not for this one to replace: it may be a copy in somebody else's repository.
  const isCommon = isShared(known.memory, known.memory) || isOfOtherFile(known.memory);
  if (isOvertaken || isCommon) return placeNew(rules, given);
  const joined = await joinOther(rules, given, newest);
  return { ...(joined ?? replace(rules, given, newest)), isElsewhere };
}

/** Another file came to say the same first, with a note of its own: that is the next version, not one beside it. */
async function joinOther(rules: PlacingRules, given: GivenNote, older: Newest): Promise<Placed | undefined> {
  const { memories, isFree, isOfOtherFile } = rules;
  const { project, trust } = older.stored;
  const id = noteId(memories, project, given.text);
  const other = isFree(id) || !isOfOtherFile(id) ? undefined : await newestOf(rules, id);
  const isBare = other?.id === id && other.stored.supersedes === undefined && older.stored.supersedes !== id;
  if (!isBare || isByHand(other, given) || !hasTags(other, given)) return undefined;
  const stored = { ...other.stored, supersedes: older.id, trust: lowerTrust(trust, other.stored.trust) };
  return store(rules, { ...given, stored }, id);
}

/** A section that is not known by its place: perhaps its text is. */
async function placeNew(rules: PlacingRules, given: GivenNote): Promise<Placed> {
  const { memories, isFree, isPlanned, isShared, isOfOtherFile } = rules;
  const { project } = given.stored;
  for (let nth = 0; ; nth += 1) {
    const id = textId(memories, project, given.text, nth);
    if (isPlanned(id)) return knownAs(given, id);
    if (isFree(id)) return (await placeFormer(rules, given)) ?? store(rules, given, id);
    const newest = await newestOf(rules, id);
    if (newest === undefined || isByHand(newest, given)) return knownAs(given, id);
    if (newest.stored.text !== given.text) continue;
    const isBare = newest.id === id && !hasTags(newest, given) && !isShared(id) && !isOfOtherFile(id);
    return isBare ? replace(rules, given, newest) : knownAs(given, newest.id);
  }
}

/** A section that keepsake 0.1.0 stored, which knew of no files: its note is none of any section yet. */
async function placeFormer(rules: PlacingRules, given: GivenNote): Promise<Placed | undefined> {
  const { memories, isFree, isShared, isOfOtherFile } = rules;
  const { project } = given.stored;
  const { text, projects } = given.former;
  for (const one of [project, ...projects]) {
    const id = noteId(memories, one, text);
    if (isFree(id) || isShared(id) || isOfOtherFile(id)) continue;
    const newest = await newestOf(rules, id);
    if (newest === undefined) continue;
    const isElsewhere = newest.stored.project !== project;
    const isSame = isByHand(newest, given) || newest.stored.text === given.text;
    if (isSame) return { ...knownAs(given, newest.id), isElsewhere };
    if (newest.stored.text === text) return { ...replace(rules, given, newest), isElsewhere };
  }
  return undefined;
}

/** The next version of a note; what was set by hand besides its text stays. */
function replace(rules: PlacingRules, given: GivenNote, { id: supersedes, stored: older }: Newest): Placed {
  const { memories, isFree, isPlanned, fileTags } = rules;
  const { project, pinned, muted, expiresAt } = older;
  const tagsByHand = older.tags.filter((tag) => !fileTags.includes(tag));
  const stored: StoredMemory = {
    ...given.stored,
    project,
    tags: [...new Set([...given.stored.tags, ...tagsByHand])].slice(0, LIMITS.tags),
    pinned,
    ...(muted !== undefined && { muted }),
    ...(expiresAt !== undefined && { expiresAt }),
    savedAt: Math.max(given.stored.savedAt, older.savedAt + 1),
    supersedes,
    trust: lowerTrust(older.trust, given.stored.trust),
  };
  for (let nth = 0; ; nth += 1) {
    const id = textId(memories, project, given.text, nth);
    if (isFree(id) && !isPlanned(id)) return store(rules, { ...given, stored }, id);
  }
}

function store({ memories, again }: PlacingRules, given: GivenNote, id: RecordId): Placed {
  const { key, content, stored } = given;
  const section = { key, memory: id, content };
  if (!again && memories.tombstones.stands(id)) return { outcome: "forgotten", section };
  const outcome = stored.supersedes === undefined ? "stored" : "replaced";
  return { outcome, section, fresh: { id, stored }, lifted: memories.tombstones.lifted(id) };
}

function knownAs({ key, content }: GivenNote, memory: RecordId): Placed {
  return { outcome: "known", section: { key, memory, content } };
}

async function newestOf({ memories, index }: PlacingRules, id: RecordId): Promise<Newest | undefined> {
  const newest = index.versions(id).at(-1) ?? id;
  const stored = await memories.readSound(newest);
  return stored && { id: newest, stored };
}

/** What an import writes has its format for a source; a new text by anybody else has their name. */
function isByHand({ stored }: Newest, given: GivenNote): boolean {
  return stored.source !== given.stored.source;
}

function hasTags({ stored }: Newest, given: GivenNote): boolean {
  return given.stored.tags.every((tag) => stored.tags.includes(tag));
}

/** @param nth - 0: as of an entry without a section */
function textId(memories: Memories, project: string | null, text: string, nth: number): RecordId {
  const id = noteId(memories, project, text);
  return nth === 0 ? id : memories.vault.deriveId(utf8("entry again"), utf8(id), utf8(String(nth)));
}
