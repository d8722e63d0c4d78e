/** Reads memories as layout.ts says, into holdings whose dictionary is whole. */
import type { CataloguedMemory } from "../catalogue/catalogue.ts";
import { readIdWords } from "../catalogue/id-table.ts";
import { BY_ASSISTANT, BY_USER, IS_NOTE, IS_PINNED } from "../catalogue/rows.ts";
import type { Holdings } from "../holdings.ts";
import { TERMS_MOST } from "../postings/sequences.ts";
import type { ByteReader } from "./byte-reader.ts";
import { HAS_EXPIRY, HAS_SESSION, HAS_SUPERSEDED } from "./layout.ts";
import { SpelledOnce } from "./spelled-once.ts";

const ID_BYTES = 16;
const ID_WORDS = 4;
/** Memories for which room is made at once, whatever a head says. */
const RESERVED_MOST = 1 << 20;
const NO_TAGS: readonly string[] = [];

export class MemoryReader {
  readonly #holdings: Holdings;
  /** By row in the chunks: the row they came to. */
  #rows = new Int32Array(0);
  #count = 0;
  readonly #projects = new SpelledOnce((body) => body.text());
  readonly #speakers = new SpelledOnce((body) => body.text());
  readonly #tagSets = new SpelledOnce((body) => Array.from({ length: body.varint() }, () => body.text()));
  readonly #sessions = new SpelledOnce((body) => body.text());
  /** Used again for each memory: nobody keeps them. */
  readonly #id = new Uint32Array(ID_WORDS);
  readonly #superseded = new Uint32Array(ID_WORDS);

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
    readIdWords(body.bytes, body.skip(ID_BYTES), this.#id);
    const at = body.float64();
    const savedAt = body.float64();
    const signs = body.uint8();
    const fields = body.uint8();
    const project = this.#projects.read(body);
    const speaker = this.#speakers.read(body);
    const tags = this.#tagSets.read(body);
    const session = (fields & HAS_SESSION) === 0 ? undefined : this.#sessions.read(body);
    const expiresAt = (fields & HAS_EXPIRY) === 0 ? undefined : body.float64();
    const isNewer = (fields & HAS_SUPERSEDED) !== 0;
    if (isNewer) readIdWords(body.bytes, body.skip(ID_BYTES), this.#superseded);
    const length = body.varint();
    const termBytes = body.varint();
    const terms = body.skip(termBytes);
    if (length > TERMS_MOST) throw new Error("a memory is too long");
    const memory: CataloguedMemory = {
      id: this.#id,
      kind: (signs & IS_NOTE) === 0 ? "turn" : "note",
      project: project ?? null,
      session,
      role: (signs & BY_ASSISTANT) !== 0 ? "assistant" : (signs & BY_USER) !== 0 ? "user" : undefined,
      speaker,
      tags: tags ?? NO_TAGS,
      at,
      savedAt,
      expiresAt,
      pinned: (signs & IS_PINNED) !== 0,
      supersedes: isNewer ? this.#superseded : undefined,
    };
    const encoded = { bytes: body.bytes, start: terms, end: terms + termBytes, length };
    this.#keepRow(this.#holdings.restore(memory, signs, encoded));
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
