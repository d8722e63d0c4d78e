/**
 * All the index holds, kept in step: the catalogue of memories, the dictionary of terms, the postings from term to
 * memory and the sequences from memory to terms.
 */
import { Catalogue } from "../catalogue/catalogue.ts";
import type { CataloguedColumns, CataloguedMemory } from "../catalogue/catalogue.ts";
import { parseIdWords } from "../catalogue/id-table.ts";
import { Dictionary } from "../postings/dictionary.ts";
import { Postings, MAX_ROWS } from "../postings/postings.ts";
import { Sequences, MAX_TERMS } from "../postings/sequences.ts";
import type { IndexedMemory } from "../search-index.ts";
import { TermNumbers } from "./term-numbers.ts";
import { signsOfText } from "../catalogue/signs.ts";

/** Memories as a checkpoint has them. */
export interface RestoredMemories extends CataloguedColumns {
  /** The encoded terms of one memory after the other, and how many bytes each has. */
  readonly terms: Uint8Array;
  readonly termBytes: Uint32Array;
}

export class Holdings {
  readonly catalogue = new Catalogue();
  readonly dictionary = new Dictionary();
  readonly postings = new Postings();
  readonly sequences = new Sequences();
  readonly numbers = new TermNumbers(this.dictionary);
  /** Rows of removed memories that postings still name. */
  readonly dead: number[] = [];
  /** By term: how often in the memory at hand; all zero in between. */
  #frequency = new Uint16Array(1024);
  readonly #distinct = new Int32Array(MAX_TERMS);

  /**
   * Adds a memory; one that is there already is left as it is.
   *
   * @throws TypeError when its id, or that of what it supersedes, is not a record id
   */
  add({ text, ...memory }: IndexedMemory): void {
    const id = idWords(memory.id);
    if (this.catalogue.find(id) >= 0) return;
    const supersedes = memory.supersedes === undefined ? undefined : idWords(memory.supersedes);
    const length = this.numbers.read(text);
    const row = this.#addTerms({ ...memory, id, supersedes }, signsOfText(text), this.numbers.terms, length);
    for (const mark of this.numbers.marks) this.#addPosting(mark, row, 1);
  }

  /** Adds a memory that is not there, already taken apart into the numbers of its terms, and returns its row. */
  #addTerms(memory: CataloguedMemory, signs: number, terms: Int32Array, length: number): number {
    if (this.catalogue.rows.span >= MAX_ROWS) throw new RangeError("the index is full");
    const row = this.catalogue.add(memory, signs, length);
    this.catalogue.rows.sequence.array[row] = this.sequences.add(terms, length);
    const distinct = this.#countTerms(terms, length);
    for (let index = 0; index < distinct; index++) {
      const term = this.#distinct[index] ?? 0;
      this.#addPosting(term, row, this.#frequency[term] ?? 0);
      this.#frequency[term] = 0;
    }
    return row;
  }

  #addPosting(term: number, row: number, frequency: number): void {
    this.postings.add(term, row, frequency);
    this.dictionary.holders.array[term] = (this.dictionary.holders.array[term] ?? 0) + 1;
  }

  /**
   * Adds memories without postings: whoever reads an index back adds those itself.
   *
   * @throws RangeError when one is there already, or its terms are not so many
   */
  restore({ terms, ...memories }: RestoredMemories): void {
    const { rows } = this.catalogue;
    if (rows.span + memories.at.length > MAX_ROWS) throw new RangeError("the index is full");
    const first = this.catalogue.addAll(memories);
    this.sequences.addEncoded({ ...memories, bytes: terms }, rows.sequence.array.subarray(first));
  }

  /** Compaction counts anew who holds a mark: a memory does not know its own. @returns whether it was there */
  remove(id: string): boolean {
    const row = this.catalogue.find(parseIdWords(id));
    if (row < 0) return false;
    const { rows } = this.catalogue;
    const address = rows.sequence.array[row] ?? 0;
    const count = rows.length(row);
    const bytes = this.sequences.read(address, count, this.numbers.terms);
    const distinct = this.#countTerms(this.numbers.terms, count);
    for (let index = 0; index < distinct; index++) {
      const term = this.#distinct[index] ?? 0;
      this.dictionary.holders.array[term] = (this.dictionary.holders.array[term] ?? 0) - 1;
      this.#frequency[term] = 0;
    }
    this.sequences.erase(address, bytes);
    this.catalogue.remove(row);
    this.dead.push(row);
    return true;
  }

  /** The terms of a row in order, into `into`; returns how many. */
  termsOf(row: number, into: Int32Array): number {
    const length = this.catalogue.rows.length(row);
    this.sequences.read(this.catalogue.rows.sequence.array[row] ?? 0, length, into);
    return length;
  }

  /** Counts terms into `#frequency` and lists them once in `#distinct`; returns how many differ. */
  #countTerms(terms: Int32Array, length: number): number {
    if (this.#frequency.length < this.dictionary.span)
      this.#frequency = new Uint16Array(Math.ceil(this.dictionary.span * 1.25));
    let distinct = 0;
    for (let index = 0; index < length; index++) {
      const term = terms[index] ?? 0;
      const frequency = this.#frequency[term] ?? 0;
      if (frequency === 0) this.#distinct[distinct++] = term;
      this.#frequency[term] = frequency + 1;
    }
    return distinct;
  }
}

function idWords(id: string): Uint32Array {
  const words = parseIdWords(id);
  if (words === undefined) throw new TypeError("not a record id");
  return words;
}
