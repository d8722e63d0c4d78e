/** The whole lines of a file that still grows: what its host has not finished writing comes the next time. */
import { open, stat } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";

const READ_BYTES = 256 << 10;
/** Readers pass over longer ones, so they need not be held. */
const MAX_LINE_BYTES = 33 << 20;
const NEWLINE = 0x0a;

export interface GrowingFile {
  readonly bytes: number;
  /** Milliseconds since the epoch. */
  readonly modified: number;
  /** When it was made; 0 where that is not known. */
  readonly born: number;
}

/** @returns undefined when there is no file: opening anything else could wait for ever */
export async function growingFile(path: string): Promise<GrowingFile | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true
    ? { bytes: found.size, modified: found.mtimeMs, born: found.birthtimeMs }
    : undefined;
}

/** Where in a file reading goes on. */
export interface ReadFrom {
  /** Where the first line that is not read yet begins, in bytes. */
  readonly offset: number;
  /** Where lines before it begin that are read again first, since they say what holds for those behind. */
  readonly again: readonly number[];
}

export const FROM_START: ReadFrom = { offset: 0, again: [] };

/** @param onLine - told where each line begins, before it is given */
export async function* wholeLines(
  path: string,
  { offset, again }: ReadFrom,
  onLine: (start: number) => void,
): AsyncGenerator<Uint8Array> {
  const file = await open(path, "r");
  try {
    for (const place of again) {
      for await (const { start, line } of linesFrom(file, place)) {
        onLine(start);
        yield line;
        break;
      }
    }
    for await (const { start, line } of linesFrom(file, offset)) {
      onLine(start);
      yield line;
    }
  } finally {
    await file.close();
  }
}

/** How many lines there are, one that is not finished among them; 0 where there is no file. */
export async function countLines(path: string): Promise<number> {
  if ((await growingFile(path)) === undefined) return 0;
  const file = await open(path, "r");
  try {
    let [lines, last] = [0, NEWLINE];
    for await (const chunk of file.createReadStream({ autoClose: false, highWaterMark: READ_BYTES })) {
      const bytes = chunk as Buffer;
      for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, end + 1)) lines += 1;
      last = bytes.at(-1) ?? last;
    }
    return last === NEWLINE ? lines : lines + 1;
  } finally {
    await file.close();
  }
}

/** At most so many bytes that stand before a place in a file. */
export async function bytesBefore(path: string, offset: number, maxBytes: number): Promise<Buffer> {
  const wanted = Math.min(offset, maxBytes);
  const file = await open(path, "r");
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(wanted), 0, wanted, offset - wanted);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function* linesFrom(file: FileHandle, from: number): AsyncGenerator<{ start: number; line: Buffer }> {
  let [start, at] = [from, from];
  let [held, heldBytes]: [Buffer[], number] = [[], 0];
  for (;;) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(READ_BYTES), 0, READ_BYTES, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    const chunk = buffer.subarray(0, bytesRead);
    let cut = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, cut)) {
      const last = chunk.subarray(cut, end + 1);
      const bytes = heldBytes + last.length;
      // Of a line that is too long, its end alone: no reader finds a whole record in it.
      yield { start, line: bytes > MAX_LINE_BYTES ? Buffer.from("\n") : Buffer.concat([...held, last]) };
      start += bytes;
      cut = end + 1;
      [held, heldBytes] = [[], 0];
    }
    const rest = chunk.subarray(cut);
    heldBytes += rest.length;
    if (heldBytes > MAX_LINE_BYTES) held = [];
    else held.push(rest);
  }
}
