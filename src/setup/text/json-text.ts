/**
 * Puts entries into a JSON text and takes them out again, without touching a byte of anything else: what is inserted follows the
 * text's own indentation and line ends, and comments stay where they are.
 */
import { parseTree } from "jsonc-parser";
import type { Node, ParseError } from "jsonc-parser";
import { attempt } from "../../base/attempt.ts";
import { closingOf, gapBetween, indentationAt, unitOf, writtenValue } from "./json-layout.ts";
import type { Splice } from "./splices.ts";
import { applySplice, lineEndOf } from "./splices.ts";

/** `strict`: RFC 8259, as a host reads it that refuses anything else. `comments`: also comments and commas at the end. */
export type Dialect = "strict" | "comments";

/** Where one value of ours belongs. */
export interface JsonEntry {
  /** Of the member; of an element, those of its array. */
  readonly keys: readonly string[];
  readonly value: unknown;
  /** A default is there for the host's sake, is put in only where the member is missing, and counts as nobody's. */
  readonly is: "member" | "element" | "default";
}

/** `ParseErrorCode.InvalidCommentToken` of jsonc-parser, a constant enum that only a compiler with all types could read. */
const COMMENT_FAULT = 10;

/** Why a text cannot be changed, as the end of a sentence. */
export class JsonFault extends Error {}

/**
 * @param body - without a byte order mark
 * @returns undefined where there is nothing but white space and comments
 * @throws JsonFault
 */
export function jsonRoot(body: string, dialect: Dialect): Node | undefined {
  if (isBlank(body, dialect)) return undefined;
  const errors: ParseError[] = [];
  const isStrict = dialect === "strict";
  const root = attempt(() =>
    parseTree(body, errors, { disallowComments: isStrict, allowTrailingComma: !isStrict }),
  );
  const isRead = !isStrict || attempt(() => [JSON.parse(body)]) !== undefined;
  if (root === undefined || errors.length > 0 || !isRead) throw new JsonFault(faultWords(body, errors));
  if (root.type !== "object") throw new JsonFault("does not hold a JSON object");
  return root;
}

/** The value below a node by its keys; undefined: there is none. @throws JsonFault when a key is there twice or what is above is no object */
export function nodeAt(root: Node | undefined, keys: readonly string[]): Node | undefined {
  let node = root;
  for (const [place, key] of keys.entries()) {
    if (node === undefined) return undefined;
    if (node.type !== "object") {
      throw new JsonFault(`has no object at ${keys.slice(0, place).join(".")}, where ${key} belongs`);
    }
    const members = (node.children ?? []).filter((member) => member.children?.[0]?.value === key);
    if (members.length > 1) throw new JsonFault(`has ${key} twice in one object`);
    node = members[0]?.children?.[1];
  }
  return node;
}

export interface Insertion {
  readonly splices: readonly Splice[];
  /** The keys of every object and array that had to be made. */
  readonly made: readonly (readonly string[])[];
}

/** @throws JsonFault */
export function insertEntries(body: string, entries: readonly JsonEntry[], dialect: Dialect): Insertion {
  const splices: Splice[] = [];
  const made: (readonly string[])[] = [];
  let text = body;
  for (const entry of entries) {
    const step = insertEntry(text, entry, dialect);
    for (const splice of step.splices) text = applySplice(text, splice);
    splices.push(...step.splices);
    made.push(...step.made);
  }
  return { splices, made };
}

function insertEntry(text: string, entry: JsonEntry, dialect: Dialect): Insertion {
  const root = jsonRoot(text, dialect);
  const containers = entry.is === "element" ? entry.keys : entry.keys.slice(0, -1);
  let depth = containers.length;
  while (depth > 0 && nodeAt(root, containers.slice(0, depth)) === undefined) depth -= 1;
  const found = root && nodeAt(root, containers.slice(0, depth));
  const made = containers.slice(depth).map((_key, place) => containers.slice(0, depth + place + 1));
  if (entry.is === "default" && nodeAt(root, entry.keys) !== undefined) return { splices: [], made: [] };
  const isArray = depth === containers.length && entry.is === "element";
  if (found !== undefined && found.type !== (isArray ? "array" : "object")) {
    const kind = isArray ? "array" : "object";
    throw new JsonFault(`has no ${kind} at ${containers.slice(0, depth).join(".")}`);
  }
  const rest = [...containers.slice(depth), ...(entry.is === "element" ? [] : entry.keys.slice(-1))];
  let value = entry.is === "element" && !isArray ? [entry.value] : entry.value;
  for (const key of rest.slice(1).toReversed()) value = { [key]: value };
  const key = isArray ? undefined : rest[0];
  if (root === undefined || found === undefined) {
    const whole = JSON.stringify(key === undefined ? value : { [key]: value }, null, 2);
    const lineEnd = lineEndOf(text);
    const start = text === "" || text.endsWith("\n") ? "" : lineEnd;
    const inserted = `${start}${whole.replaceAll("\n", lineEnd)}${lineEnd}`;
    return { splices: [{ at: text.length, removed: "", inserted }], made };
  }
  return { splices: insertMember(text, root, found, key, value), made };
}

/** @param key - undefined in an array. @returns from behind to the front, so that places stay right */
function insertMember(
  text: string,
  root: Node,
  container: Node,
  key: string | undefined,
  value: unknown,
): readonly Splice[] {
  const closing = closingOf(container);
  const first = container.children?.[0];
  const last = container.children?.at(-1);
  const from = last === undefined ? container.offset + 1 : last.offset + last.length;
  const { comma, end, endsInLineComment } = gapBetween(text, from, closing);
  const lineEnd = lineEndOf(text);
  const unit = unitOf(text, root);
  const name = key === undefined ? "" : `${JSON.stringify(key)}: `;
  const isOverLines = first === undefined || text.slice(container.offset, first.offset).includes("\n");
  const splices: Splice[] = [];
  if (isOverLines || endsInLineComment) {
    const outer = outerIndentation(text, container);
    const indentation = first === undefined ? outer + unit : indentationAt(text, first.offset);
    const isClosed = text.slice(end, closing).includes("\n");
    const inserted = `${lineEnd}${indentation}${name}${writtenValue(value, unit, indentation, lineEnd)}`;
    splices.push({ at: end, removed: "", inserted: isClosed ? inserted : inserted + lineEnd + outer });
  } else {
    splices.push({ at: end, removed: "", inserted: ` ${name}${JSON.stringify(value)}` });
  }
  if (last !== undefined && comma === undefined) splices.push({ at: from, removed: "", inserted: "," });
  return splices;
}

/** Of the line that a container begins on, whatever else stands on it. */
function outerIndentation(text: string, { offset }: Node): string {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  return /^[ \t]*/.exec(text.slice(start))?.[0] ?? "";
}

/**
 * Takes a member or an element out, with its comma and its line; comments around it stay.
 *
 * @param node - the value, of a text that was parsed as it is
 */
export function removeNode(text: string, node: Node): string {
  const item = node.parent?.type === "property" ? node.parent : node;
  const container = item.parent;
  if (container === undefined) return text;
  const siblings = container.children ?? [];
  const place = siblings.indexOf(item);
  const next = siblings[place + 1];
  const previous = siblings[place - 1];
  const end = item.offset + item.length;
  const after = gapBetween(text, end, next?.offset ?? closingOf(container)).comma;
  const start = previous === undefined ? container.offset + 1 : previous.offset + previous.length;
  const { comma: before, endsInLineComment } = gapBetween(text, start, item.offset);
  // What goes on on the same line would become a part of that comment.
  const isLineNeeded = endsInLineComment && !/^,?[ \t]*\r?\n/.test(text.slice(end));
  const space = isLineNeeded ? 0 : (/(?:\r?\n)?[ \t]*$/.exec(text.slice(0, item.offset))?.[0].length ?? 0);
  const cuts: (readonly [number, number])[] = [[item.offset - space, end]];
  if (after !== undefined) cuts.push([after, after + 1]);
  else if (before !== undefined) cuts.push([before, before + 1]);
  return cuts
    .toSorted(([a], [b]) => b - a)
    .reduce((left, [from, to]) => left.slice(0, from) + left.slice(to), text);
}

/** Whether an object or array holds nothing, not even a comment. */
export function isEmptyNode(text: string, { offset, children = [], ...node }: Node): boolean {
  return children.length === 0 && text.slice(offset + 1, closingOf({ offset, ...node })).trim() === "";
}

function faultWords(body: string, errors: readonly ParseError[]): string {
  const [first] = errors;
  if (first === undefined) return "is not valid JSON";
  const place = `look at line ${lineOf(body, first.offset)}`;
  const fault: number = first.error;
  return fault === COMMENT_FAULT
    ? `has a comment, which its host does not take; ${place}`
    : `is not valid JSON; ${place}`;
}

function isBlank(body: string, dialect: Dialect): boolean {
  if (dialect === "strict") return body.trim() === "";
  const bare = body.replaceAll(/\/\/[^\r\n]*|\/\*[\s\S]*?\*\//g, "");
  return bare.trim() === "";
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}
