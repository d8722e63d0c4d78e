/**
 * Reads an index from chunks, as layout.ts says. Whatever does not fit throws: a checkpoint only saves time, and its
 * reader rebuilds rather than trusts.
 */
import { crc32 } from "node:zlib";
import { Holdings } from "../holdings/holdings.ts";
import { ByteReader } from "./byte-reader.ts";
import type { ChunkKind } from "./layout.ts";
import { BYTE_ORDER, CHECKPOINT_VERSION, CHUNK_KINDS, HEADER_BYTES, MAGIC } from "./layout.ts";
import { MemoryReader } from "./memory-reader.ts";
import { PostingReader } from "./posting-reader.ts";

/** Between two moments in which everything else gets its turn; a chunk holds more. */
const TERMS_PER_TURN = 4_096;

/**
 * The holdings that `writeCheckpoint` wrote. Gives everything else a turn every few milliseconds.
 *
 * @throws Error when a chunk is missing, of another version, damaged or does not fit the others
 */
export async function readCheckpoint(chunks: AsyncIterable<Uint8Array>): Promise<Holdings> {
  const holdings = new Holdings();
  const memories = new MemoryReader(holdings);
  const postings = new PostingReader(holdings);
  let ordinal = 0;
  let terms = 0;
  let stage = 0;
  for await (const chunk of chunks) {
    const { kind, body } = openChunk(chunk, ordinal);
    stage = nextStage(stage, kind, ordinal++);
    if (kind === "head") {
      memories.expect(body.float64());
      terms = body.float64();
      if (new Uint16Array(body.copy(2))[0] !== BYTE_ORDER) throw new Error("another order of bytes");
      holdings.dictionary.expect(terms);
    }
    if (kind === "terms") {
      while (!body.isAtEnd) {
        holdings.dictionary.restore(body.raw(body.varint()));
        if (holdings.dictionary.span % TERMS_PER_TURN === 0) await otherWork();
      }
    }
    if (kind === "memories") {
      if (holdings.dictionary.span !== terms) throw new Error("terms are missing");
      memories.read(body);
    }
    if (kind === "postings") postings.read(memories.count, body);
    if (kind === "end") {
      if (body.float64() !== memories.count) throw new Error("memories are missing");
      for (const _ of memories.end()) await otherWork();
    }
    if (!body.isAtEnd) throw new Error("a chunk is too long");
    await otherWork();
  }
  if (CHUNK_KINDS[stage] !== "end") throw new Error("chunks are missing");
  return holdings;
}

function openChunk(
  chunk: Uint8Array,
  ordinal: number,
): { readonly kind: ChunkKind; readonly body: ByteReader } {
  const header = new ByteReader(chunk);
  if (header.uint32() !== MAGIC || header.uint8() !== CHECKPOINT_VERSION)
    throw new Error("a chunk is of another version");
  const kind = CHUNK_KINDS[header.uint8()];
  if (kind === undefined || header.uint32() !== ordinal) throw new Error("a chunk is out of order");
  if (header.uint32() !== crc32(chunk.subarray(HEADER_BYTES))) throw new Error("a chunk is damaged");
  return { kind, body: new ByteReader(chunk, HEADER_BYTES) };
}

/** The place of a chunk's kind in their order; one head, at the beginning, and one end, behind which nothing is. */
function nextStage(before: number, kind: ChunkKind, ordinal: number): number {
  const stage = CHUNK_KINDS.indexOf(kind);
  const isInOrder = stage >= before && CHUNK_KINDS[before] !== "end" && (kind === "head") === (ordinal === 0);
  if (!isInOrder) throw new Error("chunks out of order");
  return stage;
}

function otherWork(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
