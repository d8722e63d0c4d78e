/**
 * The hits of a search, folded: a request and its answer are one hit, at the place of the better of them, and so are equal
 * texts and the same request made again. Only hits and turns that the client may see take part, so what lies outside its
 * projects is neither shown nor counted.
 */
import type { Memory } from "../../protocol/schemas.ts";
import type { Exchange, SearchHit, SearchIndex } from "../../search/search-index.ts";
import type { RecordId } from "../../vault/vault.ts";

/** A turn of fewer words ("go on", "done") says the same in one exchange and another thing in the next. */
const MIN_WORDS = 4;
const WORD = /[\p{L}\p{N}]+/gu;

export interface FoundHit {
  readonly hit: SearchHit;
  readonly memory: Memory;
  /** What the memory answers. */
  readonly request?: Memory;
  /** What answers the memory. */
  answer?: Memory;
  /** How many further hits say or ask the same, and the newest of them when that is newer than the memory. */
  copies: number;
  newest?: Memory;
}

export class FoldedHits {
  readonly #index: Pick<SearchIndex, "exchange">;
  readonly #find: (id: RecordId) => Promise<Memory | undefined>;
  readonly #byExchange = new Map<RecordId, FoundHit>();
  readonly #byText = new Map<string, FoundHit>();
  /** Requests beside which an answer stands that was found itself. */
  readonly #answered = new Set<FoundHit>();

  /** @param find - a turn to be shown beside a hit; nothing when it may not be */
  constructor(index: Pick<SearchIndex, "exchange">, find: (id: RecordId) => Promise<Memory | undefined>) {
    this.#index = index;
    this.#find = find;
  }

  /** Takes the next hit, best first. @returns nothing when it became part of another */
  async take(hit: SearchHit, memory: Memory): Promise<FoundHit | undefined> {
    const exchange = this.#index.exchange(memory.id);
    const key = exchange.request ?? memory.id;
    const known = this.#byExchange.get(key);
    if (known !== undefined) {
      this.#join(known, memory, exchange);
      return undefined;
    }
    const isRequest = exchange.request === memory.id;
    const request = isRequest ? undefined : await this.#findAny(exchange.request);
    const texts = [memory, ...(request === undefined ? [] : [request])].flatMap((turn) =>
      textOf(turn, exchange.request === undefined ? 1 : MIN_WORDS),
    );
    const same = texts.map((text) => this.#byText.get(text)).find((one) => one !== undefined);
    if (same !== undefined) {
      this.#byExchange.set(key, same);
      same.copies++;
      if (Date.parse(memory.at) > Date.parse((same.newest ?? same.memory).at)) same.newest = memory;
      return undefined;
    }
    const answer = isRequest ? await this.#findAny(exchange.answers.at(-1)) : undefined;
    const found = {
      hit,
      memory,
      copies: 0,
      ...(request !== undefined && { request }),
      ...(answer !== undefined && { answer }),
    };
    this.#byExchange.set(key, found);
    for (const text of texts) this.#byText.set(text, found);
    return found;
  }

  /**
   * Of several turns that answer a request, the one that matches best says more than the last. The first may be found for
   * its request's sake alone, and announces what is to come.
   */
  #join(known: FoundHit, memory: Memory, { request, answers }: Exchange): void {
    if (known.memory.id !== request || this.#answered.has(known)) return;
    if (answers.length > 1 && memory.id === answers[0]) return;
    this.#answered.add(known);
    known.answer = memory;
  }

  async #findAny(id: RecordId | undefined): Promise<Memory | undefined> {
    return id === undefined ? undefined : this.#find(id);
  }
}

/** The words of a memory, whatever its capitals and marks; nothing when there are too few to tell it by. */
function textOf({ text }: Memory, minWords: number): readonly string[] {
  const words = text.toLowerCase().match(WORD) ?? [text];
  return words.length < minWords ? [] : [words.join(" ")];
}
