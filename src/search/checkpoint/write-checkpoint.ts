/**
 * Writes the index as chunks, as layout.ts says. Only what is live is written, so no word, name or id of a removed memory
 * is in them, compacted or not.
 */
import { crc32 } from "node:zlib";
import { concatBytes } from "../../base/bytes.ts";
import type { Catalogue } from "../catalogue/catalogue.ts";
import { NO_NAME } from "../catalogue/names.ts";
import type { Holdings } from "../holdings.ts";
import { TERMS_MOST } from "../postings/sequences.ts";
import { ByteWriter } from "./byte-writer.ts";
import {
  CHECKPOINT_VERSION,
  CHUNK_BYTES,
  CHUNK_KINDS,
  HAS_EXPIRY,
  HAS_SESSION,
  HAS_SUPERSEDED,
  MAGIC,
} from "./layout.ts";
import type { ChunkKind } from "./layout.ts";

/** The chunks, each made within a few milliseconds. The holdings must not change until the last was taken. */
export function* writeCheckpoint(holdings: Holdings): Generator<Uint8Array> {
  const { rows } = holdings.catalogue;
  const writer = new MemoryWriter(holdings);
  const body = writer.body;
  let ordinal = 0;
  body.float64(rows.liveCount);
  yield chunkOf("head", ordinal++, body.take());
  for (const row of rowsAsTold(holdings.catalogue)) {
    writer.write(row);
    if (body.length >= CHUNK_BYTES) yield chunkOf("memories", ordinal++, body.take());
  }
  if (body.length > 0) yield chunkOf("memories", ordinal++, body.take());
  body.float64(rows.liveCount);
  yield chunkOf("end", ordinal, body.take());
}

/** All live rows, conversation by conversation: read back in that order, turns lie beside their neighbours. */
function* rowsAsTold({ rows, conversations }: Catalogue): Generator<number> {
  for (let code = 0; code < conversations.codes.span; code++)
    yield* [...conversations.backwards(code)].toReversed();
  for (let row = 0; row < rows.span; row++)
    if (rows.live.array[row] === 1 && rows.chained.array[row] !== 1) yield row;
}

function chunkOf(kind: ChunkKind, ordinal: number, body: Uint8Array): Uint8Array {
  const header = new ByteWriter();
  header.uint32(MAGIC);
  header.uint8(CHECKPOINT_VERSION);
  header.uint8(CHUNK_KINDS.indexOf(kind));
  header.uint32(ordinal);
  header.uint32(crc32(body));
  return concatBytes(header.take(), body);
}

class MemoryWriter {
  readonly body = new ByteWriter();
  readonly #holdings: Holdings;
  readonly #terms = new Int32Array(TERMS_MOST);
  /** By term: its number in the chunks plus one. */
  readonly #numbers: Int32Array;
  #numbered = 0;
  readonly #projects = new Map<number, number>();
  readonly #speakers = new Map<number, number>();
  readonly #tagSets = new Map<number, number>();
  readonly #sessions = new Map<number, number>();

  constructor(holdings: Holdings) {
    this.#holdings = holdings;
    this.#numbers = new Int32Array(holdings.dictionary.span);
  }

  write(row: number): void {
    const { rows, projects, speakers, tagSets, conversations, expiry, versions } = this.#holdings.catalogue;
    const { body } = this;
    const signs = rows.signs(row);
    const session = conversations.codes.name(conversations.codeOf(row));
    const expiresAt = expiry.of(row);
    const superseded = versions.olderOf(row);
    body.raw(rows.ids.bytes(row));
    body.float64(rows.at.array[row] ?? 0);
    body.float64(rows.savedAt.array[row] ?? 0);
    body.uint8(signs);
    body.uint8(
      (session === undefined ? 0 : HAS_SESSION) |
        (expiresAt === undefined ? 0 : HAS_EXPIRY) |
        (superseded === undefined ? 0 : HAS_SUPERSEDED),
    );
    this.#name(this.#projects, rows.project.array[row] ?? NO_NAME, (code) =>
      body.text(projects.name(code) ?? ""),
    );
    this.#name(this.#speakers, rows.speaker.array[row] ?? NO_NAME, (code) =>
      body.text(speakers.name(code) ?? ""),
    );
    this.#name(this.#tagSets, rows.tags.array[row] ?? NO_NAME, (code) => this.#tags(tagSets.tags(code)));
    if (session !== undefined)
      this.#name(this.#sessions, conversations.codeOf(row) + 1, () => body.text(session));
    if (expiresAt !== undefined) body.float64(expiresAt);
    if (superseded !== undefined) body.raw(rows.ids.bytes(superseded));
    this.#writeTerms(row);
  }

  /** Writes the number of a name, 0 for none, and the name itself when it occurs for the first time. */
  #name(numbers: Map<number, number>, code: number, spell: (code: number) => void): void {
    const known = code === NO_NAME ? 0 : numbers.get(code);
    this.body.varint(known ?? numbers.size + 1);
    if (known !== undefined) return;
    numbers.set(code, numbers.size + 1);
    spell(code);
  }

  #tags(tags: readonly string[]): void {
    this.body.varint(tags.length);
    for (const tag of tags) this.body.text(tag);
  }

  #writeTerms(row: number): void {
    const length = this.#holdings.termsOf(row, this.#terms);
    this.body.varint(length);
    for (let index = 0; index < length; index++) {
      const term = this.#terms[index] ?? 0;
      const known = this.#numbers[term] ?? 0;
      this.body.varint(known === 0 ? this.#numbered : known - 1);
      if (known !== 0) continue;
      this.#numbers[term] = ++this.#numbered;
      this.body.bytes(this.#holdings.dictionary.bytes(term));
    }
  }
}
