/**
 * The ranking: the cue understood, evidence gathered term by term, priors added, the best few looked at for phrases and
 * near-copies. `docs/recall.md` shows what each part brings.
 */
import { BEFORE, LINKS, SIGNS } from "../catalogue/rows.ts";
import type { Scope } from "../catalogue/scope.ts";
import { understandCue } from "../cue/cue.ts";
import type { Holdings } from "../holdings/holdings.ts";
import { MAX_TERMS } from "../postings/sequences.ts";
import type { SearchAnswer, SearchRequest } from "../search-index.ts";
import type { Weights } from "../weights.ts";
import { namedSpeakers, termsToScore } from "./cue-terms.ts";
import { Evidence } from "./evidence.ts";
import { explainRow } from "./explain.ts";
import {
  answers,
  matchOf,
  MAX_LOOKED_AT,
  olderLoss,
  requestMatch,
  requestShare,
  scoreOf,
} from "./formula.ts";
import { gatherEvidence } from "./gather-evidence.ts";
import type { Gathered } from "./gather-evidence.ts";
import { spreadCopies } from "./near-copies.ts";
import { Priors } from "./priors.ts";
import { TopRows } from "./top-rows.ts";

/** How many are put in order: at first, and when near-copies fill the first places. */
const ORDERED = 200;
const MAX_ORDERED = 5_000;

/** Rows whose tallies are copied at once. */
const COPIED = 256;

interface Ranked {
  readonly row: number;
  readonly score: number;
  readonly phrase: number;
  /** What it loses by being older than others. */
  readonly older: number;
}

/** One search: what it found out, and how it scores a row. */
interface Course {
  readonly scope: Scope;
  readonly gathered: Gathered;
  readonly priors: Priors;
  /** The share of its match that a request gives its answer. */
  readonly requestShare: number;
  readonly asksLatest: boolean;
  /** As they are written. */
  readonly cueTerms: readonly string[];
}

export class Ranker {
  readonly #holdings: Holdings;
  readonly #weights: Weights;
  readonly #maxPostings: number;
  readonly #evidence = new Evidence();
  readonly #terms = new Int32Array(MAX_TERMS);
  readonly #sums = new Float32Array(COPIED);
  readonly #sessions = new Int32Array(COPIED);

  /** @param maxPostings - what one search may score */
  constructor(holdings: Holdings, weights: Weights, maxPostings: number) {
    this.#holdings = holdings;
    this.#weights = weights;
    this.#maxPostings = maxPostings;
  }

  /** Touches the memory a search needs, in short steps. */
  makeReady(): Iterable<void> {
    const { rows, conversations } = this.#holdings.catalogue;
    return this.#evidence.words.touchMemory(rows.span, conversations.codes.span);
  }

  search({ cue, limit, now, explain, strongOnly }: SearchRequest, scope: Scope): SearchAnswer {
    if (scope.count === 0) return { hits: [], more: false, weak: false, asksLatest: false };
    const course = this.#follow(cue, now, scope);
    const first = this.#order(course, Math.max(ORDERED, limit));
    const ordered =
      first.isFilled || first.found <= first.ranked.length ? first : this.#order(course, MAX_ORDERED);
    const least = this.#weights.weak * course.gathered.idf;
    const holdsAll = ({ row }: Ranked) => this.#holdsAll(row, course.cueTerms);
    const isStrong = (each: Ranked) => each.score >= least || holdsAll(each);
    const ranked = strongOnly === true ? ordered.ranked.filter(isStrong) : ordered.ranked;
    const taken = ranked.slice(0, limit);
    const [best] = taken;
    return {
      hits: taken.map((each) => this.#hit(each, course, explain === true)),
      more: (strongOnly === true ? ranked.length : ordered.found) > taken.length,
      weak: best !== undefined && best.score < least && !taken.some(holdsAll),
      asksLatest: course.asksLatest,
    };
  }

  #follow(text: string, now: number, scope: Scope): Course {
    const { catalogue } = this.#holdings;
    const cue = understandCue(text, now, this.#weights);
    const speakers = namedSpeakers(this.#holdings, scope, cue, this.#weights);
    const terms = termsToScore(this.#holdings, scope, cue, speakers.terms, this.#maxPostings);
    const priors = new Priors(catalogue.rows, cue, this.#weights, speakers.codes);
    this.#evidence.prepare(catalogue.rows.span, catalogue.conversations.codes.span);
    const { links, speaker } = catalogue.rows;
    const kernel = {
      links: links.array,
      speakers: speaker.array,
      passes: scope.passes,
      weights: this.#weights,
      maxPostings: this.#maxPostings,
    };
    if (priors.hasDates) this.#addDated(priors, scope);
    const gathered = gatherEvidence(this.#evidence, terms, cue, this.#holdings, scope, kernel);
    const share = requestShare(cue, this.#weights);
    return {
      scope,
      gathered,
      priors,
      requestShare: share,
      asksLatest: cue.asksLatest,
      cueTerms: [...cue.weights.keys()],
    };
  }

  /** Rows near a date of the cue are candidates without matching a word. */
  #addDated(priors: Priors, { passes }: Scope): void {
    const { rows, conversations } = this.#holdings.catalogue;
    for (let row = 0; row < rows.span; row++)
      if (passes[row] === 1 && priors.isNearDate(row))
        this.#evidence.words.list(row, conversations.codeOf(row));
  }

  /** The best `most` of all candidates, looked at closely, and copies spread. */
  #order(course: Course, most: number) {
    const { rows } = this.#holdings.catalogue;
    const best = new TopRows(Math.min(most, this.#evidence.words.count), (a, b) => rows.compareNewest(a, b));
    const found = this.#offerAll(best, course);
    const sorted = best.sorted();
    const { losses, largest } = this.#older(sorted.slice(0, MAX_LOOKED_AT), course);
    const ranked = sorted
      .map(({ row, score }, index): Ranked => {
        const phrase = index < MAX_LOOKED_AT ? course.gathered.phrases.bonus(this.#termsOf(row)) : 0;
        const loss = losses.get(row) ?? largest;
        return { row, score: score + phrase - loss, phrase, older: loss };
      })
      .toSorted((a, b) => b.score - a.score || rows.compareNewest(a.row, b.row));
    const termsOf = (row: number) => new Set(this.#termsOf(row));
    return { ...spreadCopies(ranked, termsOf, this.#weights.copyLikeness), found };
  }

  /** Offers all candidates that may be among the best, and returns how many there are. */
  #offerAll(best: TopRows, course: Course): number {
    const { words, sessions } = this.#evidence;
    const { floor, idf } = course.gathered;
    const { hasDates, max } = course.priors;
    // No row can get more than the best session, the best request and the largest priors.
    const maxPrior = max * idf;
    const maxSession = sessions.max;
    const maxRequest = course.requestShare * (course.requestShare > 0 ? this.#maxSum() : 0);
    let found = 0;
    let { least } = best;
    for (let from = 0; from < words.count; from += COPIED) {
      const count = Math.min(words.count - from, COPIED);
      // In one go, as `Evidence` fetches what it needs.
      words.copy(from, count, this.#sums, this.#sessions);
      for (let place = 0; place < count; place++) {
        const sum = this.#sums[place] ?? 0;
        const row = words.touched[from + place] ?? 0;
        if (sum < floor && !(hasDates && course.priors.isNearDate(row))) continue;
        found++;
        if (matchOf(sum, maxSession, maxRequest) + maxPrior < least) continue;
        const session = sessions.values[this.#sessions[place] ?? 0] ?? 0;
        if (matchOf(sum, session, maxRequest) + maxPrior < least) continue;
        const match = matchOf(sum, session, this.#request(row, course));
        if (match + maxPrior < least) continue;
        best.offer(row, scoreOf(match, course.priors.sum(row), idf));
        least = best.least;
      }
    }
    return found;
  }

  /** The most that any row matches with its neighbours. */
  #maxSum(): number {
    const { words } = this.#evidence;
    let max = 0;
    for (let from = 0; from < words.count; from += COPIED) {
      const count = Math.min(words.count - from, COPIED);
      words.copy(from, count, this.#sums, this.#sessions);
      for (let place = 0; place < count; place++) max = Math.max(max, this.#sums[place] ?? 0);
    }
    return max;
  }

  /** What a row gets of what the request before it matches. */
  #request(row: number, { gathered, requestShare: share }: Course): number {
    const links = this.#holdings.catalogue.rows.links.array;
    const before = links[row * LINKS + BEFORE] ?? -1;
    if (share === 0 || before < 0) return 0;
    if (!answers(links[row * LINKS + SIGNS] ?? 0, links[before * LINKS + SIGNS] ?? 0)) return 0;
    return requestMatch(this.#evidence.words.sum(before), gathered.floor, share);
  }

  /** By row: what the older ones lose when the cue asks what holds now; a row that is not looked at loses the most. */
  #older(looked: readonly { readonly row: number }[], { gathered, asksLatest }: Course) {
    const { rows } = this.#holdings.catalogue;
    const newest = asksLatest ? looked.toSorted((a, b) => rows.compareNewest(a.row, b.row)) : [];
    const lossAt = (place: number) => olderLoss(place, newest.length, gathered.idf, this.#weights);
    const losses = new Map(newest.map(({ row }, place) => [row, lossAt(place)]));
    return { losses, largest: newest.length < 2 ? 0 : lossAt(newest.length - 1) };
  }

  #hit(
    { row, score, phrase, older }: Ranked,
    course: Course,
    explain: boolean,
  ): SearchAnswer["hits"][number] {
    const id = this.#holdings.catalogue.rows.ids.text(row);
    if (!explain) return { id, score };
    const known = { ...course, holdings: this.#holdings, evidence: this.#evidence, weights: this.#weights };
    const added = { request: this.#request(row, course), phrase, older: -older };
    return { id, score, parts: explainRow(row, this.#termsOf(row), added, known) };
  }

  /** Whether a row holds every term of the cue as it is: no weak answer, however long the memory is. */
  #holdsAll(row: number, cueTerms: readonly string[]): boolean {
    const held = new Set(this.#termsOf(row));
    return cueTerms.length > 0 && cueTerms.every((term) => held.has(this.#holdings.dictionary.find(term)));
  }

  /** The terms of a row in order; valid until the next call. */
  #termsOf(row: number): Int32Array {
    return this.#terms.subarray(0, this.#holdings.termsOf(row, this.#terms));
  }
}
