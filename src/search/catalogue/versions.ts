/**
 * Which memory supersedes which, by rows. A memory may arrive before the one it supersedes, or outlive it: the older one
 * then has a row with its id and nothing else until it arrives or nothing names it any more.
 *
 * Versions are of one project. What names a memory of another project as the one it supersedes stands beside it and does
 * not take it out of recall, as if the other one were not there: who may see one project only must not learn of versions
 * in others.
 */
import type { Rows } from "./rows.ts";

const NONE: readonly number[] = [];

export class Versions {
  readonly #rows: Rows;
  readonly #older = new Map<number, number>();
  readonly #newer = new Map<number, number[]>();

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  /** A live row supersedes `older`, a row that may not be live. */
  link(row: number, older: number): void {
    this.#older.set(row, older);
    this.#newer.set(older, [...(this.#newer.get(older) ?? []), row]);
  }

  /** @returns the row it superseded, or undefined */
  unlink(row: number): number | undefined {
    const older = this.#older.get(row);
    if (older === undefined) return undefined;
    this.#older.delete(row);
    const rest = (this.#newer.get(older) ?? []).filter((newer) => newer !== row);
    if (rest.length > 0) this.#newer.set(older, rest);
    else this.#newer.delete(older);
    return older;
  }

  /** What superseded `from` supersedes `to` instead: the same memory in another row. */
  move(from: number, to: number): void {
    const newer = this.#newer.get(from);
    if (newer === undefined) return;
    this.#newer.delete(from);
    this.#newer.set(to, newer);
    for (const row of newer) this.#older.set(row, to);
  }

  /** Whether a live memory names it, of whatever project. */
  isNamed(row: number): boolean {
    return this.#newer.has(row);
  }

  isSuperseded(row: number): boolean {
    return this.#newerIn(this.#projectOf(row), row).length > 0;
  }

  /** Whether something saved by `moment` supersedes it. */
  wasSuperseded(row: number, moment: number): boolean {
    const saved = this.#rows.savedAt.array;
    return this.#newerIn(this.#projectOf(row), row).some((newer) => (saved[newer] ?? 0) <= moment);
  }

  /** The newest versions of a memory: more than one where an import brought several of the same. None for a circle. */
  newestOf(row: number): readonly number[] {
    const project = this.#projectOf(row);
    const above = new Set([row]);
    for (const member of above) for (const newer of this.#newerIn(project, member)) above.add(newer);
    return [...above].filter((member) => !this.isSuperseded(member));
  }

  /** The row a memory superseded, live or not. */
  olderOf(row: number): number | undefined {
    return this.#older.get(row);
  }

  /** The row that superseded it last, or undefined. */
  newestOver(row: number): number | undefined {
    const saved = this.#rows.savedAt.array;
    return this.#newerIn(this.#projectOf(row), row)
      .toSorted((a, b) => (saved[b] ?? 0) - (saved[a] ?? 0) || this.#rows.ids.compare(a, b))
      .at(0);
  }

  /** All live rows of its history: each behind the one it supersedes, else as saved. */
  historyOf(row: number): number[] {
    const project = this.#projectOf(row);
    const found = new Set([row]);
    for (const member of found) {
      const older = this.#isLiveIn(project, member) ? this.#older.get(member) : undefined;
      if (older !== undefined) found.add(older);
      for (const newer of this.#newerIn(project, member)) found.add(newer);
    }
    const saved = this.#rows.savedAt.array;
    const live = [...found].filter((member) => this.#isLiveIn(project, member));
    const bySaved = live.toSorted(
      (a, b) => (saved[a] ?? 0) - (saved[b] ?? 0) || this.#rows.compareTold(a, b),
    );
    const ordered = new Set<number>();
    for (const member of bySaved) for (const older of this.#upTo(member, ordered)) ordered.add(older);
    return [...ordered];
  }

  /** A row behind those it supersedes, as far as they are live and not in `ordered` yet. */
  #upTo(row: number, ordered: ReadonlySet<number>): number[] {
    const chain = new Set<number>();
    const project = this.#projectOf(row);
    let member: number | undefined = row;
    while (member !== undefined && this.#isLiveIn(project, member)) {
      if (ordered.has(member) || chain.has(member)) break;
      chain.add(member);
      member = this.#older.get(member);
    }
    return [...chain].toReversed();
  }

  #projectOf(row: number): number | undefined {
    return this.#rows.project.array[row];
  }

  #isLiveIn(project: number | undefined, row: number): boolean {
    return this.#rows.live.array[row] === 1 && this.#projectOf(row) === project;
  }

  /** What names a row as the one it supersedes, of one project. */
  #newerIn(project: number | undefined, row: number): readonly number[] {
    return this.#newer.get(row)?.filter((newer) => this.#projectOf(newer) === project) ?? NONE;
  }
}
