/** The log format against a writer of its own, and what is left of a log in which a piece is broken. */
import { randomBytes } from "node:crypto";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes, toHex } from "../../../src/base/bytes.ts";
import { readLogRecords } from "../../../src/store/leveldb/log-records.ts";
import { logPiece } from "../support/leveldb-bytes.ts";

const BLOCK = 32_768;
const WHOLE = 1;
const FIRST = 2;
const MIDDLE = 3;
const LAST = 4;

/** As LevelDB writes: a record is cut where a block ends, and the last 6 bytes of a block stay empty. */
function write(records: readonly Uint8Array[]): Uint8Array {
  const log: Uint8Array[] = [];
  let room = BLOCK;
  for (const record of records) {
    let from = 0;
    for (let isFirst = true, isDone = false; !isDone; isFirst = false) {
      if (room < 7) {
        log.push(new Uint8Array(room));
        room = BLOCK;
      }
      const content = record.subarray(from, from + room - 7);
      from += content.length;
      isDone = from === record.length;
      log.push(logPiece(content, isFirst ? (isDone ? WHOLE : FIRST) : isDone ? LAST : MIDDLE));
      room -= 7 + content.length;
    }
  }
  return concatBytes(...log);
}

const random = (length: number) => new Uint8Array(randomBytes(length));

/** What was read, records as text: quick to compare. */
function read(log: Uint8Array): { readonly records: readonly string[]; readonly hasGap: boolean } {
  const { records, hasGap } = readLogRecords(log);
  return { records: records.map((record) => toHex(record)), hasGap };
}

const found = (records: readonly Uint8Array[], hasGap: boolean) => ({
  records: records.map((record) => toHex(record)),
  hasGap,
});

/** Three records of which the second fills the rest of the first block, all of the second and the start of the third. */
const LONG = [random(100), random(70_000), random(50)];

describe("the records of a log", () => {
  it("are those that were written, wherever the blocks cut them", () => {
    expect(read(write(LONG))).toEqual(found(LONG, false));
    expect(read(write([]))).toEqual(found([], false));
    const length = fc.oneof(fc.nat(300), fc.integer({ min: BLOCK - 30, max: BLOCK + 30 }));
    fc.assert(
      fc.property(fc.array(length, { maxLength: 4 }), (lengths) => {
        const records = lengths.map((each) => random(each));
        expect(read(write(records))).toEqual(found(records, false));
      }),
      { numRuns: 20 },
    );
  });

  it("may begin where a header just fits into a block, and not behind", () => {
    for (const left of [5, 6, 7, 8]) {
      const records = [random(BLOCK - 7 - left), random(20)];
      expect(read(write(records))).toEqual(found(records, false));
    }
  });

  it("are read from a view into a larger buffer", () => {
    const log = write([random(10), random(20)]);
    const around = concatBytes(random(3), log, random(3));
    expect(read(around.subarray(3, 3 + log.length))).toEqual(read(log));
  });

  it("are those before the cut of a crash, and there is no gap", () => {
    const log = write(LONG);
    for (const [kept, whole] of [
      [log.length - 1, 2],
      [log.length - 57, 2],
      [log.length - 58, 1],
      [40_000, 1],
      [107, 1],
      [106, 0],
      [6, 0],
    ] as const) {
      expect(read(log.subarray(0, kept))).toEqual(found(LONG.slice(0, whole), false));
    }
  });
});

describe("a log in which a piece is broken", () => {
  const a = random(10);
  const b = random(20);
  const c = random(30);

  function changed(at: number, byte: number): ReturnType<typeof read> {
    const log = write([a, b, c]);
    log[at] = byte;
    return read(log);
  }

  it("loses that piece alone, and has a gap when a whole record stands behind it", () => {
    const [middle, end] = [17, 17 + 27];
    const log = write([a, b, c]);
    for (const part of [0, 3, 7, 26]) {
      expect(changed(middle + part, log[middle + part]! ^ 1)).toEqual(found([a, c], true));
    }
    expect(changed(end, log[end]! ^ 1)).toEqual(found([a, b], false));
  });

  it("loses the rest of the block where nothing says where the next piece begins", () => {
    for (const [at, byte] of [
      [17 + 6, 0],
      [17 + 6, 5],
      [17 + 5, 0xff],
    ] as const) {
      expect(changed(at, byte)).toEqual(found([a], false));
    }
    const [first, second] = [random(BLOCK - 7 - 20), random(10)];
    const log = concatBytes(write([first]), new Uint8Array(20), write([second]));
    expect(read(log)).toEqual(found([first, second], true));
  });

  it("has no record that reaches over the end of a block, whatever its checksum says", () => {
    const log = concatBytes(logPiece(random(BLOCK)), logPiece(a));
    expect(read(log)).toEqual(found([], false));
  });

  it("has no record that goes on behind a lost rest of a block", () => {
    const first = logPiece(a, FIRST);
    const lost = new Uint8Array(BLOCK - first.length);
    const log = concatBytes(first, lost, logPiece(b, LAST), logPiece(c));
    expect(read(log)).toEqual(found([c], true));
  });

  it("has no record of which a part is missing", () => {
    const parts = (...types: readonly number[]) => concatBytes(...types.map((type) => logPiece(a, type)));
    expect(read(parts(LAST, WHOLE))).toEqual(found([a], true));
    expect(read(parts(MIDDLE, LAST, WHOLE))).toEqual(found([a], true));
    expect(read(parts(FIRST, MIDDLE))).toEqual(found([], false));
    expect(read(parts(FIRST, WHOLE, LAST))).toEqual(found([a], false));
    expect(read(parts(FIRST, LAST, LAST))).toEqual(found([concatBytes(a, a)], false));
    const broken = parts(FIRST, MIDDLE, LAST, WHOLE);
    broken[17 + 8]! ^= 1;
    expect(read(broken)).toEqual(found([a], true));
  });
});
