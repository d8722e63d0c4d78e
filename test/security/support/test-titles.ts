/** The titles of every test in the tree, read from the syntax of the files; nothing is run. */
import { readFileSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";

export interface TestTitle {
  readonly title: string;
  /** It or a group around it never runs: `skip`, `todo`. What a test decides while it runs cannot be seen here. */
  readonly isSkipped: boolean;
}

const TESTS = new Set(["it", "test"]);
const GROUPS = new Set(["describe", "suite"]);
const NEVER = new Set(["skip", "todo"]);

/** By file, relative to `root`, the tests below `root/test`. */
export function readTestTitles(root: string): ReadonlyMap<string, readonly TestTitle[]> {
  const files = readdirSync(join(root, "test"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".test.ts"))
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map(files.map((file) => [relative(root, file), titlesIn(readFileSync(file, "utf8"))]));
}

export function titlesIn(source: string): readonly TestTitle[] {
  const titles: TestTitle[] = [];
  const visit = (node: ts.Node, isInSkipped: boolean): void => {
    let isSkipped = isInSkipped;
    if (ts.isCallExpression(node)) {
      const names = namesOf(node.expression);
      const isNever = names.some((name) => NEVER.has(name));
      if (GROUPS.has(names[0] ?? "")) isSkipped ||= isNever;
      const [title] = node.arguments;
      if (TESTS.has(names[0] ?? "") && title !== undefined && ts.isStringLiteralLike(title)) {
        titles.push({ title: title.text, isSkipped: isInSkipped || isNever });
      }
    }
    ts.forEachChild(node, (child) => {
      visit(child, isSkipped);
    });
  };
  visit(ts.createSourceFile("test.ts", source, ts.ScriptTarget.Latest, true), false);
  return titles;
}

/** `it.skip.each([…])` is `["it", "skip", "each"]`. */
function namesOf(expression: ts.Expression): readonly string[] {
  if (ts.isIdentifier(expression)) return [expression.text];
  if (ts.isPropertyAccessExpression(expression))
    return [...namesOf(expression.expression), expression.name.text];
  if (ts.isCallExpression(expression)) return namesOf(expression.expression);
  return [];
}
