/** Lines of a byte stream, wherever its chunks are cut; of a line that is too long nothing is kept. */
import { concatBytes } from "./bytes.ts";

const NEWLINE = 0x0a;

/**
 * The bytes of each line without its line feed; `undefined` for a line over `maxBytes`. An empty rest behind the last
 * line feed is not a line.
 */
export async function* splitLines(
  stream: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncIterable<Uint8Array | undefined> {
  let parts: Uint8Array[] = [];
  let length = 0;
  const append = (part: Uint8Array) => {
    length += part.length;
    if (length > maxBytes) parts = [];
    else parts.push(part);
  };
  const take = (): Uint8Array | undefined => {
    const line = length > maxBytes ? undefined : concatBytes(...parts);
    parts = [];
    length = 0;
    return line;
  };
  for await (const chunk of stream) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      append(chunk.subarray(start, end));
      start = end + 1;
      yield take();
    }
    append(chunk.subarray(start));
  }
  if (length > 0) yield take();
}
