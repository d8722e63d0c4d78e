import { fc } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { encodeParts, toHex, utf8 } from "../../src/base/bytes.ts";
import type { IdempotencyEntry } from "../../src/policy/idempotency.ts";
import {
  decideIdempotency,
  decodeIdempotencyEntry,
  encodeIdempotencyEntry,
  idempotencyName,
  idempotentPayload,
  newIdempotencyEntry,
} from "../../src/policy/idempotency.ts";

const NOW = Date.UTC(2026, 10, 20);
const mac = Uint8Array.from({ length: 32 }, (_, index) => index);
const result = { id: "0123456789abcdefghjkmnpq00", reused: false };
const entry = newIdempotencyEntry(mac, result, NOW);

describe("decideIdempotency", () => {
  it("goes ahead when there is no entry", () => {
    expect(decideIdempotency(undefined, mac, NOW)).toEqual({ kind: "first" });
  });

  it("gives the first result again for the same payload", () => {
    expect(decideIdempotency(entry, mac.slice(), NOW)).toEqual({ kind: "reuse", result });
  });

  it("refuses another payload, at whichever byte its MAC differs and whatever its length", () => {
    for (let index = 0; index < mac.length; index++) {
      const other = mac.slice();
      other[index] = (other[index] ?? 0) ^ 0x80;
      expect(decideIdempotency(entry, other, NOW)).toEqual({ kind: "conflict" });
    }
    for (const other of [mac.slice(0, 31), Uint8Array.of(...mac, 0), new Uint8Array()]) {
      expect(decideIdempotency(entry, other, NOW)).toEqual({ kind: "conflict" });
    }
  });

  it("keeps an entry for 24 hours and no longer", () => {
    const end = NOW + 24 * 3_600_000;
    expect(decideIdempotency(entry, mac, end - 1).kind).toBe("reuse");
    expect(decideIdempotency(entry, mac, end)).toEqual({ kind: "first" });
    expect(decideIdempotency(entry, new Uint8Array(32), end)).toEqual({ kind: "first" });
  });
});

describe("idempotencyName", () => {
  const spell = (...name: Parameters<typeof idempotencyName>) =>
    toHex(encodeParts(...idempotencyName(...name)));

  it("differs by client, by method and by key", () => {
    const names = [
      spell("claude-code", "memory.save", "key-12345"),
      spell("codex", "memory.save", "key-12345"),
      spell("claude-code", "memory.forget", "key-12345"),
      spell("claude-code", "memory.save", "key-12346"),
    ];
    expect(new Set(names).size).toBe(names.length);
  });

  it("is injective, so that no client can reach another's entry", () => {
    const name = fc.tuple(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" }));
    const property = fc.property(name, name, ([clientA, keyA], [clientB, keyB]) => {
      const isSame = clientA === clientB && keyA === keyB;
      expect(spell(clientA, "memory.save", keyA) === spell(clientB, "memory.save", keyB)).toBe(isSame);
    });
    fc.assert(property);
    expect(spell("ab", "memory.save", "c")).not.toBe(spell("a", "memory.save", "bc"));
  });
});

describe("idempotentPayload", () => {
  const spell = (params: Record<string, unknown>) => new TextDecoder().decode(idempotentPayload(params));

  it("leaves out the key, the confirmation token and what is undefined", () => {
    expect(
      spell({
        text: "a",
        idempotencyKey: "key-12345",
        confirmationToken: "t",
        tags: undefined,
        pinned: false,
      }),
    ).toBe(`{"pinned":false,"text":"a"}`);
  });

  it("is the same for the same params in another order", () => {
    expect(spell({ b: [1, { d: null, c: true }], a: "x" })).toBe(
      spell({ a: "x", b: [1, { c: true, d: null }] }),
    );
  });

  it("keeps a member that is called like a prototype", () => {
    expect(spell(JSON.parse(`{"__proto__": 1}`) as Record<string, unknown>)).toBe(`{"__proto__":1}`);
  });

  it("refuses what JSON cannot say", () => {
    for (const value of [1n, () => 1, Symbol("x"), 1.5, NaN, [undefined]]) {
      expect(() => idempotentPayload({ value })).toThrow(TypeError);
    }
  });
});

describe("idempotency entries", () => {
  it("come back as they were written", () => {
    const entries: fc.Arbitrary<IdempotencyEntry> = fc.record({
      payloadMac: fc.uint8Array({ minLength: 32, maxLength: 32 }),
      result: fc.record({ count: fc.nat(), text: fc.string(), list: fc.array(fc.boolean()) }),
      expiresAt: fc.nat(),
    });
    const property = fc.property(entries, (written) => {
      expect(decodeIdempotencyEntry(encodeIdempotencyEntry(written))).toEqual(written);
    });
    fc.assert(property);
    expect(decodeIdempotencyEntry(encodeIdempotencyEntry(entry))).toEqual(entry);
  });

  it("have one frozen spelling", () => {
    expect(new TextDecoder().decode(encodeIdempotencyEntry(entry))).toBe(
      `{"expiresAt":1795219200000,"payloadMac":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",` +
        `"result":{"id":"0123456789abcdefghjkmnpq00","reused":false},"version":1}`,
    );
  });

  it.each([
    "",
    "{}",
    "null",
    `{"expiresAt":1,"payloadMac":"AA==","result":1,"version":2}`,
    `{"expiresAt":-1,"payloadMac":"AA==","result":1,"version":1}`,
    `{"expiresAt":1,"payloadMac":"A","result":1,"version":1}`,
    `{"expiresAt":1,"payloadMac":"AA==","version":1}`,
    `{"expiresAt":1,"payloadMac":"AA==","result":1,"version":1,"more":1}`,
  ])("are refused as %j", (text) => {
    expect(() => decodeIdempotencyEntry(utf8(text))).toThrow(Error);
  });
});
