/**
 * LevelDB's log format, of which its logs and manifests are: blocks of 32 KiB filled with
 *
 *   masked CRC-32C of type and data(4) ‖ length(2) ‖ type(1: whole 1, first 2, middle 3, last 4) ‖ data
 *
 * lowest byte first. A record does not start in the last 6 bytes of a block.
 *
 * What LevelDB itself does with a bad checksum is drop the rest of the block. Here only the bad piece is dropped as long as
 * the pieces behind it are whole.
 */
import { maskedCrc32c } from "./crc32c.ts";

const BLOCK_BYTES = 32 << 10;
const HEADER_BYTES = 7;
/** Types of a piece; 3 is one in the middle of a record. */
const WHOLE = 1;
const FIRST = 2;
const LAST = 4;

export interface LogRecords {
  /** Whole records, in order. */
  readonly records: readonly Uint8Array[];
  /** Whether a whole record stands behind something that is not: a crash leaves only the end unfinished. */
  readonly hasGap: boolean;
}

export function readLogRecords(log: Uint8Array): LogRecords {
  const records: Uint8Array[] = [];
  let parts: Uint8Array[] | undefined;
  let isBroken = false;
  let hasGap = false;
  const finish = (record: Uint8Array) => {
    records.push(record);
    hasGap ||= isBroken;
  };
  for (const piece of pieces(log)) {
    if (piece === "broken") {
      isBroken = true;
      parts = undefined;
      continue;
    }
    const { type, data } = piece;
    if (type === WHOLE) finish(data);
    else if (type === FIRST) parts = [data];
    else if (parts === undefined) isBroken = true;
    else parts.push(data);
    if (type === LAST && parts !== undefined) finish(new Uint8Array(Buffer.concat(parts)));
    if (type === WHOLE || type === LAST) parts = undefined;
  }
  return { records, hasGap };
}

interface Piece {
  readonly type: number;
  readonly data: Uint8Array;
}

function* pieces(log: Uint8Array): Iterable<Piece | "broken"> {
  for (let block = 0; block < log.length; block += BLOCK_BYTES) {
    const end = Math.min(block + BLOCK_BYTES, log.length);
    let offset = block;
    while (end - offset >= HEADER_BYTES) {
      const length = log[offset + 4]! | (log[offset + 5]! << 8);
      const next = offset + HEADER_BYTES + length;
      const type = log[offset + 6]!;
      // The rest of the block says nothing of where its next piece begins.
      if (next > end || type < WHOLE || type > LAST) {
        yield "broken";
        break;
      }
      const view = new DataView(log.buffer, log.byteOffset + offset, 4);
      const isWhole = view.getUint32(0, true) === maskedCrc32c(log.subarray(offset + 6, next));
      yield isWhole ? { type, data: log.subarray(offset + HEADER_BYTES, next) } : "broken";
      offset = next;
    }
  }
}
