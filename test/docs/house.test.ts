/** How `src` is divided: what no rule of the linter can say of it as a whole. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { FOLDERS_OF_EQUALS, LAYERS } from "../../scripts/layers.mjs";

const MAX_FILES_OF_A_FOLDER = 18;
const MAX_CHAIN = 14;

const root = fileURLToPath(new URL("../..", import.meta.url));
const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => `src/${path}`);
const imports = new Map(files.map((file) => [file, importsOf(file)]));

describe("the rooms of a layer", () => {
  const folders = Object.keys(LAYERS);

  test.each(folders)("%s: every sub-folder is a room, and every room is there", (folder) => {
    const there = readdirSync(join(root, "src", folder), { withFileTypes: true });
    const rooms = Object.keys(LAYERS[folder]?.rooms ?? {});
    expect(there.map(({ name }) => name)).toEqual(expect.arrayContaining(rooms));
    expect(rooms).toEqual(
      expect.arrayContaining(there.filter((entry) => entry.isDirectory()).map(({ name }) => name)),
    );
  });

  test.each(folders)("%s: no import runs back up", (folder) => {
    expect(circleIn(roomGraph(folder))).toEqual([]);
  });

  test("an import that does is found, however far around it leads", () => {
    expect(circleIn(graphOf({ a: ["b"], b: ["c"], c: ["a"], d: ["a"] }))).toEqual(["a", "b", "c", "a"]);
    expect(circleIn(graphOf({ a: ["b", "c"], b: ["c"], c: [] }))).toEqual([]);
  });
});

test("no file imports itself by way of others", () => {
  expect(circleIn(imports)).toEqual([]);
});

test("the longest chain of imports stays under fifteen files", () => {
  const longest = longestChain(imports);
  expect(longest.length, longest.join("\n")).toBeLessThanOrEqual(MAX_CHAIN);
});

test("a chain is measured to its end", () => {
  expect(longestChain(graphOf({ a: ["b", "c"], b: [], c: ["d"], d: [] }))).toEqual(["a", "c", "d"]);
});

test("a folder holds few files, unless they are equals", () => {
  const full = [...groupedBy(files, (file) => dirname(file))]
    .filter(([, held]) => held.length > MAX_FILES_OF_A_FOLDER)
    .map(([name]) => name);
  expect(full.filter((folder) => !FOLDERS_OF_EQUALS.includes(folder))).toEqual([]);
});

test("every name of a file is there once", () => {
  const twins = [...groupedBy(files, (file) => basename(file)).values()].filter(({ length }) => length > 1);
  expect(twins).toEqual([]);
});

function groupedBy(all: readonly string[], nameOf: (file: string) => string): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const file of all) groups.set(nameOf(file), [...(groups.get(nameOf(file)) ?? []), file]);
  return groups;
}

type Graph = ReadonlyMap<string, readonly string[]>;

function importsOf(file: string): readonly string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(join(root, file), "utf8"));
  return importedFiles
    .map(({ fileName }) => fileName)
    .filter((name) => name.startsWith("."))
    .map((name) => relative(root, join(root, dirname(file), name)));
}

/** The rooms and loose files of one folder, with what they import of each other. */
function roomGraph(folder: string): Graph {
  const inside = `src/${folder}/`;
  const roomOf = (file: string) => file.slice(inside.length).split("/")[0] ?? "";
  const graph = new Map<string, string[]>();
  for (const [file, targets] of imports) {
    if (!file.startsWith(inside)) continue;
    const room = roomOf(file);
    const others = targets.filter((target) => target.startsWith(inside) && roomOf(target) !== room);
    graph.set(room, [...(graph.get(room) ?? []), ...others.map(roomOf)]);
  }
  return graph;
}

function graphOf(edges: Readonly<Record<string, readonly string[]>>): Graph {
  return new Map(Object.entries(edges));
}

/** A circle, its first node again at the end; empty when there is none. */
function circleIn(graph: Graph): readonly string[] {
  const isDone = new Set<string>();
  const visit = (node: string, path: readonly string[]): readonly string[] => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (isDone.has(node)) return [];
    for (const next of graph.get(node) ?? []) {
      const circle = visit(next, [...path, node]);
      if (circle.length > 0) return circle;
    }
    isDone.add(node);
    return [];
  };
  for (const node of graph.keys()) {
    const circle = visit(node, []);
    if (circle.length > 0) return circle;
  }
  return [];
}

function longestChain(graph: Graph): readonly string[] {
  const chains = new Map<string, readonly string[]>();
  const chainFrom = (node: string): readonly string[] => {
    const known = chains.get(node);
    if (known !== undefined) return known;
    const behind = (graph.get(node) ?? []).map(chainFrom);
    const chain = [
      node,
      ...behind.reduce((longest, other) => (other.length > longest.length ? other : longest), []),
    ];
    chains.set(node, chain);
    return chain;
  };
  return [...graph.keys()]
    .map(chainFrom)
    .reduce((longest, chain) => (chain.length > longest.length ? chain : longest), []);
}
