/** Lists in parameters: each has a cap, and one over it is refused before an element of it is looked at. */
import { describe, expect, it } from "vitest";
import * as z from "zod";
import type { MethodDefinition } from "../../src/protocol/method.ts";
import { METHODS, METHOD_NAMES } from "../../src/protocol/method-table.ts";
import { helloParams, helloProofParams } from "../../src/protocol/handshake.ts";
import { importEntry } from "../../src/protocol/methods/data-methods.ts";
import { listOf } from "../../src/protocol/schemas.ts";

/** Every list inside a schema, with the way to it. Throws at a kind of schema it cannot look into. */
function listsIn(schema: z.core.$ZodType, path: string): readonly (readonly [string, z.ZodType])[] {
  if (schema instanceof z.ZodObject) {
    return Object.entries(schema.shape).flatMap(([name, member]) => listsIn(member, `${path}.${name}`));
  }
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) {
    return listsIn(schema.unwrap(), path);
  }
  if (schema instanceof z.ZodArray) return [[path, schema], ...listsIn(schema.element, `${path}[]`)];
  const { type } = schema._zod.def;
  if (["string", "number", "boolean", "enum", "literal"].includes(type)) return [];
  throw new Error(`${path}: the walk does not know schemas of type ${type}`);
}

const definitions = METHOD_NAMES.map((name): readonly [string, MethodDefinition] => [name, METHODS[name]]);
const lists = [
  ...definitions.flatMap(([name, { params }]) => listsIn(params, name)),
  ...listsIn(helloParams, "hello"),
  ...listsIn(helloProofParams, "hello.proof"),
  ...listsIn(importEntry, "import"),
];

/** A list that counts how often an element of it is read. */
function watched(length: number): { readonly list: readonly unknown[]; readonly reads: () => number } {
  let reads = 0;
  const list = new Proxy(
    Array.from({ length }, () => ({})),
    {
      get: (target, key, receiver) => {
        if (typeof key === "string" && /^\d+$/.test(key)) reads += 1;
        return Reflect.get(target, key, receiver) as unknown;
      },
    },
  );
  return { list, reads: () => reads };
}

const mostOf = (schema: z.ZodType): number =>
  Number((z.toJSONSchema(schema, { unrepresentable: "any" }) as { maxItems?: number }).maxItems);

describe("lists in the parameters of every method", () => {
  it("are found by the walk", () => {
    const names = lists.map(([path]) => path);
    expect(names).toContain("memory.capture.turns");
    expect(names).toContain("memory.capture.turns[].tags");
    expect(names).toContain("memory.forget.filter.tags");
    expect(names).toContain("client.add.projects");
    expect(names).toContain("hello.versions");
  });

  it.each(lists)("%s has a cap", (_path, schema) => {
    expect(mostOf(schema)).toBeGreaterThan(0);
    expect(mostOf(schema)).toBeLessThanOrEqual(200);
  });

  it.each(lists)("%s is refused at one over its cap without a look at its elements", (_path, schema) => {
    const over = watched(mostOf(schema) + 1);
    const parsed = schema.safeParse(over.list);
    expect(over.reads()).toBe(0);
    expect(parsed.error?.issues).toMatchObject([{ code: "too_big", path: [], maximum: mostOf(schema) }]);
    const full = watched(mostOf(schema));
    expect(schema.safeParse(full.list).success).toBe(false);
    expect(full.reads()).toBeGreaterThanOrEqual(mostOf(schema));
  });
});

describe("a list with a cap", () => {
  it("takes what is a list of its elements, from the least to the most", () => {
    const pair = listOf(z.string(), 2, 1);
    expect(pair.safeParse(["a"]).data).toEqual(["a"]);
    expect(pair.safeParse(["a", "b"]).data).toEqual(["a", "b"]);
    for (const wrong of [[], ["a", "b", "c"], ["a", 1], "ab", { length: 1 }, null]) {
      expect(pair.safeParse(wrong).success).toBe(false);
    }
    expect(listOf(z.string(), 2).safeParse([]).data).toEqual([]);
  });

  it("says its bounds in a JSON schema", () => {
    expect(z.toJSONSchema(listOf(z.string(), 2, 1))).toMatchObject({
      type: "array",
      items: { type: "string" },
      minItems: 1,
      maxItems: 2,
    });
  });

  it("is what cuts off: a cap that is not the first check speaks after a look at every element", () => {
    const over = watched(3);
    const late = z.array(z.string()).refine((list) => list.length <= 2);
    expect(late.safeParse(over.list).success).toBe(false);
    expect(over.reads()).toBe(3);
  });
});
