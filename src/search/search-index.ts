/**
 * What the rest of keepsake knows of the search: one catalogue of live memories that filters, ranks and lists. Pure:
 * no I/O, no crypto, no clock of its own. Times are milliseconds since the epoch; ids are record ids as text.
 */

/** Who answers for a memory's text; what each value says stands in `policy/trust.ts`. Their places here are those in checkpoints. */
export const TRUSTS = ["user", "assistant", "captured", "imported", "unverified"] as const;

/** A memory as the index sees it; its text is taken apart and not kept. */
export interface IndexedMemory {
  readonly id: string;
  readonly kind: "note" | "turn";
  readonly text: string;
  /** `null`: belongs to no project. */
  readonly project: string | null;
  readonly session: string | undefined;
  readonly role: "user" | "assistant" | undefined;
  readonly speaker: string | undefined;
  readonly tags: readonly string[];
  readonly at: number;
  readonly savedAt: number;
  readonly expiresAt: number | undefined;
  readonly pinned: boolean;
  readonly muted: boolean;
  readonly supersedes: string | undefined;
  readonly trust: (typeof TRUSTS)[number];
}

/** Which memories to look at. An absent field does not restrict. */
export interface MemoryFilter {
  /** Any of these; `null` stands for memories of no project. */
  readonly projects?: readonly (string | null)[];
  /** All of these, whatever their case. */
  readonly tags?: readonly string[];
  readonly kind?: "note" | "turn";
  readonly role?: "user" | "assistant";
  /** Any of these. */
  readonly trust?: readonly IndexedMemory["trust"][];
  readonly session?: string;
  /** Nothing of this one. */
  readonly exceptSession?: string;
  /** `at` at or after. */
  readonly after?: number;
  /** `at` before. */
  readonly before?: number;
  readonly pinned?: boolean;
  readonly muted?: boolean;
  /** Also memories whose expiry has passed. */
  readonly includeExpired?: boolean;
  /** Also memories that a newer version superseded. */
  readonly includeSuperseded?: boolean;
  /** As it was then: saved by that time, superseded and expired judged at it; what has expired since is gone all the same. */
  readonly asOf?: number;
}

export interface SearchRequest {
  readonly cue: string;
  readonly filter: MemoryFilter;
  readonly limit: number;
  /** Now: what "last week" and expiry refer to. */
  readonly now: number;
  readonly explain?: boolean;
  /** Only hits by which an answer would not be weak. */
  readonly strongOnly?: boolean;
}

export interface SearchHit {
  readonly id: string;
  readonly score: number;
  /** What each part of the ranking contributed; only with `explain`. */
  readonly parts?: Readonly<Record<string, number>>;
}

export interface SearchAnswer {
  /** Best first; ties by time (newer first), then id. */
  readonly hits: readonly SearchHit[];
  /** Whether more memories matched than `limit`. */
  readonly more: boolean;
  /** Whether even the best matches so little that it may well be no answer. */
  readonly weak: boolean;
  /** Whether the cue asks for what holds now. */
  readonly asksLatest: boolean;
}

/** What was asked and what was answered. */
export interface Exchange {
  readonly request: string | undefined;
  /** Oldest first. */
  readonly answers: readonly string[];
}

export interface SessionSummary {
  readonly session: string;
  readonly lastAt: number;
  readonly turns: number;
  readonly project: string | null;
  /** Id of its first turn, whoever said it. */
  readonly firstId: string;
  /** Id of the first turn of the session by a person. */
  readonly openingId: string;
  /** Id of its last turn by the assistant; undefined when there is none. */
  readonly closingId: string | undefined;
}

export interface SearchIndex {
  /** Live memories, superseded and expired ones included. */
  readonly size: number;
  /** Adds a memory; one that is there already is left as it is. */
  add(memory: IndexedMemory): void;
  /** @returns whether it was there */
  remove(id: string): boolean;
  has(id: string): boolean;
  search(request: SearchRequest): SearchAnswer;
  /** Ids that pass the filter, newest first (`at`, then id), at most `limit`. */
  list(filter: MemoryFilter, now: number, limit: number): readonly string[];
  /** How many pass the filter. */
  count(filter: MemoryFilter, now: number): number;
  /**
   * All versions of a memory, oldest first: each behind the one it supersedes, whatever the times say. Just itself when
   * it has no others; empty when unknown.
   */
  versions(id: string): readonly string[];
  supersededBy(id: string): string | undefined;
  /** Whether the time of a memory is over: that of its newest version counts for all of them. `undefined` when unknown. */
  isExpired(id: string, now: number): boolean | undefined;
  /** Every version of every memory whose time is over, in no particular order. */
  expired(now: number): readonly string[];
  /** Up to `limit` turns of the same session and project before and after, each oldest first. */
  neighbours(
    id: string,
    limit: number,
  ): { readonly before: readonly string[]; readonly after: readonly string[] };
  /** The session a memory is of; undefined when it is of none or unknown. */
  session(id: string): string | undefined;
  /** The projects that hold memories of a session of that name; `null` stands for none. */
  projectsOf(session: string): readonly (string | null)[];
  /** The request that a turn makes or answers, with all that answers it; nothing for notes. */
  exchange(id: string): Exchange;
  projects(
    now: number,
  ): readonly { readonly project: string | null; readonly count: number; readonly lastAt: number }[];
  /** Tags of what passes the filter, most used first. */
  tags(filter: MemoryFilter, now: number): readonly { readonly tag: string; readonly count: number }[];
  /** The sessions among what passes the filter, the newest first. */
  sessions(filter: MemoryFilter, now: number): readonly SessionSummary[];
  /** Reclaims what removed memories still hold, in slices of at most `budgetMs`; true when nothing is left to do. */
  compact(budgetMs: number): boolean;
  /**
   * The whole index as bytes, a chunk at a time, each produced within a few milliseconds so that the caller can yield
   * between chunks. Memories may be added and removed between two chunks: those that are there from the first chunk to
   * the last are in the chunks as they are, the others in any state or not at all. `compact` must not be called before the
   * iteration ends.
   */
  serialize(): Iterable<Uint8Array>;
}

/** How an index is made; the implementation is chosen where the daemon is wired. */
export interface SearchIndexFactory {
  create(): SearchIndex;
  /**
   * An index from the chunks of `serialize`.
   *
   * @throws Error when the chunks are of another version or inconsistent: the caller rebuilds
   */
  load(chunks: AsyncIterable<Uint8Array>): Promise<SearchIndex>;
  /** At most `characters` of `text` around the densest match of `cue`, on grapheme boundaries, on one line. */
  snippet(text: string, cue: string, characters: number): string;
}
