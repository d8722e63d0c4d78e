/** Reads memories as layout.ts says, a chunk at a time, into holdings that are empty but for a whole dictionary. */
import { readIdWords } from "../catalogue/id-table.ts";
import { NO_NAME } from "../catalogue/names.ts";
import type { Holdings } from "../holdings/holdings.ts";
import type { ByteReader } from "./byte-reader.ts";
import { ID_WORDS, MEMORY_BYTES, memoryColumns } from "./layout.ts";

const ID_BYTES = 16;
const VERSIONS_PER_TURN = 1_000;
/** Memories for which room is made at once, whatever a head says. */
const MAX_RESERVED = 1 << 20;

/** Codes in the index of names by their numbers in the checkpoint. */
class Codes {
  readonly #codes: number[] = [NO_NAME];

  add(code: number): void {
    this.#codes.push(code);
  }

  /** @throws RangeError when nothing was spelled under that number */
  of(number: number): number {
    const code = this.#codes[number];
    if (code === undefined) throw new RangeError("a name has no spelling");
    return code;
  }
}

export class MemoryReader {
  readonly #holdings: Holdings;
  readonly #projects = new Codes();
  readonly #speakers = new Codes();
  readonly #tagSets = new Codes();
  readonly #sessions = new Codes();
  /** Rows and the ids of what they supersede, which may come later. */
  readonly #superseding: (readonly [row: number, older: Uint32Array])[] = [];

  constructor(holdings: Holdings) {
    this.#holdings = holdings;
  }

  /** Memories read so far. They have the first rows, in their order. */
  get count(): number {
    return this.#holdings.catalogue.rows.span;
  }

  /** Makes room for about so many memories. */
  expect(memories: number): void {
    this.#holdings.catalogue.rows.expect(Math.min(memories, MAX_RESERVED));
  }

  /** @throws Error when it is not a chunk of memories, or holds one that is there already */
  read(body: ByteReader): void {
    const count = body.uint32();
    const termBytes = body.uint32();
    const columns = memoryColumns(body.copy(count * MEMORY_BYTES), count);
    const terms = body.raw(termBytes);
    this.#readNames(body);
    const { conversations } = this.#holdings.catalogue;
    const codesOf = (numbers: Uint32Array, codes: Codes) => numbers.map((number) => codes.of(number));
    const first = this.count;
    const expiring = entriesOf(body, count, () => body.float64());
    this.#holdings.restore({
      ...columns,
      projects: codesOf(columns.projects, this.#projects),
      speakers: codesOf(columns.speakers, this.#speakers),
      tagSets: codesOf(columns.tagSets, this.#tagSets),
      sessions: columns.sessions.map((number) =>
        number === 0 ? conversations.codes.take(NO_NAME, undefined) : this.#sessions.of(number),
      ),
      terms,
      expiring,
    });
    for (const [place, older] of entriesOf(body, count, () => idWords(body)))
      this.#superseding.push([first + place, older]);
  }

  /** Links versions, once all memories are there, some with each step. @throws Error when one supersedes itself */
  *end(): Generator<void> {
    for (const [index, [row, older]] of this.#superseding.entries()) {
      this.#holdings.catalogue.supersede(row, older);
      if (index % VERSIONS_PER_TURN === 0) yield;
    }
  }

  #readNames(body: ByteReader): void {
    const { projects, speakers, tagSets, conversations } = this.#holdings.catalogue;
    for (let left = body.varint(); left > 0; left--) this.#projects.add(projects.note(body.text()));
    for (let left = body.varint(); left > 0; left--) this.#speakers.add(speakers.note(body.text()));
    for (let left = body.varint(); left > 0; left--) {
      const tags: string[] = [];
      for (let more = body.varint(); more > 0; more--) tags.push(body.text());
      this.#tagSets.add(tagSets.note(tags));
    }
    for (let left = body.varint(); left > 0; left--) {
      const project = this.#projects.of(body.varint());
      this.#sessions.add(conversations.codes.note(project, body.text()));
    }
  }
}

/** @throws RangeError when a place is not one of `count` */
function entriesOf<T>(
  body: ByteReader,
  count: number,
  read: () => T,
): (readonly [place: number, entry: T])[] {
  const entries: (readonly [number, T])[] = [];
  for (let left = body.varint(); left > 0; left--) {
    const place = body.varint();
    if (place >= count) throw new RangeError("an entry of no memory");
    entries.push([place, read()]);
  }
  return entries;
}

function idWords(body: ByteReader): Uint32Array {
  const words = new Uint32Array(ID_WORDS);
  readIdWords(body.bytes, body.skip(ID_BYTES), words);
  return words;
}
