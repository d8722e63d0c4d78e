import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { jsonElements } from "../../../src/capture/shapes/json-elements.ts";
import { objectsAtStart } from "../../../src/capture/shapes/json-start.ts";

async function elements(text: string | Uint8Array, size = 7) {
  const bytes = Buffer.from(text);
  const skips: string[] = [];
  const values: unknown[] = [];
  async function* chunks() {
    for (let from = 0; from < bytes.length; from += size)
      yield await Promise.resolve(bytes.subarray(from, from + size));
  }
  for await (const value of jsonElements({ chunks: chunks(), onSkip: (reason) => skips.push(reason) }))
    values.push(value);
  return { values, skips };
}

describe("the elements of a JSON document", () => {
  test.prop([fc.array(fc.jsonValue()), fc.integer({ min: 1, max: 40 })])(
    "are those of its array, wherever its bytes are cut into chunks",
    async (list, size) => {
      const text = JSON.stringify(list);
      expect(await elements(text, size)).toEqual({ values: JSON.parse(text), skips: [] });
    },
  );

  test.prop([fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { minLength: 1 }), fc.nat()])(
    "are all that end before a cut, and something of the one that is cut",
    async (list, at) => {
      const text = JSON.stringify(list);
      const cut = text.slice(0, at % text.length);
      const { values, skips } = await elements(cut);
      const whole = list.filter(
        (_, index) => JSON.stringify(list.slice(0, index + 1)).length - 1 <= cut.length,
      );
      expect(JSON.stringify(values.slice(0, whole.length))).toBe(JSON.stringify(whole));
      expect(values.length - whole.length).toBeLessThanOrEqual(1);
      expect(skips).toEqual(cut === "" ? [] : ["not-json"]);
    },
  );

  it.each([
    ["inside a text", '[{"a":1},{"b":[2,"x', [{ a: 1 }, { b: [2, null] }]],
    ["behind a key", '[{"a":1,"b"', [{ a: 1, b: null }]],
    ["behind a colon", '[{"a":{"b":', [{ a: { b: null } }]],
    ["behind a comma", '[{"a":1},', [{ a: 1 }]],
    ["by a character that does not belong", '[{"a":1},{"b":2,"c":?,"d":4}]', [{ a: 1 }, { b: 2, c: null }]],
  ])("are saved of a document that is cut or damaged %s", async (_, text, values) => {
    const read = await elements(text);
    expect(read.skips).toEqual(["not-json"]);
    expect(read.values).toEqual(values);
  });

  it("end at one that is nested too deep, however deep it goes on", async () => {
    const deep = (levels: number) => `[{"a":1},{"b":${"[".repeat(levels)}1${"]".repeat(levels)}}]`;
    expect((await elements(deep(900), 4_096)).skips).toEqual([]);
    const { values, skips } = await elements(deep(100_000), 4_096);
    expect([values[0], skips]).toEqual([{ a: 1 }, ["not-json"]]);
    expect(JSON.stringify(values.slice(1)).length).toBeLessThan(3_000);
  });

  it("are one where the document is no array, and none in an empty file", async () => {
    expect(await elements('\uFEFF {"a":[1]}')).toEqual({ values: [{ a: [1] }], skips: [] });
    expect(await elements(" \n")).toEqual({ values: [], skips: [] });
    expect(await elements('[{"a":1}\0\0\0]')).toEqual({ values: [{ a: 1 }], skips: [] });
  });

  it("never reach the prototype of anything", async () => {
    const { values } = await elements('[{"__proto__":{"isAdmin":true}}]');
    expect((values[0] as { isAdmin?: boolean }).isAdmin).toBeUndefined();
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });
});

describe("the start of a JSON document", () => {
  it("tells what its objects have, however much comes behind", () => {
    const long = `[{"title":"a","mapping":{"x":{"mapping":1}},"n":[{}],"ok":true},{"b":1,"text":"${"x".repeat(99)}`;
    expect(objectsAtStart(Buffer.from(long))).toEqual([
      { title: "a", mapping: {}, n: [], ok: true },
      { b: 1 },
    ]);
    expect(objectsAtStart(Buffer.from('{"a":{"b":1},"__proto__":2,'))).toEqual([
      Object.defineProperty({ a: {} }, "__proto__", { value: 2, enumerable: true }),
    ]);
    expect(objectsAtStart(Buffer.from("[1,2]"))).toEqual([]);
  });
});

describe("an element over 32 MiB", () => {
  it("ends the reading soon after, and is counted", async () => {
    let read = 0;
    async function* chunks() {
      yield await Promise.resolve(Buffer.from('[{"a":1},{"a":['));
      const chunk = Buffer.alloc(1 << 20, "\n");
      for (; read < 64 << 20; read += chunk.length) yield await Promise.resolve(chunk);
    }
    const skips: string[] = [];
    const given: unknown[] = [];
    for await (const value of jsonElements({ chunks: chunks(), onSkip: (reason) => skips.push(reason) }))
      given.push(value);
    expect([given, skips]).toEqual([[{ a: 1 }], ["too-long"]]);
    expect(read).toBeLessThan(36 << 20);
  });
});
