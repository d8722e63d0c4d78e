/** The branch of a conversation that counts: from its newest leaf up to its root, whatever was tried and left beside it. */

export interface Node {
  readonly id: string;
  readonly parent: string | undefined;
  /** How many it names, also those that are not there. */
  readonly children?: number;
  /** Milliseconds since the epoch. */
  readonly at: number | undefined;
  /** A node without one only holds others together. */
  readonly message: unknown;
}

/**
 * From the root down. Each node once, also where parents run in a circle; a parent that is not there ends the way up.
 *
 * @param nodes - in the order of the file: of two leaves of one time the later one counts
 * @param leaf - the one the export names
 */
export function branchTo<N extends Node>(
  nodes: ReadonlyMap<string, N>,
  leaf: string | undefined,
): readonly N[] {
  const branch: N[] = [];
  const seen = new Set<string>();
  let node = (leaf === undefined ? undefined : nodes.get(leaf)) ?? newestLeaf(nodes);
  while (node !== undefined && !seen.has(node.id)) {
    seen.add(node.id);
    branch.push(node);
    node = node.parent === undefined ? undefined : nodes.get(node.parent);
  }
  return branch.toReversed();
}

/**
 * What all branches of a conversation share, from its root down to where it first parts: of one that is cut off nothing tells which
 * branch went on.
 */
export function sharedBranch<N extends Node>(nodes: ReadonlyMap<string, N>): readonly N[] {
  const children = new Map<string | undefined, N[]>();
  for (const each of nodes.values()) {
    const beside = children.get(each.parent);
    if (beside === undefined) children.set(each.parent, [each]);
    else beside.push(each);
  }
  const branch = new Set<N>();
  let node = [...nodes.values()].find(({ parent }) => parent === undefined);
  while (node !== undefined && !branch.has(node)) {
    branch.add(node);
    const next = children.get(node.id) ?? [];
    node = next.length === 1 && (node.children ?? 0) <= 1 ? next[0] : undefined;
  }
  return [...branch];
}

function newestLeaf<N extends Node>(nodes: ReadonlyMap<string, N>): N | undefined {
  const said = [...nodes.values()].filter(({ message }) => message !== undefined);
  const parents = new Set(said.map(({ parent }) => parent));
  const leaves = said.filter(({ id }) => !parents.has(id));
  // Every node is some other one's parent only where all run in circles.
  return (leaves.length > 0 ? leaves : said).reduce<N | undefined>(
    (newest, node) => ((node.at ?? 0) >= (newest?.at ?? 0) ? node : newest),
    undefined,
  );
}
