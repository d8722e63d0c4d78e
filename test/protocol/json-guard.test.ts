import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { utf8 } from "../../src/base/bytes.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { parseJson } from "../../src/protocol/json-guard.ts";
import { codeOf, textOfError } from "../support/codes.ts";
import { processorMs } from "../support/processor-time.ts";

const DEEPEST = LIMITS.jsonDepth;

function nested(depth: number): Uint8Array {
  return utf8("[".repeat(depth) + "]".repeat(depth));
}

function depthOf(value: unknown): number {
  if (value === null || typeof value !== "object") return 0;
  return 1 + Math.max(0, ...Object.values(value).map((member) => depthOf(member)));
}

describe("JSON from a peer", () => {
  test("may be nested as deep as the cap and no deeper", () => {
    expect(codeOf(() => parseJson(nested(DEEPEST)))).toBeUndefined();
    expect(codeOf(() => parseJson(nested(DEEPEST + 1)))).toBe("MALFORMED_REQUEST");
    expect(codeOf(() => parseJson(utf8(`{"a":`.repeat(DEEPEST + 1) + "1" + "}".repeat(DEEPEST + 1))))).toBe(
      "MALFORMED_REQUEST",
    );
  });

  test("may have any number of arrays and objects side by side", () => {
    expect(
      parseJson(utf8(`[${Array.from({ length: 99 }, () => "[]").join(",")}]`), { maxDepth: 2 }),
    ).toHaveLength(99);
    expect(
      parseJson(utf8(`[${Array.from({ length: 99 }, () => "{}").join(",")}]`), { maxDepth: 2 }),
    ).toHaveLength(99);
  });

  test.each([
    ["elements", (count: number) => `[${"0,".repeat(count - 1)}0]`],
    ["members", (count: number) => `{${'"a":0,'.repeat(count - 1)}"a":0}`],
    ["lists in a list", (count: number) => `[${"[],".repeat(count / 2 - 1)}[]]`],
  ])("may hold as many %s as the cap and no more", (_what, json) => {
    const caps = { maxValues: 100 };
    expect(codeOf(() => parseJson(utf8(json(100)), caps))).toBeUndefined();
    expect(codeOf(() => parseJson(utf8(json(102)), caps))).toBe("MALFORMED_REQUEST");
    expect(textOfError(() => parseJson(utf8(json(102)), caps))).toContain("at most 100 values");
    expect(codeOf(() => parseJson(utf8(json(102)), { maxValues: 102 }))).toBeUndefined();
  });

  test("counts no comma inside a string", () => {
    expect(parseJson(utf8(`["${",".repeat(1_000)}"]`), { maxValues: 1 })).toHaveLength(1);
  });

  test("has room for the largest capture there may be", () => {
    const tags = Array.from({ length: LIMITS.tags }, (_, index) => `tag-${index}`);
    const turn = { messageId: "m", role: "user", speaker: "s", text: "a,", at: "2026-01-01T00:00:00Z", tags };
    const turns = Array.from({ length: LIMITS.turnsPerCapture }, () => turn);
    const params = { project: "p", session: "s", turns, idempotencyKey: "12345678" };
    const message = { id: 1, method: "memory.capture", params };
    expect(parseJson(utf8(JSON.stringify(message)))).toEqual(message);
  });

  test("with 340,000 empty objects is refused before any of them is made", () => {
    const bomb = utf8(`[${"{},".repeat(340_000)}{}]`);
    const taken = processorMs(() => {
      for (let round = 0; round < 100; round++) codeOf(() => parseJson(bomb));
    });
    const whole = processorMs(() => {
      for (let round = 0; round < 10; round++) parseJson(bomb, { maxValues: Infinity });
    });
    expect(taken).toBeLessThan(whole);
  });

  test("says what is wrong with it", () => {
    expect(textOfError(() => parseJson(nested(DEEPEST + 1)))).toContain(`at most ${DEEPEST} deep`);
    expect(textOfError(() => parseJson(utf8("{")))).toContain("JSON in UTF-8");
  });

  test("passes deeper when the cap is raised: the cap is what refuses it", () => {
    expect(codeOf(() => parseJson(nested(DEEPEST + 1), { maxDepth: DEEPEST + 1 }))).toBeUndefined();
  });

  test("is refused exactly when its value is nested deeper, whatever its strings hold", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), fc.integer({ min: 0, max: 9 }), (value, cap) => {
        const bytes = utf8(JSON.stringify(value));
        const code = codeOf(() => parseJson(bytes, { maxDepth: cap }));
        expect(code).toBe(depthOf(JSON.parse(JSON.stringify(value))) > cap ? "MALFORMED_REQUEST" : undefined);
      }),
    );
  });

  test("counts no bracket inside a string, nor behind an escaped quote", () => {
    expect(parseJson(utf8(String.raw`["[[[[\"[[[[\\", "{{{"]`), { maxDepth: 1 })).toEqual([
      String.raw`[[[["[[[[\ `.trim(),
      "{{{",
    ]);
  });

  test("with a million open brackets is refused at once and in little memory", () => {
    const bomb = utf8("[".repeat(1_000_000));
    const before = process.memoryUsage();
    for (let round = 0; round < 100; round++) {
      expect(codeOf(() => parseJson(bomb))).toBe("MALFORMED_REQUEST");
    }
    const after = process.memoryUsage();
    expect(after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers).toBeLessThan(
      10 << 20,
    );
  });

  test.each([
    ["a stray continuation byte", Uint8Array.of(0x22, 0x80, 0x22)],
    ["an overlong slash", Uint8Array.of(0x22, 0xc0, 0xaf, 0x22)],
    ["an encoded surrogate", Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22)],
    ["a byte order mark", Uint8Array.of(0xef, 0xbb, 0xbf, 0x31)],
    ["a NUL", utf8("\0")],
    ["two values", utf8("1 2")],
    ["nothing", utf8("")],
  ])("that is %s is refused", (_name, bytes) => {
    expect(codeOf(() => parseJson(bytes))).toBe("MALFORMED_REQUEST");
  });

  test("keeps the last of two members with one name, and makes __proto__ an ordinary one", () => {
    expect(parseJson(utf8('{"a":1,"a":2}'))).toEqual({ a: 2 });
    const parsed = parseJson(
      utf8('{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}}}'),
    );
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
    expect(Object.hasOwn(parsed as object, "__proto__")).toBe(true);
    expect("isAdmin" in {}).toBe(false);
  });

  test("that cannot be parsed is not quoted in the error", () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 8, maxLength: 40 }).map((text) => `canary${text}`),
        fc.nat(8),
        (canary, cut) => {
          const bytes = utf8(`{"text":${JSON.stringify(canary)}`.slice(0, cut === 0 ? undefined : -cut));
          const text = textOfError(() => parseJson(bytes));
          expect(text).toMatch(/^MALFORMED_REQUEST .* undefined$/);
          expect(text).not.toContain(canary);
        },
      ),
    );
  });
});
