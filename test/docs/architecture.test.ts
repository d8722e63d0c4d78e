/** The architecture page says what the linter enforces. */
import { readFileSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { renderLayersInto } from "../../scripts/docs/layers-table.ts";
import { LAYERS } from "../../scripts/layers.mjs";

const page = readFileSync(new URL("../../docs/architecture.md", import.meta.url), "utf8");

test("the page's table of layers is the linter's", () => {
  expect(page).toBe(renderLayersInto(page));
});

test("every folder of the sources has a row, and every row a folder", () => {
  const folders = readdirSync(new URL("../../src", import.meta.url));
  expect(Object.keys(LAYERS).toSorted()).toEqual(folders.toSorted());
});

test("a page without the marks is refused", () => {
  expect(() => renderLayersInto("no table")).toThrow("no marks");
});
