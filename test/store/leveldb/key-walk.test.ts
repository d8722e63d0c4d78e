/** The walk that makes nothing of the entries must stop at exactly what the reader of entries stops at. */
import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { concatBytes } from "../../../src/base/bytes.ts";
import { levelStoreOpener } from "../../../src/store/level-store.ts";
import type { InternalKey } from "../../../src/store/leveldb/internal-key.ts";
import { compareInternalKeys } from "../../../src/store/leveldb/internal-key.ts";
import { KeyWalk } from "../../../src/store/leveldb/key-walk.ts";
import { readBlock, readIndex } from "../../../src/store/leveldb/sorted-table.ts";

process.umask(0o077);

let root: string;
let table: Uint8Array;

/** A table of records of several sizes, some written twice, some removed, with many keys a block. */
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "keepsake-walk-"));
  const folder = join(root, "store");
  const opener = levelStoreOpener({ syncLiveLog: false });
  const keys = Array.from({ length: 300 }, (_, number) =>
    concatBytes(Uint8Array.of(1 + (number % 3)), new Uint8Array(randomBytes(16))),
  );
  for (const create of [true, false, false]) {
    const store = await opener.open(folder, { create });
    await store.batch(keys.map((key, number) => ({ type: "put", key, value: new Uint8Array(number % 40) })));
    await store.batch(keys.slice(0, 50).map((key) => ({ type: "del", key })));
    await store.close();
  }
  const name = (await readdir(folder)).find((each) => each.endsWith(".ldb")) ?? "";
  table = new Uint8Array(await readFile(join(folder, name)));
});
afterAll(async () => {
  await rm(root, { recursive: true });
});

interface Ends {
  readonly first: InternalKey | undefined;
  readonly last: InternalKey | undefined;
}

function walked(bytes: Uint8Array): Ends {
  const walk = new KeyWalk();
  for (const { block } of readIndex(bytes)) walk.walk(bytes, block);
  return { first: walk.first, last: walk.last };
}

function read(bytes: Uint8Array): Ends {
  let first: InternalKey | undefined;
  let last: InternalKey | undefined;
  for (const { block } of readIndex(bytes)) {
    for (const { key } of readBlock(bytes, block)) {
      if (last !== undefined && compareInternalKeys(last, key) >= 0) throw new Error("out of order");
      first ??= key;
      last = key;
    }
  }
  return { first, last };
}

function outcome(look: (bytes: Uint8Array) => Ends, bytes: Uint8Array): Ends | "stopped" {
  try {
    return look(bytes);
  } catch {
    return "stopped";
  }
}

describe("a walk through the keys of a table", () => {
  it("comes to the end of a whole one", () => {
    const { first, last } = walked(table);
    expect(first).toBeDefined();
    expect({ first, last }).toEqual(read(table));
  });

  it("stops at whatever the reader of entries stops at, and at nothing else", () => {
    let stopped = 0;
    let passed = 0;
    const change = fc.tuple(fc.nat({ max: table.length - 1 }), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const changed = table.slice();
        for (const [at, byte] of changes) changed[at] = byte;
        const expected = outcome(read, changed);
        expect(outcome(walked, changed)).toEqual(expected);
        if (expected === "stopped") stopped += 1;
        else passed += 1;
      }),
      { numRuns: 2_000 },
    );
    expect(Math.min(stopped, passed)).toBeGreaterThan(50);
  });

  it.each([
    ["ends too early", [0, 0x80]],
    ["number too large", [0, ...new Uint8Array(9).fill(0xff), 1]],
  ])("stops at a length that is none: %s", (why, entry) => {
    const block = Uint8Array.from([...entry, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(() => new KeyWalk().walk(block, { offset: 0, size: block.length - 5 })).toThrow(why);
  });

  it("takes keys of any length", () => {
    const walk = new KeyWalk();
    expect([walk.first, walk.last]).toEqual([undefined, undefined]);
    const trailer = [1, 0, 0, 0, 0, 0, 0, 0];
    const key = [...new Uint8Array(100).fill(7), ...trailer];
    const block = Uint8Array.from([0, key.length, 0, ...key, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    walk.walk(block, { offset: 0, size: block.length - 5 });
    expect(walk.first?.userKey).toEqual(new Uint8Array(100).fill(7));
    const short = Uint8Array.from([0, 3, 0, 1, 2, 3, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(() => new KeyWalk().walk(short, { offset: 0, size: short.length - 5 })).toThrow("trailer");
  });
});
