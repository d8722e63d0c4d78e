/**
 * An index that looks at every memory: plain maps, BM25 over the memories that pass the filter. Term counts are kept,
 * not text.
 */
import { conversationOrder, countProjects, countTags, newestFirst, summariseSessions } from "./listings.ts";
import { passesFilter } from "./memory-filter.ts";
import type {
  IndexedMemory,
  MemoryFilter,
  SearchAnswer,
  SearchIndex,
  SearchRequest,
} from "./search-index.ts";
import { termsOf } from "./terms/terms.ts";

const K1 = 0.9;
const B = 0.6;

/** A memory without its text: how often each term occurs in it, and how many there are. */
export interface PlainEntry extends Omit<IndexedMemory, "text"> {
  readonly terms: ReadonlyMap<string, number>;
  readonly length: number;
}

export class PlainIndex implements SearchIndex {
  readonly #entries = new Map<string, PlainEntry>();
  readonly #newer = new Map<string, Set<string>>();

  get size(): number {
    return this.#entries.size;
  }

  add({ text, ...memory }: IndexedMemory): void {
    const words = termsOf(text);
    const terms = new Map<string, number>();
    for (const word of words) terms.set(word, (terms.get(word) ?? 0) + 1);
    this.addEntry({ ...memory, terms, length: words.length });
  }

  addEntry(entry: PlainEntry): void {
    if (this.#entries.has(entry.id)) return;
    this.#entries.set(entry.id, entry);
    if (entry.supersedes === undefined) return;
    const newer = this.#newer.get(entry.supersedes) ?? new Set();
    this.#newer.set(entry.supersedes, newer.add(entry.id));
  }

  remove(id: string): boolean {
    const entry = this.#entries.get(id);
    if (entry?.supersedes !== undefined) this.#newer.get(entry.supersedes)?.delete(id);
    return this.#entries.delete(id);
  }

  has(id: string): boolean {
    return this.#entries.has(id);
  }

  search({ cue, filter, limit, now, explain }: SearchRequest): SearchAnswer {
    const passing = this.#passing(filter, now);
    const averageLength = passing.reduce((sum, { length }) => sum + length, 0) / passing.length || 1;
    const weights = [...new Set(termsOf(cue))].map((term) => {
      const holders = passing.filter(({ terms }) => terms.has(term)).length;
      return [term, Math.log(1 + (passing.length - holders + 0.5) / (holders + 0.5))] as const;
    });
    const scored = passing
      .map((entry) => {
        const norm = K1 * (1 - B + (B * entry.length) / averageLength);
        let score = 0;
        for (const [term, idf] of weights) {
          const frequency = entry.terms.get(term) ?? 0;
          score += (idf * frequency) / (frequency + norm);
        }
        return { entry, score };
      })
      .filter(({ score }) => score > 0)
      .toSorted((a, b) => b.score - a.score || newestFirst(a.entry, b.entry));
    return {
      hits: scored.slice(0, limit).map(({ entry, score }) => ({
        id: entry.id,
        score,
        ...(explain === true && { parts: { words: score } }),
      })),
      more: scored.length > limit,
    };
  }

  list(filter: MemoryFilter, now: number, limit: number): readonly string[] {
    return this.#passing(filter, now)
      .toSorted(newestFirst)
      .slice(0, limit)
      .map(({ id }) => id);
  }

  count(filter: MemoryFilter, now: number): number {
    return this.#passing(filter, now).length;
  }

  versions(id: string): readonly string[] {
    if (!this.#entries.has(id)) return [];
    const found = new Set([id]);
    for (const member of found) {
      const older = this.#entries.get(member)?.supersedes;
      if (older !== undefined && this.#entries.has(older)) found.add(older);
      for (const newer of this.#newer.get(member) ?? []) found.add(newer);
    }
    const byTime = [...found]
      .map((member) => this.#entries.get(member))
      .filter((entry) => entry !== undefined)
      .toSorted((a, b) => a.savedAt - b.savedAt || conversationOrder(a, b));
    const ordered = new Set<string>();
    for (const entry of byTime) {
      const missing = new Set<string>();
      let member: PlainEntry | undefined = entry;
      while (member !== undefined && !ordered.has(member.id) && !missing.has(member.id)) {
        missing.add(member.id);
        member = this.#entries.get(member.supersedes ?? "");
      }
      for (const each of [...missing].toReversed()) ordered.add(each);
    }
    return [...ordered];
  }

  supersededBy(id: string): string | undefined {
    return this.#newerOf(id)
      .toSorted((a, b) => b.savedAt - a.savedAt || (a.id < b.id ? -1 : 1))
      .at(0)?.id;
  }

  neighbours(id: string, limit: number): ReturnType<SearchIndex["neighbours"]> {
    const { session, project } = this.#entries.get(id) ?? {};
    if (session === undefined) return { before: [], after: [] };
    const turns = [...this.#entries.values()]
      .filter((entry) => entry.session === session && entry.project === project)
      .filter((entry) => entry.id === id || this.#newerOf(entry.id).length === 0)
      .toSorted(conversationOrder)
      .map((entry) => entry.id);
    const place = turns.indexOf(id);
    return {
      before: turns.slice(Math.max(0, place - limit), place),
      after: turns.slice(place + 1, place + 1 + limit),
    };
  }

  projects(): ReturnType<SearchIndex["projects"]> {
    return countProjects(this.#entries.values());
  }

  tags(filter: MemoryFilter, now: number): ReturnType<SearchIndex["tags"]> {
    return countTags(this.#passing(filter, now));
  }

  sessions(filter: MemoryFilter, now: number, limit: number): ReturnType<SearchIndex["sessions"]> {
    return summariseSessions(this.#passing(filter, now), limit);
  }

  /** Nothing outlives its memory here. */
  compact(): boolean {
    return true;
  }

  *serialize(): Iterable<Uint8Array> {
    const encoder = new TextEncoder();
    yield encoder.encode(JSON.stringify({ version: 1, count: this.size }));
    let lines: string[] = [];
    for (const entry of this.#entries.values()) {
      lines.push(JSON.stringify({ ...entry, terms: [...entry.terms] }));
      if (lines.length < 500) continue;
      yield encoder.encode(lines.join("\n"));
      lines = [];
    }
    if (lines.length > 0) yield encoder.encode(lines.join("\n"));
  }

  #newerOf(id: string): PlainEntry[] {
    return [...(this.#newer.get(id) ?? [])]
      .map((newer) => this.#entries.get(newer))
      .filter((entry) => entry !== undefined);
  }

  #passing(filter: MemoryFilter, now: number): PlainEntry[] {
    return [...this.#entries.values()].filter((entry) =>
      passesFilter(entry, this.#newerOf(entry.id), filter, now),
    );
  }
}
