import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { FORMATS } from "./formats.ts";

const here = dirname(fileURLToPath(import.meta.url));

describe("a frozen format", () => {
  test.each(FORMATS)("is still what was frozen: $name", async ({ name, make }) => {
    const frozen: unknown = JSON.parse(await readFile(join(here, `${name}.json`), "utf8"));
    expect(await make()).toEqual(frozen);
  });

  test("has a name of its own", () => {
    expect(new Set(FORMATS.map(({ name }) => name)).size).toBe(FORMATS.length);
  });
});
