/**
 * The search index: holdings, ranking, compaction and listings behind the interface the rest of keepsake knows.
 */
import type { Clock } from "../base/clock.ts";
import { parseIdWords } from "./catalogue/id-table.ts";
import { ScopeCache } from "./catalogue/scope.ts";
import { writeCheckpoint } from "./checkpoint/write-checkpoint.ts";
import { Compaction } from "./holdings/compaction.ts";
import type { Holdings } from "./holdings/holdings.ts";
import { countProjects, countTags, newestSessions, projectsOfSession } from "./catalogue/listings.ts";
import { Ranker } from "./ranking/ranker.ts";
import { TopRows } from "./ranking/top-rows.ts";
import { exchangeOf } from "./catalogue/exchanges.ts";
import type {
  Exchange,
  IndexedMemory,
  MemoryFilter,
  SearchAnswer,
  SearchIndex,
  SearchRequest,
} from "./search-index.ts";
import type { Weights } from "./weights.ts";

const REHEARSED = 6;
const MIN_REHEARSED_HOLDERS = 4_000;
const MAX_REHEARSED_HOLDERS = 20_000;

export class MemoryIndex implements SearchIndex {
  readonly #holdings: Holdings;
  readonly #scopes: ScopeCache;
  readonly #ranker: Ranker;
  readonly #compaction: Compaction;

  constructor(holdings: Holdings, weights: Weights, clock: Clock, maxPostings: number) {
    this.#holdings = holdings;
    this.#scopes = new ScopeCache(holdings.catalogue);
    this.#ranker = new Ranker(holdings, weights, maxPostings);
    this.#compaction = new Compaction(holdings, clock);
  }

  /**
   * Prepares the first searches: touches the memory they need and runs a few, so that their code is compiled for what is
   * stored. Each step is short. Only a large vault notices: one of a million memories.
   */
  *makeReady(): Generator<void> {
    yield* this.#ranker.makeReady();
    for (const cue of this.#rehearsals()) {
      this.#ranker.search({ cue, filter: {}, limit: 10, now: 0 }, this.#scopes.get({}, 0));
      yield;
    }
  }

  /** Cues that find neither little nor much. */
  #rehearsals(): readonly string[] {
    const { dictionary } = this.#holdings;
    const holders = dictionary.holders.array;
    const terms: string[] = [];
    for (let term = 0; term < dictionary.span && terms.length < REHEARSED; term++) {
      const count = holders[term] ?? 0;
      if (count >= MIN_REHEARSED_HOLDERS && count <= MAX_REHEARSED_HOLDERS) terms.push(dictionary.term(term));
    }
    return terms.slice(1).map((term, place) => `${terms[place]} ${term}`);
  }

  get size(): number {
    return this.#rows.liveCount;
  }

  add(memory: IndexedMemory): void {
    this.#holdings.add(memory);
  }

  remove(id: string): boolean {
    return this.#holdings.remove(id);
  }

  has(id: string): boolean {
    return this.#find(id) >= 0;
  }

  search(request: SearchRequest): SearchAnswer {
    return this.#ranker.search(request, this.#scopes.get(request.filter, request.now));
  }

  list(filter: MemoryFilter, now: number, limit: number): readonly string[] {
    const { passes, count } = this.#scopes.get(filter, now);
    const newest = new TopRows(Math.min(limit, count), (a, b) => this.#rows.compareNewest(a, b));
    for (let row = 0; row < this.#rows.span; row++) if (passes[row] === 1) newest.offer(row, 0);
    return newest.sorted().map(({ row }) => this.#id(row));
  }

  count(filter: MemoryFilter, now: number): number {
    return this.#scopes.get(filter, now).count;
  }

  versions(id: string): readonly string[] {
    const row = this.#find(id);
    return row < 0 ? [] : this.#holdings.catalogue.versions.historyOf(row).map((member) => this.#id(member));
  }

  supersededBy(id: string): string | undefined {
    const newer = this.#holdings.catalogue.versions.newestOver(this.#find(id));
    return newer === undefined ? undefined : this.#id(newer);
  }

  isExpired(id: string, now: number): boolean | undefined {
    const row = this.#find(id);
    this.#holdings.catalogue.moveTo(now);
    return row < 0 ? undefined : this.#holdings.catalogue.isOver(row);
  }

  expired(now: number): readonly string[] {
    this.#holdings.catalogue.moveTo(now);
    return Array.from(this.#holdings.catalogue.over(), (row) => this.#id(row));
  }

  neighbours(id: string, limit: number): ReturnType<SearchIndex["neighbours"]> {
    const row = this.#find(id);
    if (row < 0) return { before: [], after: [] };
    const isInChain = this.#rows.chained.array[row] === 1;
    const { before, after } = this.#holdings.catalogue.conversations.around(row, limit, isInChain);
    return { before: before.map((turn) => this.#id(turn)), after: after.map((turn) => this.#id(turn)) };
  }

  session(id: string): string | undefined {
    const row = this.#find(id);
    const { conversations } = this.#holdings.catalogue;
    return row < 0 ? undefined : conversations.codes.name(conversations.codeOf(row));
  }

  projectsOf(session: string): readonly (string | null)[] {
    return projectsOfSession(this.#holdings.catalogue, session);
  }

  exchange(id: string): Exchange {
    const { request, answers } = exchangeOf(this.#holdings.catalogue, this.#find(id));
    return {
      request: request === undefined ? undefined : this.#id(request),
      answers: answers.map((turn) => this.#id(turn)),
    };
  }

  projects(now: number): ReturnType<SearchIndex["projects"]> {
    return countProjects(this.#holdings.catalogue, this.#scopes.get({}, now));
  }

  tags(filter: MemoryFilter, now: number): ReturnType<SearchIndex["tags"]> {
    return countTags(this.#holdings.catalogue, this.#scopes.get(filter, now));
  }

  sessions(filter: MemoryFilter, now: number): ReturnType<SearchIndex["sessions"]> {
    return newestSessions(this.#holdings.catalogue, this.#scopes.get(filter, now));
  }

  compact(budgetMs: number): boolean {
    return this.#compaction.run(budgetMs);
  }

  serialize(): Iterable<Uint8Array> {
    return writeCheckpoint(this.#holdings);
  }

  get #rows(): Holdings["catalogue"]["rows"] {
    return this.#holdings.catalogue.rows;
  }

  #find(id: string): number {
    return this.#holdings.catalogue.find(parseIdWords(id));
  }

  #id(row: number): string {
    return this.#rows.ids.text(row);
  }
}
