/**
 * The scope of a request: which memories it looks at, decided before anything is ranked. Everything the ranking knows of
 * a collection (how many memories, how long, which sessions) is counted within the scope, so that what lies outside
 * changes no score.
 */
import type { MemoryFilter } from "../search-index.ts";
import { TRUSTS } from "../search-index.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Conversations } from "./conversations.ts";
import { NO_NAME } from "./names.ts";
import { LINKS, SESSION, SIGNS } from "./rows.ts";
import { BY_ASSISTANT, BY_USER, IS_MUTED, IS_NOTE, IS_PINNED } from "./signs.ts";

const MAX_KEPT_SCOPES = 4;

export interface Scope {
  /** By row: 1 for a memory in scope. */
  readonly passes: Uint8Array;
  readonly count: number;
  /** Terms in all memories in scope. */
  readonly length: number;
  /** By session code: terms of its memories in scope. */
  readonly sessionLength: Int32Array;
  /** Sessions with a name and a memory in scope, and the terms of those memories. */
  readonly toldCount: number;
  readonly toldLength: number;
}

/**
 * Scopes kept while nothing changes: the same filter is asked again and again, and a large vault takes time to sift.
 */
export class ScopeCache {
  readonly #catalogue: Catalogue;
  /** Oldest use first. */
  readonly #scopes = new Map<string, Scope>();
  #revision = 0;

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue;
  }

  /** The scope of a filter at `now`. Valid until the catalogue changes. */
  get(filter: MemoryFilter, now: number): Scope {
    this.#catalogue.moveTo(now);
    if (this.#revision !== this.#catalogue.revision) this.#scopes.clear();
    this.#revision = this.#catalogue.revision;
    const key = JSON.stringify(filter);
    const scope = this.#scopes.get(key) ?? scopeOf(this.#catalogue, filter);
    this.#scopes.delete(key);
    this.#scopes.set(key, scope);
    for (const oldest of this.#scopes.keys())
      if (this.#scopes.size > MAX_KEPT_SCOPES) this.#scopes.delete(oldest);
    return scope;
  }
}

/** The scope of a filter at the moment the catalogue stands at. */
function scopeOf(catalogue: Catalogue, filter: MemoryFilter): Scope {
  if (!restricts(filter)) return wholeScope(catalogue);
  return filteredScope(catalogue, filter);
}

function restricts({ pinned, muted, ...filter }: MemoryFilter): boolean {
  const isMarked = pinned !== undefined || muted !== undefined;
  return isMarked || Object.values(filter).some((value) => value !== undefined && value !== false);
}

function wholeScope({ rows, conversations, currentCount, currentLength }: Catalogue): Scope {
  return {
    passes: rows.current.array,
    count: currentCount,
    length: currentLength,
    sessionLength: conversations.length.array,
    toldCount: conversations.toldCount,
    toldLength: conversations.toldLength,
  };
}

function filteredScope(catalogue: Catalogue, filter: MemoryFilter): Scope {
  const { rows, conversations } = catalogue;
  const passes = statePasses(catalogue, filter);
  const allowed = allowedNames(catalogue, filter);
  const [signsMask, signsWanted] = signsOf(filter);
  const after = filter.after ?? Number.NEGATIVE_INFINITY;
  const before = filter.before ?? Number.POSITIVE_INFINITY;
  const links = rows.links.array;
  const trusts = filter.trust === undefined ? undefined : trustMarks(filter.trust);
  const sessionLength = new Int32Array(conversations.codes.span);
  const seen = new Uint8Array(conversations.codes.span);
  const [at, projects, tags] = [rows.at.array, rows.project.array, rows.tags.array];
  let count = 0;
  let length = 0;
  for (let row = 0; row < rows.span; row++) {
    if (passes[row] !== 1) continue;
    const session = links[row * LINKS + SESSION] ?? 0;
    const time = at[row] ?? 0;
    const isIn =
      time >= after &&
      time < before &&
      ((links[row * LINKS + SIGNS] ?? 0) & signsMask) === signsWanted &&
      (trusts === undefined || trusts[rows.trust.array[row] ?? 0] === 1) &&
      (allowed.projects === undefined || allowed.projects[projects[row] ?? 0] === 1) &&
      (allowed.tags === undefined || allowed.tags[tags[row] ?? 0] === 1) &&
      (allowed.sessions === undefined || allowed.sessions[session] === 1);
    if (!isIn) {
      passes[row] = 0;
      continue;
    }
    count++;
    length += rows.length(row);
    sessionLength[session] = (sessionLength[session] ?? 0) + rows.length(row);
    seen[session] = 1;
  }
  return { passes, count, length, sessionLength, ...countTold(conversations, seen, sessionLength) };
}

function countTold(
  { codes }: Conversations,
  seen: Uint8Array,
  sessionLength: Int32Array,
): Pick<Scope, "toldCount" | "toldLength"> {
  let [toldCount, toldLength] = [0, 0];
  for (let code = 0; code < seen.length; code++) {
    if (seen[code] !== 1 || !codes.isNamed(code)) continue;
    toldCount++;
    toldLength += sessionLength[code] ?? 0;
  }
  return { toldCount, toldLength };
}

/** Which rows are there at the moment asked for: not superseded and not expired, unless the filter includes them. */
function statePasses(catalogue: Catalogue, filter: MemoryFilter): Uint8Array {
  const { rows, versions, expiry } = catalogue;
  const { asOf, includeSuperseded = false, includeExpired = false } = filter;
  if (asOf === undefined && !includeSuperseded && !includeExpired) return rows.current.array.slice();
  const passes = rows.live.array.slice();
  for (let row = 0; row < rows.span; row++) {
    if (passes[row] !== 1) continue;
    const isSaved = asOf === undefined || (rows.savedAt.array[row] ?? 0) <= asOf;
    const wasExpired = asOf !== undefined && expiry.wasOver(row, asOf);
    const isExpired = wasExpired || catalogue.isOver(row);
    const isSuperseded = asOf === undefined ? versions.isSuperseded(row) : versions.wasSuperseded(row, asOf);
    if (!isSaved || (isExpired && !includeExpired) || (isSuperseded && !includeSuperseded)) passes[row] = 0;
  }
  return passes;
}

interface AllowedNames {
  readonly projects: Uint8Array | undefined;
  readonly tags: Uint8Array | undefined;
  readonly sessions: Uint8Array | undefined;
}

function allowedNames(
  catalogue: Catalogue,
  { projects, tags, session, exceptSession }: MemoryFilter,
): AllowedNames {
  const { tagSets, conversations } = catalogue;
  const projectCodes = projects?.map((name) => (name === null ? NO_NAME : catalogue.projects.find(name)));
  const wanted = tags?.map(foldTag) ?? [];
  const tagCodes =
    wanted.length === 0
      ? undefined
      : [...tagSets.entries()].filter(([, set]) => holdsAll(set, wanted)).map(([code]) => code);
  const sessions = namedSessions(conversations, session);
  const others = namedSessions(conversations, exceptSession)?.map((isNamed) => 1 - isNamed);
  return {
    projects: marks(projectCodes, catalogue.projects.span),
    tags: marks(tagCodes, tagSets.span),
    sessions: sessions?.map((isNamed, code) => isNamed & (others?.[code] ?? 1)) ?? others,
  };
}

function namedSessions({ codes }: Conversations, name: string | undefined): Uint8Array | undefined {
  return name === undefined ? undefined : marks(codes.codesNamed(name), codes.span);
}

function holdsAll(set: readonly string[], wanted: readonly string[]): boolean {
  const folded = new Set(set.map(foldTag));
  return wanted.every((tag) => folded.has(tag));
}

/** Tags are kept as written and compared whatever their case and however their letters are composed. */
function foldTag(tag: string): string {
  return tag.normalize("NFC").toLowerCase();
}

function marks(codes: readonly (number | undefined)[] | undefined, span: number): Uint8Array | undefined {
  if (codes === undefined) return undefined;
  const marked = new Uint8Array(span);
  for (const code of codes) if (code !== undefined) marked[code] = 1;
  return marked;
}

function trustMarks(wanted: readonly (typeof TRUSTS)[number][]): Uint8Array {
  return Uint8Array.from(TRUSTS, (trust) => (wanted.includes(trust) ? 1 : 0));
}

/** Which signs a row must have, as mask and value. */
function signsOf({ kind, role, pinned, muted }: MemoryFilter): readonly [mask: number, wanted: number] {
  const wishes = [
    [IS_NOTE, kind && kind === "note"],
    [role === "assistant" ? BY_ASSISTANT : BY_USER, role && true],
    [IS_PINNED, pinned],
    [IS_MUTED, muted],
  ] as const;
  const given = wishes.filter(([, isWanted]) => isWanted !== undefined);
  const mask = given.reduce((bits, [sign]) => bits | sign, 0);
  return [mask, given.reduce((bits, [sign, isWanted]) => bits | (isWanted === true ? sign : 0), 0)];
}
