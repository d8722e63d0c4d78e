/**
 * Writes the index as chunks, as layout.ts says, while memories come and go. Written are memories that were live when the
 * first chunk was taken, each at once and whole: one that goes afterwards keeps its postings until the index is compacted.
 * What came since is not written. `compact` must not run meanwhile: it gives numbers of rows, terms and names to others.
 */
import { crc32 } from "node:zlib";
import { concatBytes } from "../../base/bytes.ts";
import type { Catalogue } from "../catalogue/catalogue.ts";
import type { Holdings } from "../holdings/holdings.ts";
import { FREQUENCY_BITS, MAX_FREQUENCY } from "../postings/postings.ts";
import { ByteWriter } from "./byte-writer.ts";
import {
  BYTE_ORDER,
  CHECKPOINT_VERSION,
  CHUNK_BYTES,
  CHUNK_KINDS,
  MAGIC,
  MAX_POSTINGS_TOGETHER,
} from "./layout.ts";
import type { ChunkKind } from "./layout.ts";
import { MemoryWriter } from "./memory-writer.ts";

/** Terms looked at between two moments in which a chunk without many postings may end. */
const TERMS_PER_CHUNK = 16_384;

interface Piece {
  readonly kind: ChunkKind;
  readonly body: Uint8Array;
}

/** The chunks, each made within a few milliseconds. */
export function* writeCheckpoint(holdings: Holdings): Generator<Uint8Array> {
  let ordinal = 0;
  for (const { kind, body } of pieces(holdings)) {
    const header = new ByteWriter();
    header.uint32(MAGIC);
    header.uint8(CHECKPOINT_VERSION);
    header.uint8(CHUNK_KINDS.indexOf(kind));
    header.uint32(ordinal++);
    header.uint32(crc32(body));
    yield concatBytes(header.take(), body);
  }
}

function* pieces(holdings: Holdings): Generator<Piece> {
  const { catalogue, dictionary } = holdings;
  const terms = dictionary.span;
  const unwritten = catalogue.rows.live.array.slice(0, catalogue.rows.span);
  const body = new ByteWriter();
  body.float64(catalogue.rows.liveCount);
  body.float64(terms);
  body.raw(new Uint8Array(Uint16Array.of(BYTE_ORDER).buffer));
  yield { kind: "head", body: body.take() };
  yield* termPieces(holdings, terms, body);
  /** By row of the index: its row in the chunks. */
  const places = new Int32Array(unwritten.length);
  const written = new Uint8Array(unwritten.length);
  const writer = new MemoryWriter(holdings);
  let count = 0;
  for (const row of rowsAsTold(catalogue, unwritten)) {
    places[row] = count++;
    written[row] = 1;
    writer.write(row);
    if (writer.isFull) yield { kind: "memories", body: writer.take() };
  }
  if (!writer.isEmpty) yield { kind: "memories", body: writer.take() };
  yield* postingPieces(holdings, { terms, written, places }, body);
  body.float64(count);
  yield { kind: "end", body: body.take() };
}

/** The spellings of terms that something holds. */
function* termPieces({ dictionary }: Holdings, terms: number, body: ByteWriter): Generator<Piece> {
  for (let term = 0; term < terms; term++) {
    const isHeld = (dictionary.holders.array[term] ?? 0) > 0;
    body.bytes(isHeld ? dictionary.bytes(term) : new Uint8Array(0));
    if (body.length >= CHUNK_BYTES) yield { kind: "terms", body: body.take() };
  }
  if (body.length > 0) yield { kind: "terms", body: body.take() };
}

/**
 * All rows that are 1 in `unwritten` and still live, conversation by conversation: read back in that order, turns lie
 * beside their neighbours. What changes its conversation meanwhile is met at the end.
 */
function* rowsAsTold({ rows, conversations }: Catalogue, unwritten: Uint8Array): Generator<number> {
  const isNext = (row: number) => {
    if (unwritten[row] !== 1) return false;
    unwritten[row] = 0;
    return rows.live.array[row] === 1;
  };
  for (let code = 0; code < conversations.codes.span; code++)
    for (const row of [...conversations.backwards(code)].toReversed()) if (isNext(row)) yield row;
  for (let row = 0; row < unwritten.length; row++) if (isNext(row)) yield row;
}

interface Written {
  readonly terms: number;
  /** By row of the index: 1 for those that are in the chunks. */
  readonly written: Uint8Array;
  readonly places: Int32Array;
}

function* postingPieces(
  { postings }: Holdings,
  { terms, written, places }: Written,
  body: ByteWriter,
): Generator<Piece> {
  let found = new Uint32Array(MAX_POSTINGS_TOGETHER);
  let looked = 0;
  for (let term = 0; term < terms; term++) {
    if (postings.count(term) > found.length) found = new Uint32Array(postings.count(term) * 2);
    const count = postings.gather(term, written, found);
    looked++;
    orderByPlace(found.subarray(0, count), places);
    for (let from = 0; from < count; from += MAX_POSTINGS_TOGETHER) {
      const to = Math.min(count, from + MAX_POSTINGS_TOGETHER);
      body.varint(term);
      body.varint(to - from);
      writePostings(body, found.subarray(from, to));
      if (body.length < CHUNK_BYTES) continue;
      yield { kind: "postings", body: body.take() };
      looked = 0;
    }
    if (looked < TERMS_PER_CHUNK || body.length === 0) continue;
    yield { kind: "postings", body: body.take() };
    looked = 0;
  }
  if (body.length > 0) yield { kind: "postings", body: body.take() };
}

/**
 * Gives postings the rows they have in the chunks, in ascending order: a search then walks through memory one way, and
 * distances are short. Most lists are in order already.
 */
function orderByPlace(postings: Uint32Array, places: Int32Array): void {
  let before = -1;
  let isOrdered = true;
  for (const [index, posting] of postings.entries()) {
    const place = places[posting >>> FREQUENCY_BITS] ?? 0;
    postings[index] = (place << FREQUENCY_BITS) | (posting & MAX_FREQUENCY);
    isOrdered &&= place > before;
    before = place;
  }
  if (!isOrdered) postings.sort();
}

/** @param postings - in ascending order */
function writePostings(body: ByteWriter, postings: Uint32Array): void {
  let before = 0;
  for (const posting of postings) {
    const row = posting >>> FREQUENCY_BITS;
    const frequency = posting & MAX_FREQUENCY;
    body.varint((row - before) * 2 + (frequency > 1 ? 1 : 0));
    if (frequency > 1) body.uint8(frequency);
    before = row;
  }
}
