/** The bytes of a file that is imported, as a stream. */
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { KeepsakeError } from "../../base/errors.ts";
import type { ZipEntry, ZipReader } from "./zip-files.ts";

const READ_BYTES = 256 << 10;

interface Readable {
  readonly path: string;
  /** Which file of the zip at `path` it is. */
  readonly entry?: ZipEntry;
  readonly bytes: number;
}

/** Its bytes up to the size it had when it was found. @throws INVALID_INPUT when they cannot all be read, INTERRUPTED */
export async function* fileChunks(
  { path, entry, bytes }: Readable,
  onBytes: (count: number) => void,
  signal: AbortSignal | undefined,
  zips: ZipReader,
): AsyncGenerator<Uint8Array> {
  if (bytes === 0) return;
  try {
    const chunks = entry === undefined ? plainChunks(path, bytes) : zips.chunks(path, entry);
    for await (const chunk of chunks) {
      signal?.throwIfAborted();
      onBytes(chunk.length);
      yield chunk;
    }
  } catch (cause) {
    if (signal?.aborted === true) throw new KeepsakeError("INTERRUPTED", undefined, { cause });
    throw new KeepsakeError("INVALID_INPUT", "a file could not be read to its end", {
      hint: "look at it, then import it again: nothing is stored twice",
      cause,
    });
  }
}

async function* plainChunks(path: string, bytes: number): AsyncGenerator<Uint8Array> {
  const handle = await open(path, "r");
  yield* createReadStream("", {
    fd: handle,
    end: bytes - 1,
    highWaterMark: READ_BYTES,
  }) as AsyncIterable<Buffer>;
}
