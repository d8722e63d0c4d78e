/** What is written in the place of the schemas for the programs that are bundled says the same as the schemas. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { plainChecks } from "../../scripts/plain-checks.mjs";
import * as view from "../../src/protocol/client-view.ts";
import { METHODS, METHOD_NAMES } from "../../src/protocol/method-table.ts";
import { PROJECT_ROOT } from "../support/throw-away-home.ts";

const folder = mkdtempSync(join(tmpdir(), "ks-plain-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const plain = await writtenView();

async function writtenView(): Promise<Omit<typeof view, "SCHEMAS">> {
  const outfile = join(folder, "view.mjs");
  await build({
    absWorkingDir: PROJECT_ROOT,
    entryPoints: ["src/protocol/client-view.ts"],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    plugins: [await plainChecks(PROJECT_ROOT)],
    logLevel: "error",
  });
  return (await import(pathToFileURL(outfile).href)) as typeof view;
}

const TEXTS = [
  "text",
  "a1",
  "0123abcd",
  "0".repeat(26),
  "2026-11-29T10:00:00.000Z",
  `${"A".repeat(42)}A`,
  "10",
];
const LEAVES: readonly unknown[] = [...TEXTS, 1, 0, true, null];
/** What stands in the place of a value, or is put beside it. */
const WRONG: readonly unknown[] = [
  undefined,
  null,
  "",
  "\u{1F30A}".repeat(64),
  "\u{1F30A}".repeat(65),
  "x".repeat(1_025),
  "\uD800",
  "line\nline",
  "2026-13-01T00:00:00Z",
  "2026-02-30T00:00:00+01:00",
  "0000-01-01T00:00:00+23:59",
  -1,
  1.5,
  2 ** 53,
  Number.NaN,
  Infinity,
  true,
  [],
  [[]],
  {},
  { other: 1 },
  { constructor: 1 },
];

/** Every way through the unions of a schema, one value each, with all that may be absent. */
function examplesOf(schema: z.core.$ZodType): unknown[] {
  const { def } = schema._zod as { readonly def: z.core.$ZodTypeDef };
  const part = def as unknown as Record<string, z.core.$ZodType>;
  switch (def.type) {
    case "object": {
      const shape = Object.entries(part["shape"] as unknown as Record<string, z.core.$ZodType>);
      const each = shape.map(([key, field]) => [key, examplesOf(field)] as const);
      const most = Math.max(1, ...each.map(([, values]) => values.length));
      return Array.from({ length: most }, (_, at) =>
        Object.fromEntries(each.map(([key, values]) => [key, values[Math.min(at, values.length - 1)]])),
      );
    }
    case "array":
      return [examplesOf(part["element"] as z.core.$ZodType)];
    case "optional":
    case "nullable":
    case "default":
      return examplesOf(part["innerType"] as z.core.$ZodType);
    case "union":
      return (part["options"] as unknown as z.core.$ZodType[]).flatMap(examplesOf);
    case "record": {
      const [key] = examplesOf(part["keyType"] as z.core.$ZodType);
      return [{ [String(key)]: examplesOf(part["valueType"] as z.core.$ZodType)[0] }];
    }
    case "enum":
    case "literal":
      return [...((schema._zod as unknown as { values: Set<unknown> }).values ?? [])].slice(0, 2);
    default:
      return LEAVES.filter((leaf) => z.safeParse(schema, leaf).success).slice(0, 1);
  }
}

/** The value with something wrong in each of its places, one at a time. */
function* spoiled(value: unknown): Generator<unknown> {
  yield* WRONG;
  if (Array.isArray(value)) {
    for (const wrong of spoiled(value[0])) yield [value[0], wrong];
  } else if (typeof value === "object" && value !== null) {
    yield { ...value, unheardOf: 1 };
    yield Object.assign(Object.create({ inherited: 1 }) as object, value);
    for (const [key, held] of Object.entries(value)) {
      const { [key]: _, ...without } = value as Record<string, unknown>;
      yield without;
      for (const wrong of spoiled(held)) yield { ...value, [key]: wrong };
    }
  }
}

function differences(
  schema: z.core.$ZodType,
  read: (value: unknown) => unknown,
): { readonly taken: number; readonly refused: number; readonly differ: readonly string[] } {
  let [taken, refused] = [0, 0];
  const differ: string[] = [];
  for (const example of examplesOf(schema)) {
    for (const value of [example, ...spoiled(example)]) {
      const expected = z.safeParse(schema, value);
      if (expected.success) taken += 1;
      else refused += 1;
      const found = read(value);
      const isSame = expected.success
        ? JSON.stringify(found) === JSON.stringify(expected.data)
        : found === undefined;
      if (!isSame) differ.push(`${JSON.stringify(value)}: ${JSON.stringify(found)}`);
    }
  }
  return { taken, refused, differ };
}

describe("the written view of the method table", () => {
  it("has the same facts of every method", () => {
    expect(plain.METHOD_FACTS).toEqual(JSON.parse(JSON.stringify(view.METHOD_FACTS)));
    expect(Object.keys(plain.METHOD_FACTS)).toEqual(METHOD_NAMES);
  });

  it.each(METHOD_NAMES)("reads a result of %s as the schema does, and nothing else", async (name) => {
    const { taken, refused, differ } = differences(METHODS[name].result, await plain.resultReader(name));
    expect(differ).toEqual([]);
    expect(taken).toBeGreaterThan(0);
    expect(refused).toBeGreaterThan(10);
  });

  it("reads a message of the daemon as the schema does, and nothing else", () => {
    const { taken, refused, differ } = differences(view.SCHEMAS.daemonMessage, plain.daemonMessageIn);
    expect(differ).toEqual([]);
    expect(taken).toBeGreaterThan(2);
    expect(refused).toBeGreaterThan(50);
  });

  it.each(Object.entries(view.SCHEMAS.values))("takes the same for %s", (name, schema) => {
    const values = [...LEAVES, ...WRONG, ...TEXTS.map((text) => [text]), "x".repeat(70_000)];
    for (const value of values)
      expect(plain.isValid(name as Parameters<typeof plain.isValid>[0], value)).toBe(
        schema.safeParse(value).success,
      );
    expect(values.some((value) => schema.safeParse(value).success)).toBe(true);
  });
});
