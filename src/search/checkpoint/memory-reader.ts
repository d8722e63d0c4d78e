/** Reads memories as layout.ts says, into holdings whose dictionary is whole. */
import type { CataloguedMemory } from "../catalogue/catalogue.ts";
import { wordsOfBytes } from "../catalogue/id-table.ts";
import { BY_ASSISTANT, BY_USER, IS_NOTE, IS_PINNED } from "../catalogue/rows.ts";
import type { Holdings } from "../holdings.ts";
import { TERMS_MOST } from "../postings/sequences.ts";
import type { ByteReader } from "./byte-reader.ts";
import { HAS_EXPIRY, HAS_SESSION, HAS_SUPERSEDED } from "./layout.ts";

const ID_BYTES = 16;
/** Memories for which room is made at once, whatever a head says. */
const RESERVED_MOST = 1 << 20;

export class MemoryReader {
  readonly #holdings: Holdings;
  /** By row in the chunks: the row they came to. */
  #rows = new Int32Array(0);
  #count = 0;
  readonly #projects: (string | undefined)[] = [undefined];
  readonly #speakers: (string | undefined)[] = [undefined];
  readonly #tagSets: (readonly string[] | undefined)[] = [undefined];
  readonly #sessions: (string | undefined)[] = [undefined];

  constructor(holdings: Holdings) {
    this.#holdings = holdings;
  }

  /** Memories read so far. */
  get count(): number {
    return this.#count;
  }

  /** By row in the chunks: the row they came to. */
  get rows(): Int32Array {
    return this.#rows.subarray(0, this.#count);
  }

  /** Makes room for about so many memories. */
  expect(memories: number): void {
    this.#rows = new Int32Array(Math.min(memories, RESERVED_MOST));
    this.#holdings.catalogue.rows.expect(this.#rows.length);
  }

  /** @throws Error when it is not a memory, or one that is there already */
  read(body: ByteReader): void {
    const id = wordsOfBytes(body.raw(ID_BYTES), 0);
    const at = body.float64();
    const savedAt = body.float64();
    const signs = body.uint8();
    const fields = body.uint8();
    const spell = () => body.text();
    const project = named(this.#projects, body.varint(), spell);
    const speaker = named(this.#speakers, body.varint(), spell);
    const tags = named(this.#tagSets, body.varint(), () => Array.from({ length: body.varint() }, spell));
    const session = (fields & HAS_SESSION) === 0 ? undefined : named(this.#sessions, body.varint(), spell);
    const expiresAt = (fields & HAS_EXPIRY) === 0 ? undefined : body.float64();
    const supersedes = (fields & HAS_SUPERSEDED) === 0 ? undefined : wordsOfBytes(body.raw(ID_BYTES), 0);
    const length = body.varint();
    const encoded = body.raw(body.varint());
    if (length > TERMS_MOST) throw new Error("a memory is too long");
    if (this.#holdings.catalogue.find(id) >= 0) throw new Error("a memory occurs twice");
    const memory: CataloguedMemory = {
      id,
      kind: (signs & IS_NOTE) === 0 ? "turn" : "note",
      project: project ?? null,
      session,
      role: (signs & BY_ASSISTANT) !== 0 ? "assistant" : (signs & BY_USER) !== 0 ? "user" : undefined,
      speaker,
      tags: tags ?? [],
      at,
      savedAt,
      expiresAt,
      pinned: (signs & IS_PINNED) !== 0,
      supersedes,
    };
    this.#keepRow(this.#holdings.restore(memory, signs, encoded, length));
  }

  #keepRow(row: number): void {
    if (this.#count === this.#rows.length) {
      const wider = new Int32Array(Math.max(1_024, this.#count * 2));
      wider.set(this.#rows);
      this.#rows = wider;
    }
    this.#rows[this.#count++] = row;
  }
}

/** The name of a number, undefined for 0; a number not seen before is followed by its spelling. */
function named<T>(names: (T | undefined)[], number: number, spell: () => T): T | undefined {
  if (number === names.length) names.push(spell());
  if (number >= names.length) throw new Error("a name has no spelling");
  return names[number];
}
