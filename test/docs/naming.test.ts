/** Names that the sources use for one thing only. */
import ts from "typescript";
import { expect, it } from "vitest";
import { placeOf, sourceFiles, walk } from "./source-files.ts";

const files = sourceFiles();

function named(isWrong: (node: ts.Node) => string | undefined): readonly string[] {
  const found: string[] = [];
  for (const file of files) {
    walk(file, (node) => {
      const name = isWrong(node);
      if (name !== undefined) found.push(`${placeOf(node)}: ${name}`);
    });
  }
  return found;
}

it("calls limits MAX_X, MIN_X and X_PER_Y", () => {
  const isOld = /^(MOST|LEAST)_|_(MOST|LEAST|AT_ONCE)$|[a-zB](Most|Least)$/;
  const isNamed = (node: ts.Node) =>
    ts.isVariableDeclaration(node) ||
    ts.isParameter(node) ||
    ts.isPropertySignature(node) ||
    ts.isPropertyAssignment(node) ||
    ts.isPropertyDeclaration(node);
  expect(
    named((node) => {
      // A function that limits something else is named for what it does.
      const name = isNamed(node) ? node.name.getText() : "";
      return isOld.test(name) && !name.endsWith("AtMost") ? name : undefined;
    }),
  ).toEqual([]);
});

it("ends the names of functions that make an error in Error", () => {
  expect(
    named((node) => {
      if (!ts.isFunctionDeclaration(node) || node.name === undefined) return undefined;
      if (node.type?.getText() !== "KeepsakeError") return undefined;
      const name = node.name.text;
      // `withHelp(error, …)` says more about an error that is there already.
      const isAddition = /^with[A-Z]/.test(name) && node.parameters[0]?.name.getText() === "error";
      return name.endsWith("Error") || isAddition ? undefined : name;
    }),
  ).toEqual([]);
});
