/** What the catalogue holds, counted: projects, tags and sessions, each in a fixed order. */
import type { Catalogue } from "./catalogue.ts";
import { NO_NAME } from "./names.ts";
import type { Rows } from "./rows.ts";
import type { Scope } from "./scope.ts";
import { BY_ASSISTANT } from "./signs.ts";
import type { SearchIndex, SessionSummary } from "../search-index.ts";

const NO_ROW = -1;

/** Projects of the memories in scope, the one with the newest memory first. */
export function countProjects(
  { rows, projects }: Catalogue,
  { passes }: Scope,
): ReturnType<SearchIndex["projects"]> {
  const counts = new Float64Array(projects.span);
  const lastAt = new Float64Array(projects.span).fill(Number.NEGATIVE_INFINITY);
  for (let row = 0; row < rows.span; row++) {
    if (passes[row] !== 1) continue;
    const project = rows.project.array[row] ?? NO_NAME;
    counts[project] = (counts[project] ?? 0) + 1;
    lastAt[project] = Math.max(lastAt[project] ?? 0, rows.at.array[row] ?? 0);
  }
  return Array.from(counts, (count, code) => ({
    project: code === NO_NAME ? null : (projects.name(code) ?? null),
    count,
    lastAt: lastAt[code] ?? 0,
  }))
    .filter(({ count }) => count > 0)
    .toSorted((a, b) => b.lastAt - a.lastAt || byName(a.project ?? "", b.project ?? ""));
}

/** The projects that a session of that name occurs in. */
export function projectsOfSession(
  { projects, conversations: { codes } }: Catalogue,
  session: string,
): readonly (string | null)[] {
  const named = [...projects.entries()].filter(([code]) => codes.isUsed(code, session));
  return [...(codes.isUsed(NO_NAME, session) ? [null] : []), ...named.map(([, name]) => name)];
}

/** Tags of the memories in scope, the most frequent first. */
export function countTags({ rows, tagSets }: Catalogue, { passes }: Scope): ReturnType<SearchIndex["tags"]> {
  const sets = new Float64Array(tagSets.span);
  for (let row = 0; row < rows.span; row++) {
    if (passes[row] !== 1) continue;
    const code = rows.tags.array[row] ?? NO_NAME;
    sets[code] = (sets[code] ?? 0) + 1;
  }
  const counts = new Map<string, number>();
  for (const [code, count] of sets.entries())
    for (const tag of count === 0 ? [] : tagSets.tags(code)) counts.set(tag, (counts.get(tag) ?? 0) + count);
  return [...counts]
    .map(([tag, count]) => ({ tag, count }))
    .toSorted((a, b) => b.count - a.count || byName(a.tag, b.tag));
}

/** The sessions in scope, the one with the newest turn first. */
export function newestSessions(
  { rows, conversations, projects }: Catalogue,
  { passes }: Scope,
): readonly SessionSummary[] {
  const { codes } = conversations;
  const turns = new Int32Array(codes.span);
  // The rows of each session that stand for it.
  const [first, last, opening, closing] = [noRows(), noRows(), noRows(), noRows()];
  function noRows() {
    return new Int32Array(codes.span).fill(NO_ROW);
  }
  const takeIf = (found: Int32Array, row: number, code: number, isBetter: (other: number) => boolean) => {
    const other = found[code] ?? NO_ROW;
    if (other === NO_ROW || isBetter(other)) found[code] = row;
  };
  for (let row = 0; row < rows.span; row++) {
    const code = conversations.codeOf(row);
    if (passes[row] !== 1 || !codes.isNamed(code)) continue;
    turns[code] = (turns[code] ?? 0) + 1;
    const isLater = (other: number) => rows.compareTold(row, other) > 0;
    takeIf(first, row, code, (other) => !isLater(other));
    takeIf(last, row, code, isLater);
    takeIf(opening, row, code, (other) => opensBefore(rows, row, other));
    if ((rows.signs(row) & BY_ASSISTANT) !== 0) takeIf(closing, row, code, isLater);
  }
  const idAt = (found: Int32Array, code: number) => {
    const row = found[code] ?? NO_ROW;
    return row === NO_ROW ? undefined : rows.ids.text(row);
  };
  return Array.from(turns, (count, code) => ({ code, count }))
    .filter(({ count }) => count > 0)
    .map(({ code, count }) => ({
      session: codes.name(code) ?? "",
      project: projects.name(rows.project.array[last[code] ?? 0] ?? NO_NAME) ?? null,
      lastAt: rows.at.array[last[code] ?? 0] ?? 0,
      turns: count,
      firstId: idAt(first, code) ?? "",
      openingId: idAt(opening, code) ?? "",
      closingId: idAt(closing, code),
    }))
    .toSorted(
      (a, b) => b.lastAt - a.lastAt || byName(a.session, b.session) || byName(a.openingId, b.openingId),
    );
}

/** Whether a session opens with one turn rather than another: a person's, and the earlier one. */
function opensBefore(rows: Rows, row: number, other: number): boolean {
  const byAssistant = rows.signs(row) & BY_ASSISTANT;
  const otherByAssistant = rows.signs(other) & BY_ASSISTANT;
  return byAssistant === otherByAssistant ? rows.compareTold(row, other) < 0 : byAssistant === 0;
}

/** By code units: the same on every machine. */
function byName(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
