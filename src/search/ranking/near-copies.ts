/**
 * Near-copies: memories that share most of their terms. Of each kind two stay among the first ten and the others move
 * behind them, so that a flood of copies cannot own an answer.
 */
const PLACES = 10;
const MAX_COPIES = 2;

interface Kind {
  readonly terms: ReadonlySet<number>;
  members: number;
}

/**
 * @param likeness - share of their terms that makes two memories of a kind; 0 for never
 * @returns rows ranked best first, with copies moved, and whether the first places could be filled from `ranked`
 */
export function spreadCopies<T extends { readonly row: number }>(
  ranked: readonly T[],
  termsOf: (row: number) => ReadonlySet<number>,
  likeness: number,
): { readonly ranked: readonly T[]; readonly isFilled: boolean } {
  if (likeness === 0) return { ranked, isFilled: true };
  const kinds: Kind[] = [];
  const first: T[] = [];
  const moved: T[] = [];
  let place = 0;
  for (; place < ranked.length && first.length < PLACES; place++) {
    const hit = ranked[place];
    if (hit === undefined) break;
    const terms = termsOf(hit.row);
    const kind = kinds.find((other) => areAlike(other.terms, terms, likeness));
    if (kind === undefined) kinds.push({ terms, members: 1 });
    else kind.members++;
    if (kind !== undefined && kind.members > MAX_COPIES) moved.push(hit);
    else first.push(hit);
  }
  return { ranked: [...first, ...moved, ...ranked.slice(place)], isFilled: first.length === PLACES };
}

/** Whether what two sets have in common is at least `likeness` of all they hold. */
function areAlike(a: ReadonlySet<number>, b: ReadonlySet<number>, likeness: number): boolean {
  const [small, large] = a.size < b.size ? [a, b] : [b, a];
  if (small.size < large.size * likeness) return false;
  let common = 0;
  for (const term of small) if (large.has(term)) common++;
  return common > 0 && common / (a.size + b.size - common) >= likeness;
}
