import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readLines } from "../../src/capture/read-lines.ts";
import type { Line } from "../../src/capture/read-lines.ts";

async function* chunked(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function linesOf(bytes: Uint8Array, size = 7, mostBytes = 1_000): Promise<readonly Line[]> {
  const lines: Line[] = [];
  for await (const line of readLines(chunked(bytes, size), mostBytes)) lines.push(line);
  return lines;
}

describe("lines of a byte stream", () => {
  it("are the same however the bytes are cut", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: "binary" }).map((text) => text.toWellFormed().replaceAll(/[\r\n]/g, " "))),
        fc.integer({ min: 1, max: 50 }),
        async (texts, size) => {
          const lines = await linesOf(Buffer.from(texts.map((text) => `${text}\n`).join("")), size);
          expect(lines.map(({ text }) => text)).toEqual(texts);
        },
      ),
    );
  });

  it("end with LF or CR LF, the last one with nothing", async () => {
    const lines = await linesOf(Buffer.from("one\r\ntwo\n\nfour"));
    expect(lines).toEqual([
      { number: 1, text: "one" },
      { number: 2, text: "two" },
      { number: 3, text: "" },
      { number: 4, text: "four" },
    ]);
  });

  it("come without their text when they are over the cap, and the next one is whole", async () => {
    const lines = await linesOf(
      Buffer.from(`${"a".repeat(10)}\n${"b".repeat(11)}\r\n${"c".repeat(5_000)}\nd`),
      64,
      10,
    );
    expect(lines.map(({ text, fault }) => text ?? fault)).toEqual([
      "a".repeat(10),
      "too-long",
      "too-long",
      "d",
    ]);
  });

  it("do not count a carriage return towards the cap", async () => {
    const [line] = await linesOf(Buffer.from(`${"a".repeat(10)}\r\n`), 3, 10);
    expect(line?.text).toBe("a".repeat(10));
  });

  it("come without their text when they are not UTF-8", async () => {
    const lines = await linesOf(Buffer.from([0xff, 0xfe, 0x0a, 0x61, 0x0a]));
    expect(lines).toEqual([
      { number: 1, text: undefined, fault: "not-utf8", bytes: Uint8Array.of(0xff, 0xfe) },
      { number: 2, text: "a" },
    ]);
  });

  it("hold no more of an endless line than the cap and a chunk", async () => {
    let peak = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (let count = 0; count < 200; count += 1) {
        yield new Uint8Array(1 << 20).fill(0x61);
        peak = Math.max(peak, process.memoryUsage().arrayBuffers);
      }
    }
    const before = process.memoryUsage().arrayBuffers;
    for await (const line of readLines(endless(), 1 << 20)) expect(line.fault).toBe("too-long");
    expect(peak - before).toBeLessThan(100 << 20);
  });
});
