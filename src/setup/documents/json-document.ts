/** A JSON file of a host in which some entries are ours. */
import { getNodeValue } from "jsonc-parser";
import type { Node } from "jsonc-parser";
import type { Dialect, JsonEntry } from "../text/json-text.ts";
import { JsonFault, insertEntries, isEmptyNode, jsonRoot, nodeAt, removeNode } from "../text/json-text.ts";
import { shiftSplices, withoutMark } from "../text/splices.ts";
import type { HostDocument } from "./host-document.ts";
import { badFileError, spelled } from "./host-document.ts";

export interface JsonDocumentTraits {
  readonly path: string;
  readonly dialect: Dialect;
  readonly entries: readonly JsonEntry[];
  /** An element of an array is ours when this stands in one of its strings. */
  readonly mark: string;
  /** Of the MCP server, where it is in this file. */
  readonly serverKeys?: readonly string[];
}

export function jsonDocument(traits: JsonDocumentTraits): HostDocument {
  const { path, dialect, entries, mark, serverKeys } = traits;
  const ours = entries.filter(({ is }) => is !== "default");
  const reading = <R>(text: string, read: (body: string, root: Node | undefined) => R): R => {
    const { body } = withoutMark(text);
    try {
      return read(body, jsonRoot(body, dialect));
    } catch (error) {
      throw error instanceof JsonFault ? badFileError(path, error.message) : error;
    }
  };
  return {
    path,
    isOwn: false,
    wanted: spelledAll(
      ours.map(({ keys, value, is }): Found => ({ keys, value: is === "element" ? [value] : value })),
    ),
    find: (text) =>
      reading(text, (_body, root) => {
        const found = foundIn(root, ours, mark);
        return found.length === 0 ? undefined : spelledAll(found);
      }),
    insert: (text = "") =>
      reading(text, (body) => {
        const { splices, made } = insertEntries(body, entries, dialect);
        return { splices: shiftSplices(splices, text.length - body.length), made };
      }),
    takeOut: (text, made) =>
      reading(text, (body) => {
        const left = emptied(withoutOurs(body, ours, mark, dialect), made, dialect);
        const root = jsonRoot(left, dialect);
        const defaults = new Set(entries.filter(({ is }) => is === "default").map(({ keys }) => keys[0]));
        const others = root?.children?.filter((member) => !defaults.has(String(member.children?.[0]?.value)));
        const isBare = root === undefined || others?.length === 0;
        return { text: withoutMark(text).mark + left, isBare: isBare && !/\/[/*]/.test(left) };
      }),
    ...(serverKeys !== undefined && {
      server: (text: string) => reading(text, (_body, root) => valueOf(nodeAt(root, serverKeys))),
    }),
  };
}

/** What stands in a file under our names. */
interface Found {
  readonly keys: readonly string[];
  /** Of an array, the elements that are ours. */
  readonly value: unknown;
}

function spelledAll(found: readonly Found[]): string {
  return spelled(
    found.map(({ keys, value }) => [keys, value]).toSorted(([a], [b]) => (spelled(a) < spelled(b) ? -1 : 1)),
  );
}

function foundIn(root: Node | undefined, ours: readonly JsonEntry[], mark: string): readonly Found[] {
  const members = ours
    .filter(({ is }) => is === "member")
    .flatMap(({ keys }) => {
      const node = nodeAt(root, keys);
      return node === undefined ? [] : [{ keys, value: valueOf(node) }];
    });
  const elements = arraysOf(root, ours).flatMap((keys) => {
    const marked = markedIn(nodeAt(root, keys), mark).map(valueOf);
    return marked.length === 0 ? [] : [{ keys, value: marked }];
  });
  return [...members, ...elements];
}

/** Every array beside those that we have elements for: an earlier set-up may have had others. */
function arraysOf(root: Node | undefined, ours: readonly JsonEntry[]): readonly (readonly string[])[] {
  const places = ours.filter(({ is }) => is === "element").map(({ keys }) => keys);
  const [parent] = places.map((keys) => keys.slice(0, -1));
  if (parent === undefined) return [];
  const names = (nodeAt(root, parent)?.children ?? []).map((member) => String(member.children?.[0]?.value));
  const own = places.map((keys) => keys.at(-1) ?? "");
  return [...new Set([...own, ...names])].map((name) => [...parent, name]);
}

function markedIn(node: Node | undefined, mark: string): readonly Node[] {
  return node?.type === "array" ? (node.children ?? []).filter((element) => isMarked(element, mark)) : [];
}

function valueOf(node: Node | undefined): unknown {
  return node && (getNodeValue(node) as unknown);
}

function withoutOurs(body: string, ours: readonly JsonEntry[], mark: string, dialect: Dialect): string {
  let text = body;
  for (;;) {
    const root = jsonRoot(text, dialect);
    const members = ours.filter(({ is }) => is === "member").map(({ keys }) => nodeAt(root, keys));
    const elements = arraysOf(root, ours).flatMap((keys) => markedIn(nodeAt(root, keys), mark));
    const next = [...members, ...elements].find((node) => node !== undefined);
    if (next === undefined) return text;
    text = removeNode(text, next);
  }
}

/** Without the objects and arrays that set-up made, where nothing is in them any more. */
function emptied(body: string, made: readonly (readonly string[])[], dialect: Dialect): string {
  let text = body;
  for (const keys of made.toSorted((a, b) => b.length - a.length)) {
    const node = nodeAt(jsonRoot(text, dialect), keys);
    if (node !== undefined && isEmptyNode(text, node)) text = removeNode(text, node);
  }
  return text;
}

/** An element is ours when every command in it is: one that somebody else's stands in as well is theirs to change. */
function isMarked(element: Node, mark: string): boolean {
  const commands = commandsIn(element);
  return commands.length > 0 && commands.every((command) => command.includes(mark));
}

const COMMAND_KEYS: ReadonlySet<unknown> = new Set(["command", "bash", "powershell"]);

function commandsIn(node: Node): readonly string[] {
  if (node.type === "property" && COMMAND_KEYS.has(node.children?.[0]?.value)) {
    const value: unknown = node.children?.[1]?.value;
    return typeof value === "string" ? [value] : [];
  }
  return (node.children ?? []).flatMap(commandsIn);
}
