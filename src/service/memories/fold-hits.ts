/**
 * The hits of a search, folded: a request and its answer are one hit, at the place of the better of them, and so are equal
 * texts and the same request made again. Of those the newest is shown, since what it was answered may have changed. Only hits
 * and turns that the client may see take part, so what lies outside its projects is neither shown nor counted.
 */
import type { Memory } from "../../protocol/schemas.ts";
import type { Exchange, SearchHit, SearchIndex } from "../../search/search-index.ts";
import type { RecordId } from "../../vault/vault.ts";

/** Inside an exchange a turn of fewer words ("go on", "done") says the same in one exchange and another thing in the next. */
const MIN_WORDS = 4;
const WORD = /[\p{L}\p{N}]+/gu;

export interface FoundHit {
  /** The best of those that it stands for. */
  readonly hit: SearchHit;
  readonly memory: Memory;
  /** What the memory answers. */
  readonly request?: Memory;
  /** What answers the memory. */
  readonly answer?: Memory;
  /** How many further hits say or ask the same, and the newest of them when that is newer than the memory. */
  readonly copies: number;
  readonly newest?: Memory;
}

interface Shown {
  readonly memory: Memory;
  readonly exchange: Exchange;
  readonly request: Memory | undefined;
  /** An answer that was found itself. */
  answer?: Memory;
}

interface Folded {
  readonly hit: SearchHit;
  readonly place: number;
  /** What its request says, when that is enough to tell it by. */
  readonly asked: string | undefined;
  shown: Shown;
  copies: number;
  newest: Memory;
}

export class FoldedHits {
  readonly #index: Pick<SearchIndex, "exchange">;
  readonly #find: (id: RecordId) => Promise<Memory | undefined>;
  readonly #folded: Folded[] = [];
  readonly #byExchange = new Map<RecordId, Folded>();
  readonly #byText = new Map<string, Folded>();

  /** @param find - a turn to be shown beside a hit; nothing when it may not be */
  constructor(index: Pick<SearchIndex, "exchange">, find: (id: RecordId) => Promise<Memory | undefined>) {
    this.#index = index;
    this.#find = find;
  }

  /** How many hits there are of those that were taken. */
  get size(): number {
    return this.#folded.length;
  }

  /** Takes the next hit, best first: it becomes part of one before it or one of its own. */
  async take(hit: SearchHit, memory: Memory): Promise<void> {
    const exchange = this.#index.exchange(memory.id);
    const key = exchange.request ?? memory.id;
    const known = this.#byExchange.get(key);
    if (known !== undefined) {
      join(known.shown, memory, exchange);
      return;
    }
    const isRequest = exchange.request === memory.id;
    const request = isRequest ? undefined : await this.#findAny(exchange.request);
    const minWords = exchange.request === undefined ? 1 : MIN_WORDS;
    const asking = isRequest ? memory : request;
    const asked = asking && saidIn(asking, minWords);
    const texts = [saidIn(memory, minWords), asked].filter((text) => text !== undefined);
    const shown = { memory, exchange, request };
    // Of two the earlier: a count must not hang on how many hits are asked for.
    const [same] = texts
      .flatMap((text) => this.#byText.get(text) ?? [])
      .toSorted((one, other) => one.place - other.place);
    if (same !== undefined) {
      this.#byExchange.set(key, same);
      same.copies++;
      // An equal answer to another request takes no hit over, or it would hide what this request was last answered.
      if (same.asked === asked && isNewer(memory, same.shown.memory)) same.shown = shown;
      if (isNewer(memory, same.newest)) same.newest = memory;
      return;
    }
    const folded = { hit, place: this.#folded.length, asked, shown, copies: 0, newest: memory };
    this.#folded.push(folded);
    this.#byExchange.set(key, folded);
    for (const text of texts) this.#byText.set(text, folded);
  }

  /** The first of them, each with the other half of its exchange. */
  async first(limit: number): Promise<readonly FoundHit[]> {
    const found: FoundHit[] = [];
    for (const { hit, shown, copies, newest } of this.#folded.slice(0, limit)) {
      const { memory, exchange, request } = shown;
      const isRequest = exchange.request === memory.id;
      const answer = shown.answer ?? (isRequest ? await this.#findAny(exchange.answers.at(-1)) : undefined);
      found.push({
        hit,
        memory,
        copies,
        ...(request !== undefined && { request }),
        ...(answer !== undefined && { answer }),
        ...(isNewer(newest, memory) && { newest }),
      });
    }
    return found;
  }

  async #findAny(id: RecordId | undefined): Promise<Memory | undefined> {
    return id === undefined ? undefined : this.#find(id);
  }
}

/**
 * Of several turns that answer a request, the one that matches best says more than the last. The first may be found for
 * its request's sake alone, and announces what is to come.
 */
function join(shown: Shown, memory: Memory, { request, answers }: Exchange): void {
  if (shown.memory.id !== request || shown.answer !== undefined) return;
  if (answers.length > 1 && memory.id === answers[0]) return;
  shown.answer = memory;
}

function isNewer(memory: Memory, other: Memory): boolean {
  return Date.parse(memory.at) > Date.parse(other.at);
}

/**
 * What a memory says, whatever its capitals, white space and last marks, and of which project; nothing when it has too few
 * words to be told by. Other marks stay: `a < b` is not `a > b`.
 */
function saidIn({ text, project }: Memory, minWords: number): string | undefined {
  if ((text.match(WORD) ?? [text]).length < minWords) return undefined;
  const said = text.toLowerCase().replaceAll(/\s+/gu, " ").trim();
  return JSON.stringify([project, said.replace(/[.!?…]+$/u, "")]);
}
