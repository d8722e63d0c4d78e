/** The talk of the benchmarks as the stream of an import. */
import { utf8 } from "../../src/base/bytes.ts";
import { importEntry, talk } from "../bench-search/talk.ts";

const CHUNK_BYTES = 256 << 10;

/** A chunk at a time: a million texts are never here at once. */
export async function* importStream(size: number): AsyncIterable<Uint8Array> {
  let chunk = "";
  for (const turn of talk(size)) {
    chunk += `${JSON.stringify(importEntry(turn))}\n`;
    if (chunk.length < CHUNK_BYTES) continue;
    yield utf8(chunk);
    chunk = "";
  }
  if (chunk !== "") yield utf8(chunk);
}
