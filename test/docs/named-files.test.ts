/** Pages name files that are there: paths in backticks, and the targets of links. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { ROOT } from "./source-files.ts";

const OURS = /`((?:bin|docs|scripts|src|test)\/[\w./-]+)`/g;
const LINK = /\]\((?!https?:|#)([^)#\s]+)/g;

const pages = [
  ...readdirSync(ROOT).filter((name) => name.endsWith(".md")),
  ...readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name)),
];

function namedIn(page: string, text: string): readonly string[] {
  const paths = [...text.matchAll(OURS)].map(([, path = ""]) => path);
  const targets = [...text.matchAll(LINK)].map(([, target = ""]) => join(dirname(page), target));
  return [...paths, ...targets];
}

it.each(pages)("%s names files that are there", (page) => {
  const named = namedIn(page, readFileSync(join(ROOT, page), "utf8"));
  expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

it("looks at paths and at links", () => {
  const named = namedIn("docs/a.md", "`src/gone.ts`, `npm test`, [b](b.md#here), [c](https://c.example)");
  expect(named).toEqual(["src/gone.ts", "docs/b.md"]);
});
