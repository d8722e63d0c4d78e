/**
 * The index as its definition reads: every memory is looked at, every number is computed anew, nothing is kept but the
 * memories themselves. Slow, and the truth the real index is held to. The analysis of text and cue is shared, and so is the
 * formula: what is checked here is that the index finds the same counts, neighbours and candidates as a look at everything.
 */
import { partsNamed, understandCue } from "../../../src/search/cue/cue.ts";
import type { Cue } from "../../../src/search/cue/understood-cue.ts";
import { BY_ASSISTANT, signsOfText, signsOfTraits } from "../../../src/search/catalogue/signs.ts";
import { MAX_FREQUENCY } from "../../../src/search/postings/postings.ts";
import {
  answers,
  floorOf,
  inverseFrequency,
  inverseFrequencyAmongMany,
  matchOf,
  MAX_LOOKED_AT,
  MAX_OWN_NEXT_DISTANCE,
  MAX_REPLACED_TERMS,
  MAX_REPLACEMENTS,
  meanLength,
  meanSessionLength,
  memorySaturation,
  MIN_LIKENESS,
  olderLoss,
  pairWorth,
  phraseBonus,
  requestMatch,
  requestShare,
  saturated,
  scoreOf,
  sessionMatch,
  sessionSaturation,
  shareForBefore,
  shareForNext,
  shareForOwnNext,
} from "../../../src/search/ranking/formula.ts";
import {
  briefPrior,
  isNear,
  spansNear,
  sumOfPriors,
  sumOfSigns,
} from "../../../src/search/ranking/prior-formula.ts";
import type {
  IndexedMemory,
  MemoryFilter,
  SearchAnswer,
  SearchIndex,
  SearchRequest,
  SessionSummary,
} from "../../../src/search/search-index.ts";
import { LIKE_WORDS } from "../../../src/search/terms/like-words.ts";
import { eachMark } from "../../../src/search/terms/stop-word-marks.ts";
import { termsOf } from "../../../src/search/terms/terms.ts";
import { isLoneCharacter } from "../../../src/search/terms/unspaced-scripts.ts";
import type { Weights } from "../../../src/search/weights.ts";
import { passesFilter } from "./passes-filter.ts";

interface Held extends IndexedMemory {
  readonly terms: readonly string[];
  /** Of stop words; each once. */
  readonly marks: ReadonlySet<string>;
  readonly signs: number;
}

export class NaiveIndex implements Omit<SearchIndex, "compact" | "serialize"> {
  readonly #memories = new Map<string, Held>();
  readonly #weights: Weights;

  constructor(weights: Weights) {
    this.#weights = weights;
  }

  get size(): number {
    return this.#memories.size;
  }

  add(memory: IndexedMemory): void {
    if (this.#memories.has(memory.id)) return;
    const signs = signsOfText(memory.text) | signsOfTraits(memory);
    const marks = new Set<string>();
    eachMark(memory.text, (mark) => marks.add(mark));
    this.#memories.set(memory.id, { ...memory, terms: termsOf(memory.text, 65_535), marks, signs });
  }

  remove(id: string): boolean {
    return this.#memories.delete(id);
  }

  has(id: string): boolean {
    return this.#memories.has(id);
  }

  list(filter: MemoryFilter, now: number, limit: number): string[] {
    return this.#inScope(filter, now)
      .toSorted(newestFirst)
      .slice(0, limit)
      .map(({ id }) => id);
  }

  count(filter: MemoryFilter, now: number): number {
    return this.#inScope(filter, now).length;
  }

  versions(id: string): string[] {
    const memory = this.#memories.get(id);
    if (memory === undefined) return [];
    const { project } = memory;
    const inProject = (member: string) => {
      const found = this.#memories.get(member);
      return found?.project === project ? found : undefined;
    };
    const family = new Set([id]);
    for (const member of family) {
      const older = inProject(member)?.supersedes;
      if (older !== undefined && older !== member) family.add(older);
      for (const newer of this.#newerThan(member, project)) family.add(newer.id);
    }
    const ordered: string[] = [];
    const place = (one: Held | undefined, path: readonly string[]) => {
      if (one === undefined || ordered.includes(one.id) || path.includes(one.id)) return;
      if (one.supersedes !== one.id) place(inProject(one.supersedes ?? ""), [...path, one.id]);
      ordered.push(one.id);
    };
    const members = [...family].flatMap((member) => inProject(member) ?? []);
    for (const one of members.toSorted((a, b) => a.savedAt - b.savedAt || asTold(a, b))) place(one, []);
    return ordered;
  }

  isExpired(id: string, now: number): boolean | undefined {
    const memory = this.#memories.get(id);
    if (memory === undefined) return undefined;
    const newest = this.#newestOf(memory);
    return newest.length > 0 && newest.every(({ expiresAt }) => expiresAt !== undefined && expiresAt <= now);
  }

  expired(now: number): string[] {
    return [...this.#memories.keys()].filter((id) => this.isExpired(id, now));
  }

  #newestOf({ id, project }: Held): Held[] {
    const above = new Set([id]);
    for (const each of above) for (const newer of this.#newerThan(each, project)) above.add(newer.id);
    const tops = [...above].filter((each) => this.#newerThan(each, project).length === 0);
    return tops.flatMap((each) => this.#memories.get(each) ?? []);
  }

  supersededBy(id: string): string | undefined {
    const memory = this.#memories.get(id);
    if (memory === undefined) return undefined;
    return this.#newerThan(id, memory.project)
      .toSorted((a, b) => b.savedAt - a.savedAt || byId(a, b))
      .at(0)?.id;
  }

  neighbours(id: string, limit: number): { before: string[]; after: string[] } {
    const memory = this.#memories.get(id);
    if (memory?.session === undefined) return { before: [], after: [] };
    const others = this.#conversationOf(memory).filter((turn) => turn.id !== id);
    const before = others.filter((turn) => asTold(turn, memory) < 0);
    const after = others.filter((turn) => asTold(turn, memory) > 0);
    return {
      before: limit === 0 ? [] : before.slice(-limit).map((turn) => turn.id),
      after: after.slice(0, limit).map((turn) => turn.id),
    };
  }

  session(id: string): string | undefined {
    return this.#memories.get(id)?.session;
  }

  projectsOf(session: string): (string | null)[] {
    const named = [...this.#memories.values()].filter((memory) => memory.session === session);
    return [...new Set(named.map(({ project }) => project))];
  }

  exchange(id: string): { request: string | undefined; answers: string[] } {
    const none = { request: undefined, answers: [] };
    const memory = this.#memories.get(id);
    if (memory === undefined || this.#newerThan(id, memory.project).length > 0) return none;
    const turns = this.#conversationOf(memory);
    const roleOf = (turn: Held | undefined) => (turn?.kind === "turn" ? turn.role : undefined);
    let place = turns.findIndex((turn) => turn.id === id);
    while (roleOf(turns[place]) === "assistant") place--;
    if (roleOf(turns[place]) !== "user") return none;
    const later = turns.slice(place + 1);
    const end = later.findIndex((turn) => roleOf(turn) !== "assistant");
    return {
      request: turns[place]?.id,
      answers: (end < 0 ? later : later.slice(0, end)).map((turn) => turn.id),
    };
  }

  projects(now: number): { project: string | null; count: number; lastAt: number }[] {
    const current = this.#inScope({}, now);
    return [...new Set(current.map(({ project }) => project))]
      .map((project) => {
        const times = current.filter((memory) => memory.project === project).map(({ at }) => at);
        return { project, count: times.length, lastAt: Math.max(...times) };
      })
      .toSorted((a, b) => b.lastAt - a.lastAt || compare(a.project ?? "", b.project ?? ""));
  }

  tags(filter: MemoryFilter, now: number): { tag: string; count: number }[] {
    const all = this.#inScope(filter, now).flatMap(({ tags }) => [...new Set(tags)]);
    return [...new Set(all)]
      .map((tag) => ({ tag, count: all.filter((other) => other === tag).length }))
      .toSorted((a, b) => b.count - a.count || compare(a.tag, b.tag));
  }

  sessions(filter: MemoryFilter, now: number): SessionSummary[] {
    const inScope = this.#inScope(filter, now).filter(({ session }) => session !== undefined);
    const conversations = new Map<string, Held[]>();
    for (const memory of inScope) {
      const key = JSON.stringify([memory.project, memory.session]);
      conversations.set(key, [...(conversations.get(key) ?? []), memory]);
    }
    return [...conversations.values()]
      .map((members) => {
        const turns = members.toSorted(asTold);
        const opening = turns.find(({ role }) => role !== "assistant") ?? turns[0];
        return {
          session: opening?.session ?? "",
          project: opening?.project ?? null,
          lastAt: turns.at(-1)?.at ?? 0,
          turns: turns.length,
          firstId: turns[0]?.id ?? "",
          openingId: opening?.id ?? "",
          closingId: turns.findLast(({ role }) => role === "assistant")?.id,
        };
      })
      .toSorted(
        (a, b) => b.lastAt - a.lastAt || compare(a.session, b.session) || compare(a.openingId, b.openingId),
      );
  }

  search({ cue: text, filter, limit, now }: SearchRequest): SearchAnswer {
    const scope = this.#inScope(filter, now);
    if (scope.length === 0) return { hits: [], more: false, weak: false, asksLatest: false };
    return new NaiveRanking(scope, [...this.#memories.values()], this.#weights, (memory) =>
      this.#conversationOf(memory),
    ).search(understandCue(text, now, this.#weights), limit);
  }

  #inScope(filter: MemoryFilter, now: number): Held[] {
    return [...this.#memories.values()].filter((memory) =>
      passesFilter(memory, this.#newerThan(memory.id, memory.project), this.#newestOf(memory), filter, now),
    );
  }

  #newerThan(id: string, project: string | null): Held[] {
    return [...this.#memories.values()].filter(
      (memory) => memory.supersedes === id && memory.id !== id && memory.project === project,
    );
  }

  /** The memories of the same session that nothing supersedes, as told; only itself without a session. */
  #conversationOf(memory: Held): Held[] {
    if (memory.session === undefined) return [memory];
    return [...this.#memories.values()]
      .filter(({ session, project }) => session === memory.session && project === memory.project)
      .filter(({ id, project }) => this.#newerThan(id, project).length === 0)
      .toSorted(asTold);
  }
}

class NaiveRanking {
  readonly #scope: readonly Held[];
  readonly #all: readonly Held[];
  readonly #weights: Weights;
  readonly #conversationOf: (memory: Held) => readonly Held[];
  readonly #lengths: ReturnType<typeof lengthsOf>;

  constructor(
    scope: readonly Held[],
    all: readonly Held[],
    weights: Weights,
    conversationOf: (memory: Held) => readonly Held[],
  ) {
    this.#scope = scope;
    this.#all = all;
    this.#weights = weights;
    this.#conversationOf = conversationOf;
    this.#lengths = lengthsOf(scope);
  }

  search(cue: Cue, limit: number): SearchAnswer {
    const weights = this.#weights;
    const named = this.#namedSpeakers(cue);
    const cueTerms = [...cue.weights.keys()];
    const others = cueTerms.filter((term) => !named.terms.has(term));
    // Rare terms first: the order in which numbers are added up decides their last digits.
    const terms = (others.length > 0 ? others : cueTerms)
      .toSorted((a, b) => this.#holders(a) - this.#holders(b))
      .slice(0, 48);
    const words = new Map<Held, number>();
    const sessions = new Map<Held, number>();
    let idf = 0;
    let replaced = 0;
    const floor = { found: 0, foundAmongMany: 0, amongMany: 0 };
    for (const term of terms) {
      const weight = cue.weights.get(term) ?? 1;
      const marks = cue.marks.get(term) ?? [];
      const { spellings, isReplaced } = this.#spellings(term, weight, marks, replaced < MAX_REPLACED_TERMS);
      if (isReplaced) replaced++;
      const itself = spellings.get(term)?.worth;
      idf += itself ?? weight * this.#idf(0);
      const amongMany = weight * inverseFrequencyAmongMany(this.#holders(term), this.#scope.length);
      floor.amongMany += amongMany;
      if (spellings.size > 0) {
        floor.found += itself ?? Math.max(...[...spellings.values()].map(({ worth }) => worth));
        floor.foundAmongMany += amongMany;
      }
      for (const memory of this.#scope) {
        const best = Math.fround(this.#wordScore(memory, spellings));
        words.set(memory, Math.fround((words.get(memory) ?? 0) + best));
        add(sessions, memory, this.#sessionScore(memory, spellings));
      }
    }
    const total = idf > 0 ? idf : 1;
    const least = floorOf(floor, weights);
    const scored = this.#scope
      .filter((memory) => (words.get(memory) ?? 0) > 0 || this.#isNearDate(memory, cue))
      .filter((memory) => (words.get(memory) ?? 0) >= least || this.#isNearDate(memory, cue))
      .map((memory) => {
        const request = this.#requestOf(memory);
        const lent =
          request === undefined
            ? 0
            : requestMatch(words.get(request) ?? 0, least, requestShare(cue, weights));
        const match = matchOf(words.get(memory) ?? 0, sessions.get(memory) ?? 0, lent);
        const priors = sumOfPriors(
          sumOfSigns(memory.signs, cue, weights),
          briefPrior(memory.signs, memory.terms.length, weights),
          memory.at,
          isSpeaker(memory, named.names),
          cue,
          weights,
        );
        return { memory, score: scoreOf(match, priors, total) };
      })
      .toSorted((a, b) => b.score - a.score || newestFirst(a.memory, b.memory))
      .map(({ memory, score }, place, all) => {
        if (place >= MAX_LOOKED_AT) {
          const loss = cue.asksLatest ? olderLoss(MAX_LOOKED_AT - 1, MAX_LOOKED_AT, total, weights) : 0;
          return { memory, score: score - loss };
        }
        const newest = all
          .slice(0, MAX_LOOKED_AT)
          .map((other) => other.memory)
          .toSorted(newestFirst);
        const older = cue.asksLatest ? olderLoss(newest.indexOf(memory), newest.length, total, weights) : 0;
        return { memory, score: score + this.#phraseBonus(memory, cue, terms) - older };
      })
      .toSorted((a, b) => b.score - a.score || newestFirst(a.memory, b.memory));
    const hits = this.#spreadCopies(scored).slice(0, limit);
    return {
      hits: hits.map(({ memory, score }) => ({ id: memory.id, score })),
      more: scored.length > hits.length,
      weak:
        hits.some(({ score }, place) => place === 0 && score < weights.weak * total) &&
        !hits.some(({ memory }) => holdsAll(memory.terms, [...cue.weights.keys()])),
      asksLatest: cue.asksLatest,
    };
  }

  #idf(holders: number): number {
    return inverseFrequency(holders, this.#scope.length);
  }

  #holders(term: string): number {
    return this.#scope.filter((memory) => occurrences(memory, term) > 0).length;
  }

  /** What stands for a cue term, each with its idf times what it counts. */
  #spellings(
    term: string,
    weight: number,
    marks: readonly string[],
    mayReplace: boolean,
  ): { spellings: Map<string, { worth: number }>; isReplaced: boolean } {
    const found = new Map<string, { worth: number }>();
    const take = (spelling: string, share: number) => {
      const holders = this.#holders(spelling);
      if (holders > 0) found.set(spelling, { worth: share * this.#idf(holders) });
    };
    take(term, weight);
    if (this.#weights.likeWord > 0)
      for (const like of LIKE_WORDS.get(term) ?? []) take(like, weight * this.#weights.likeWord);
    for (const mark of marks) take(mark, weight);
    const standing = { spellings: found, isReplaced: false };
    if (this.#weights.replacement === 0) return standing;
    const stored = [...new Set(this.#all.flatMap(({ terms }) => terms))];
    if (isLoneCharacter(term)) {
      for (const pair of stored.filter((other) => other !== term && other.includes(term))) take(pair, weight);
      return standing;
    }
    if (found.size > 0 || weight < 1 || !mayReplace) return standing;
    if (term.length < 4 || !/^\p{L}+$/u.test(term)) return { spellings: found, isReplaced: true };
    const alike = stored
      .map((other) => ({ other, share: likeness(term, other) }))
      .filter(({ share }) => share >= MIN_LIKENESS)
      .toSorted((a, b) => b.share - a.share || compare(a.other, b.other));
    for (const { other, share } of alike)
      if (found.size < MAX_REPLACEMENTS) take(other, weight * (share * this.#weights.replacement));
    return { spellings: found, isReplaced: true };
  }

  /** What a memory matches of one term: the largest of its own and what each neighbour in scope lends it. */
  #wordScore(memory: Held, spellings: Map<string, { worth: number }>): number {
    const own = (turn: Held) => this.#match(turn, spellings);
    const conversation = this.#conversationOf(memory);
    const place = conversation.findIndex(({ id }) => id === memory.id);
    const loans = place < 0 ? [] : this.#lenders(conversation, place);
    return Math.max(own(memory), ...loans.map(({ from, share }) => share * own(from)));
  }

  /** Who lends how much to the turn at `place`. */
  #lenders(conversation: readonly Held[], place: number): { from: Held; share: number }[] {
    const weights = this.#weights;
    const to = conversation[place];
    const before = conversation[place - 1];
    const after = conversation[place + 1];
    const loans: { from: Held; share: number }[] = [];
    if (to === undefined) return [];
    if (before !== undefined) {
      const share = shareForNext(before.signs, to.signs, who(before) === who(to), weights);
      loans.push({ from: before, share });
    }
    if (after !== undefined)
      loans.push({ from: after, share: shareForBefore(after.signs, to.signs, weights) });
    for (let back = 1; back <= MAX_OWN_NEXT_DISTANCE; back++) {
      const from = conversation[place - back];
      if (from === undefined || (from.signs & BY_ASSISTANT) !== 0) break;
      if (who(from) !== who(to)) continue;
      loans.push({ from, share: shareForOwnNext(from.signs, weights) });
      break;
    }
    return loans.filter(({ from }) => this.#scope.includes(from));
  }

  #match(memory: Held, spellings: Map<string, { worth: number }>): number {
    const saturation = memorySaturation(meanLength(this.#lengths), this.#weights);
    const values = [...spellings].map(([term, { worth }]) => {
      const frequency = Math.min(MAX_FREQUENCY, occurrences(memory, term));
      return frequency === 0 ? 0 : worth * saturated(saturation, frequency, memory.terms.length);
    });
    return Math.max(0, ...values);
  }

  #sessionScore(memory: Held, spellings: Map<string, { worth: number }>): number {
    const members = this.#sessionOf(memory);
    const saturation = sessionSaturation(meanSessionLength(this.#lengths), this.#weights);
    const values = [...spellings].map(([term, { worth }]) => {
      const frequency = sum(members.map((turn) => Math.min(MAX_FREQUENCY, occurrences(turn, term))));
      return sessionMatch(worth, saturated(saturation, frequency, termsIn(members)), this.#weights);
    });
    return Math.max(0, ...values);
  }

  #sessionOf(memory: Held): readonly Held[] {
    if (memory.session === undefined) return [memory];
    return this.#scope.filter(
      ({ project, session }) => project === memory.project && session === memory.session,
    );
  }

  #namedSpeakers(cue: Cue): { names: Set<string>; terms: Set<string> } {
    const names = new Set<string>();
    const terms = new Set<string>();
    if (this.#weights.speaker === 0) return { names, terms };
    for (const { speaker } of this.#scope) {
      const named = partsNamed(speaker ?? "", cue);
      if (speaker === undefined || named.length === 0) continue;
      names.add(speaker);
      for (const term of named.flatMap((part) => termsOf(part))) terms.add(term);
    }
    return { names, terms };
  }

  /** The turn in scope that a memory answers. */
  #requestOf(memory: Held): Held | undefined {
    const conversation = this.#conversationOf(memory);
    const before = conversation[conversation.findIndex(({ id }) => id === memory.id) - 1];
    if (before === undefined || !answers(memory.signs, before.signs)) return undefined;
    return this.#scope.includes(before) ? before : undefined;
  }

  #isNearDate({ at }: Held, { dates }: Cue): boolean {
    return isNear(at, spansNear(dates, this.#weights));
  }

  #phraseBonus(memory: Held, cue: Cue, terms: readonly string[]): number {
    const sequence = cue.sequence.filter((term) => terms.includes(term));
    const pairs = new Map<string, readonly [string, string]>();
    for (const [index, term] of sequence.entries()) {
      const next = sequence[index + 1];
      if (next !== undefined && next !== term) pairs.set(`${term} ${next}`, [term, next]);
    }
    return sum(
      [...pairs.values()].map(([first, second]) => {
        const worth = (term: string) => {
          const holders = this.#holders(term);
          return holders === 0 ? 0 : (cue.weights.get(term) ?? 1) * this.#idf(holders);
        };
        const together = pairWorth(worth(first), worth(second), this.#weights);
        return phraseBonus(together, smallestGap(memory.terms, first, second));
      }),
    );
  }

  #spreadCopies<T extends { memory: Held }>(ranked: readonly T[]): readonly T[] {
    const { copyLikeness } = this.#weights;
    if (copyLikeness === 0) return ranked;
    const first: T[] = [];
    const kinds: { terms: Set<string>; members: number }[] = [];
    const rest: T[] = [];
    for (const hit of ranked) {
      if (first.length === 10) {
        rest.push(hit);
        continue;
      }
      const terms = new Set(hit.memory.terms);
      const kind = kinds.find((other) => jaccard(other.terms, terms) >= copyLikeness);
      if (kind === undefined) kinds.push({ terms, members: 1 });
      else kind.members++;
      (kind === undefined || kind.members <= 2 ? first : rest).push(hit);
    }
    return [...first, ...rest];
  }
}

function newestFirst(a: Held, b: Held): number {
  return b.at - a.at || byId(a, b);
}

function asTold(a: Held, b: Held): number {
  return a.at - b.at || a.savedAt - b.savedAt || byId(a, b);
}

function byId(a: Held, b: Held): number {
  return compare(a.id, b.id);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function who({ speaker, role }: Held): string {
  return JSON.stringify([speaker, role]);
}

function isSpeaker({ speaker }: Held, named: ReadonlySet<string>): boolean {
  return named.size === 1 && speaker !== undefined && named.has(speaker);
}

/** What is in scope, counted. */
function lengthsOf(scope: readonly Held[]) {
  const told = scope.filter(({ session }) => session !== undefined);
  const names = new Set(told.map(({ project, session }) => JSON.stringify([project, session])));
  return {
    count: scope.length,
    length: termsIn(scope),
    toldCount: names.size,
    toldLength: termsIn(told),
  };
}

function termsIn(memories: readonly Held[]): number {
  return sum(memories.map(({ terms }) => terms.length));
}

function occurrences({ terms, marks }: Held, term: string): number {
  return marks.has(term) ? 1 : terms.filter((other) => other === term).length;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function add(sums: Map<Held, number>, memory: Held, value: number): void {
  sums.set(memory, (sums.get(memory) ?? 0) + value);
}

function smallestGap(terms: readonly string[], first: string, second: string): number {
  let smallest = Number.POSITIVE_INFINITY;
  for (const [place, term] of terms.entries())
    for (const [other, otherTerm] of terms.entries())
      if (term === first && otherTerm === second) smallest = Math.min(smallest, Math.abs(place - other));
  return smallest;
}

function likeness(a: string, b: string): number {
  const trigrams = (term: string) => {
    const padded = Array.from(`  ${term} `);
    return new Set(padded.slice(2).map((_, index) => padded.slice(index, index + 3).join("")));
  };
  const [left, right] = [trigrams(a), trigrams(b)];
  return (2 * [...left].filter((trigram) => right.has(trigram)).length) / (left.size + right.size);
}

function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  const common = [...a].filter((term) => b.has(term)).length;
  return common / (a.size + b.size - common);
}

function holdsAll(held: readonly string[], terms: readonly string[]): boolean {
  return terms.length > 0 && terms.every((term) => held.includes(term));
}
