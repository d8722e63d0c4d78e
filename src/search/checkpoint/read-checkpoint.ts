/**
 * Reads an index from chunks, as layout.ts says. Whatever does not fit throws: a checkpoint only saves time, and its
 * reader rebuilds rather than trusts.
 */
import { crc32 } from "node:zlib";
import type { CataloguedMemory } from "../catalogue/catalogue.ts";
import { wordsOfBytes } from "../catalogue/id-table.ts";
import { BY_ASSISTANT, BY_USER, IS_NOTE, IS_PINNED } from "../catalogue/rows.ts";
import { Holdings } from "../holdings.ts";
import { TERMS_MOST } from "../postings/sequences.ts";
import { ByteReader } from "./byte-reader.ts";
import {
  CHECKPOINT_VERSION,
  CHUNK_KINDS,
  HAS_EXPIRY,
  HAS_SESSION,
  HAS_SUPERSEDED,
  HEADER_BYTES,
  MAGIC,
} from "./layout.ts";

const ID_BYTES = 16;
/** Memories between two moments in which everything else gets its turn. */
const MEMORIES_A_TURN = 1_000;

/**
 * The holdings that `writeCheckpoint` wrote. Gives everything else a turn every few milliseconds.
 *
 * @throws Error when a chunk is missing, of another version, damaged or does not fit the others
 */
export async function readCheckpoint(chunks: AsyncIterable<Uint8Array>): Promise<Holdings> {
  const reader = new MemoryReader();
  let ordinal = 0;
  let expected: number | undefined;
  let isEnded = false;
  for await (const chunk of chunks) {
    const { kind, body } = openChunk(chunk, ordinal++);
    if (isEnded || (kind === "head") !== (expected === undefined)) throw new Error("chunks out of order");
    if (kind === "memories") {
      while (!body.isAtEnd) {
        reader.read(body);
        if (reader.count % MEMORIES_A_TURN === 0) await otherWork();
      }
      continue;
    }
    const memories = body.float64();
    if (!body.isAtEnd) throw new Error("a chunk is too long");
    expected ??= memories;
    isEnded = kind === "end";
    if (isEnded && (memories !== expected || reader.count !== expected))
      throw new Error("memories are missing");
  }
  if (!isEnded) throw new Error("chunks are missing");
  return reader.holdings;
}

function openChunk(
  chunk: Uint8Array,
  ordinal: number,
): { readonly kind: (typeof CHUNK_KINDS)[number]; readonly body: ByteReader } {
  const header = new ByteReader(chunk);
  if (header.uint32() !== MAGIC || header.uint8() !== CHECKPOINT_VERSION)
    throw new Error("a chunk is of another version");
  const kind = CHUNK_KINDS[header.uint8()];
  if (kind === undefined || header.uint32() !== ordinal) throw new Error("a chunk is out of order");
  if (header.uint32() !== crc32(chunk.subarray(HEADER_BYTES))) throw new Error("a chunk is damaged");
  return { kind, body: new ByteReader(chunk, HEADER_BYTES) };
}

class MemoryReader {
  readonly holdings = new Holdings();
  readonly #terms = new Int32Array(TERMS_MOST);
  /** By number in the chunks: the term's number in the dictionary. */
  readonly #numbers: number[] = [];
  readonly #projects: (string | undefined)[] = [undefined];
  readonly #speakers: (string | undefined)[] = [undefined];
  readonly #tagSets: (readonly string[] | undefined)[] = [undefined];
  readonly #sessions: (string | undefined)[] = [undefined];

  get count(): number {
    return this.holdings.catalogue.rows.liveCount;
  }

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
    const length = this.#readTerms(body);
    if (this.holdings.catalogue.find(id) >= 0) throw new Error("a memory occurs twice");
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
    this.holdings.addTerms(memory, signs, this.#terms, length);
  }

  #readTerms(body: ByteReader): number {
    const length = body.varint();
    if (length > TERMS_MOST) throw new Error("a memory is too long");
    for (let index = 0; index < length; index++) {
      const number = body.varint();
      if (number === this.#numbers.length) this.#numbers.push(this.holdings.dictionary.take(body.text()));
      const term = this.#numbers[number];
      if (term === undefined) throw new Error("a term has no spelling");
      this.#terms[index] = term;
    }
    return length;
  }
}

/** The name of a number, undefined for 0; a number not seen before is followed by its spelling. */
function named<T>(names: (T | undefined)[], number: number, spell: () => T): T | undefined {
  if (number === names.length) names.push(spell());
  if (number >= names.length) throw new Error("a name has no spelling");
  return names[number];
}

function otherWork(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
