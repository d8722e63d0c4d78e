/**
 * Every text of the sources that people or models read as an error or as its hint.
 *
 * Where a text is a parameter of a function, the calls of a function of that name are looked at instead, so that factories
 * and what wraps them are followed to the words themselves.
 */
import ts from "typescript";
import { ERRORS } from "../../src/base/errors.ts";
import { placeOf, sourceFiles, walk } from "./source-files.ts";

export interface Message {
  readonly place: string;
  /** The words, with `HOLE` where a value is put in. */
  readonly text: string;
  /** The names of the values that are put in: `limit`, `path`, … */
  readonly values: readonly string[];
}

export const HOLE = "\u{FFFC}";

/** Functions whose arguments become messages by a way that cannot be followed: name and place of the argument. */
const TAKE_MESSAGES: readonly (readonly [string, number])[] = [
  ["reportHint", 1],
  ["refuseWrites", 1],
];
/** Properties that hold one: of options of an error, of a reason that becomes one, of the check of a schema. */
const PROPERTIES: ReadonlySet<string> = new Set(["message", "hint", "error", "reason"]);
/** Methods of schemas whose last argument, beside the check itself, says what is wrong. */
const CHECKS: ReadonlySet<string> = new Set(["regex", "refine"]);

export function allMessages(): readonly Message[] {
  const files = sourceFiles();
  const found = new Map<string, Message>();
  const followed = new Map<string, readonly [string, number]>();
  const collect = (expression: ts.Expression) => {
    for (const part of textsOf(expression)) {
      if ("name" in part) followed.set(`${part.name}/${part.index}`, [part.name, part.index]);
      else found.set(`${part.place} ${part.text}`, part);
    }
  };
  for (const [name, index] of TAKE_MESSAGES) followed.set(`${name}/${index}`, [name, index]);
  for (const file of files) {
    walk(file, (node) => {
      for (const expression of sinksOf(node)) collect(expression);
    });
  }
  // A map hands out what is added while it is gone through: factories that call factories are followed to the end.
  for (const [name, index] of followed.values()) {
    for (const file of files) {
      walk(file, (node) => {
        if (!ts.isCallExpression(node) || nameOf(node.expression) !== name) return;
        const argument = node.arguments[index];
        if (argument !== undefined) collect(argument);
      });
    }
  }
  const table = Object.entries(ERRORS).flatMap(([code, { summary, hint }]) =>
    [summary, hint].flatMap((text) =>
      text === undefined ? [] : [{ place: `ERRORS.${code}`, text, values: [] }],
    ),
  );
  return [...found.values(), ...table];
}

/** The expressions of a node that become a message, a hint or the refusal of a schema. */
function sinksOf(node: ts.Node): readonly ts.Expression[] {
  if (ts.isNewExpression(node) && nameOf(node.expression) === "KeepsakeError") {
    return (node.arguments ?? []).slice(1, 2);
  }
  if (ts.isPropertyAssignment(node) && PROPERTIES.has(node.name.getText())) return [node.initializer];
  if (ts.isShorthandPropertyAssignment(node) && PROPERTIES.has(node.name.text)) return [node.name];
  if (ts.isCallExpression(node) && CHECKS.has(nameOf(node.expression) ?? "")) {
    return node.arguments.slice(1).filter((argument) => !ts.isObjectLiteralExpression(argument));
  }
  return [];
}

/** A parameter that holds the text: which function's, and which one. */
interface Parameter {
  readonly name: string;
  readonly index: number;
}

function textsOf(expression: ts.Expression): readonly (Message | Parameter)[] {
  if (ts.isParenthesizedExpression(expression)) return textsOf(expression.expression);
  if (ts.isStringLiteralLike(expression)) {
    return [{ place: placeOf(expression), text: expression.text, values: [] }];
  }
  if (ts.isTemplateExpression(expression)) {
    const { head, templateSpans } = expression;
    return [
      {
        place: placeOf(expression),
        text: [head.text, ...templateSpans.map(({ literal }) => literal.text)].join(HOLE),
        values: templateSpans.map((span) => lastNameOf(span.expression)),
      },
    ];
  }
  if (ts.isConditionalExpression(expression)) {
    return [...textsOf(expression.whenTrue), ...textsOf(expression.whenFalse)];
  }
  if (
    ts.isBinaryExpression(expression) &&
    expression.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken
  ) {
    return [...textsOf(expression.left), ...textsOf(expression.right)];
  }
  if (ts.isCallExpression(expression)) return returnsOf(expression).flatMap(textsOf);
  return ts.isIdentifier(expression) ? textsOfName(expression) : [];
}

/** What a function of the same file gives back. */
function returnsOf({ expression }: ts.CallExpression): readonly ts.Expression[] {
  const returned: ts.Expression[] = [];
  walk(expression.getSourceFile(), (node) => {
    if (!ts.isFunctionDeclaration(node) || node.name?.text !== nameOf(expression)) return;
    walk(node, (inner) => {
      if (ts.isReturnStatement(inner) && inner.expression !== undefined) returned.push(inner.expression);
    });
  });
  return returned;
}

/** What a name stands for, looked for from the innermost function outwards: a parameter, or a constant. */
function textsOfName(name: ts.Identifier): readonly (Message | Parameter)[] {
  for (let at: ts.Node | undefined = name; at !== undefined; at = at.parent) {
    if (!ts.isFunctionLike(at) && !ts.isSourceFile(at)) continue;
    if (ts.isFunctionLike(at)) {
      const index = at.parameters.findIndex((parameter) => parameter.name.getText() === name.text);
      const owner =
        at.name?.getText() ?? (ts.isVariableDeclaration(at.parent) ? at.parent.name.getText() : "");
      if (index !== -1)
        return owner === "" || ts.isConstructorDeclaration(at) ? [] : [{ name: owner, index }];
    }
    const constant = constantIn(at, name.text);
    if (constant !== undefined) return textsOf(constant);
  }
  return [];
}

function constantIn(scope: ts.Node, name: string): ts.Expression | undefined {
  let found: ts.Expression | undefined;
  walk(scope, (node) => {
    if (ts.isVariableDeclaration(node) && node.name.getText() === name) found ??= node.initializer;
  });
  return found;
}

function nameOf(expression: ts.Expression): string | undefined {
  if (ts.isIdentifier(expression)) return expression.text;
  return ts.isPropertyAccessExpression(expression) ? expression.name.text : undefined;
}

/** `path` of `this.place.path`; the whole text of anything that is not a name. */
function lastNameOf(expression: ts.Expression): string {
  return nameOf(expression) ?? expression.getText();
}
