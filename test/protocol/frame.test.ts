import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes, uint32 } from "../../src/base/bytes.ts";
import { LIMITS } from "../../src/base/limits.ts";
import type { Frame, FrameCaps, FrameKind } from "../../src/protocol/frame.ts";
import { FRAME_TYPES, FrameDecoder, encodeFrame } from "../../src/protocol/frame.ts";
import { codeOf, textOfError } from "../support/codes.ts";
import { report, rounds } from "../support/rounds.ts";

const CAPS: FrameCaps = {
  json: LIMITS.frameBytes,
  secret: LIMITS.secretFrameBytes,
  stream: LIMITS.frameBytes,
};
const MALFORMED = rounds({ short: 10_000, long: 1_000_000 });
const KINDS = Object.keys(FRAME_TYPES) as FrameKind[];

function header(length: number, type: number): Uint8Array {
  return concatBytes(uint32(length), Uint8Array.of(type));
}

/** Decodes `bytes` cut at every `sizes` in turn. */
function decode(bytes: Uint8Array, sizes: readonly number[], caps = CAPS): Frame[] {
  const decoder = new FrameDecoder(caps);
  const frames: Frame[] = [];
  for (let offset = 0, turn = 0; offset < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? bytes.length;
    frames.push(...decoder.push(bytes.slice(offset, offset + size)));
    offset += size;
  }
  return frames;
}

describe("frames", () => {
  const frame = fc.record({
    kind: fc.constantFrom(...KINDS),
    body: fc.uint8Array({ minLength: 1, maxLength: 300 }),
  });

  test("come out as they went in, however the bytes are cut", () => {
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }),
        (frames, sizes) => {
          const bytes = concatBytes(...frames.map(({ kind, body }) => encodeFrame(kind, body)));
          expect(decode(bytes, sizes)).toEqual(frames);
        },
      ),
    );
  });

  test("may be empty as a secret or a chunk, not as JSON", () => {
    expect(decode(header(0, 1), [1])).toEqual([{ kind: "secret", body: new Uint8Array(0) }]);
    expect(decode(header(0, 2), [5])).toEqual([{ kind: "stream", body: new Uint8Array(0) }]);
    expect(codeOf(() => decode(header(0, 0), [5]))).toBe("MALFORMED_FRAME");
  });

  test.each(KINDS)(
    "of kind %s are taken at their cap and refused one byte over it, by the header alone",
    (kind) => {
      const decoder = new FrameDecoder(CAPS);
      expect([...decoder.push(header(CAPS[kind], FRAME_TYPES[kind]))]).toEqual([]);
      expect(decoder.isPartial).toBe(true);
      const other = new FrameDecoder(CAPS);
      expect(codeOf(() => [...other.push(header(CAPS[kind] + 1, FRAME_TYPES[kind]))])).toBe(
        "FRAME_TOO_LARGE",
      );
    },
  );

  test("over a cap pass when the cap is raised: the cap is what refuses them", () => {
    const oversized = header(LIMITS.frameBytes + 1, 0);
    const decoder = new FrameDecoder({ ...CAPS, json: LIMITS.frameBytes + 1 });
    expect([...decoder.push(oversized)]).toEqual([]);
    expect(decoder.isPartial).toBe(true);
  });

  test("that announce 4 GiB are refused without holding anything", () => {
    const before = process.memoryUsage().arrayBuffers;
    for (let round = 0; round < 1_000; round++) {
      const decoder = new FrameDecoder(CAPS);
      expect(codeOf(() => [...decoder.push(header(0xffff_ffff, round % 3))])).toBe("FRAME_TOO_LARGE");
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1 << 20);
  });

  test("of a type that does not exist are refused", () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 255 }), (type) => {
        expect(codeOf(() => decode(header(1, type), [5]))).toBe("MALFORMED_FRAME");
      }),
    );
  });

  test("that are malformed say what is wrong with them", () => {
    expect(textOfError(() => decode(header(0, 0), [5]))).toContain("a JSON frame is empty");
    expect(textOfError(() => decode(header(1, 3), [5]))).toContain("must be 0, 1 or 2");
    expect(textOfError(() => decode(header(CAPS.secret + 1, 1), [5]))).toContain(
      `a secret frame may hold at most ${CAPS.secret} bytes`,
    );
  });

  test("leave nothing behind in the chunks they came in, also when the reader stops early", () => {
    const chunk = concatBytes(
      encodeFrame("secret", Uint8Array.of(1, 2, 3)),
      encodeFrame("secret", Uint8Array.of(4, 5, 6)),
    );
    for (const first of new FrameDecoder(CAPS).push(chunk)) {
      expect(first.body).toEqual(Uint8Array.of(1, 2, 3));
      break;
    }
    expect(chunk.every((byte) => byte === 0)).toBe(true);
  });

  test("that are only partly there can be wiped", () => {
    const decoder = new FrameDecoder(CAPS);
    expect([...decoder.push(concatBytes(header(8, 1), Uint8Array.of(7, 7)))]).toEqual([]);
    decoder.wipe();
    expect(decoder.isPartial).toBe(false);
    expect([...decoder.push(encodeFrame("stream", Uint8Array.of(9)))]).toHaveLength(1);
  });

  test(
    "that are malformed, 10,000 of them, end in a code each and do not grow the heap",
    { timeout: 600_000 },
    () => {
      const codes = new Map<string, number>();
      const before = process.memoryUsage();
      fc.assert(
        fc.property(fc.uint8Array({ minLength: 1, maxLength: 64 }), (bytes) => {
          const decoder = new FrameDecoder(CAPS);
          const code = codeOf(() => [...decoder.push(bytes)]) ?? "none";
          codes.set(code, (codes.get(code) ?? 0) + 1);
          decoder.wipe();
        }),
        { numRuns: MALFORMED },
      );
      const after = process.memoryUsage();
      const growth = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers;
      expect(growth).toBeLessThan(50 << 20);
      expect([...codes.keys()].toSorted()).toEqual(["FRAME_TOO_LARGE", "MALFORMED_FRAME", "none"]);
      expect(codes.get("none")).toBeLessThan(MALFORMED / 2);
      report({
        title: "malformed frames given to the decoder",
        done: `${MALFORMED} pieces of random or broken bytes`,
        outcome: `0 crashes, growth ${Math.max(0, Math.round(growth / 2 ** 20))} MiB (less than 50)`,
      });
    },
  );
});
