/**
 * Memories with their whole text, their other versions and their neighbours. Texts share one budget: the memories asked for
 * come first, each a fair part of it; what they leave goes to versions and neighbours. A cut text says how much is
 * missing and where the rest is; one memory of the largest size is never cut.
 */
import * as z from "zod";
import { shortAge } from "../../base/shown-values.ts";
import { quoted } from "../../base/visible-text.ts";
import type { Result } from "../../protocol/method-table.ts";
import type { Memory } from "../../protocol/schemas.ts";
import { foldedLabel, prefixedLines, shownText, wellFormedCut } from "../../base/stored-text.ts";
import { roleLabel } from "../labels.ts";

/** Characters of stored text in one answer: more than the largest memory, less than hosts cut off. */
const TEXT_CHARACTERS = 66_000;
const LABEL_CHARACTERS = 200;
const VERSIONS_SHOWN = 20;
const RELATIONS = { version: "other version", before: "before it", after: "after it" } as const;

export type WholeMemory = Result<"memory.get">["memories"][number];

const part = z.strictObject({
  id: z.string(),
  at: z.string(),
  role: z.string(),
  trust: z.string(),
  text: z.string(),
  left_out: z.int().optional(),
});
type Part = z.output<typeof part>;

export const shownMemory = part.extend({
  project: z.string().optional(),
  session: z.string().optional(),
  source: z.string(),
  tags: z.array(z.string()).optional(),
  pinned: z.boolean().optional(),
  muted: z.boolean().optional(),
  expires_at: z.string().optional(),
  supersedes: z.string().optional(),
  superseded_by: z.string().optional(),
  /** Other versions, oldest first; then the turns before and after, each oldest first. */
  related: z.array(part.extend({ as: z.enum(["version", "before", "after"]) })).optional(),
});
export type ShownMemory = z.output<typeof shownMemory>;
type Related = NonNullable<ShownMemory["related"]>[number];

/** The memories as they are shown: escaped and within the budget. */
export function showMemories(memories: readonly WholeMemory[]): readonly ShownMemory[] {
  const texts = memories.map(({ text }) => shownText(text));
  const shares = fairShares(
    texts.map((text) => text.length),
    TEXT_CHARACTERS,
  );
  const spare = TEXT_CHARACTERS - shares.reduce((sum, share) => sum + share, 0);
  const beside = relatedToAll(memories);
  const fitting = besideTexts(beside.flat(), spare);
  return memories.map((memory, position) => {
    const related = (beside[position] ?? []).map(fitting);
    return {
      ...cutPart(memory, texts[position] ?? "", shares[position] ?? 0),
      ...labels(memory),
      ...(related.length > 0 && { related }),
    };
  });
}

/** The lines of one memory: keepsake's own start without a prefix and quote their labels, stored text has a prefix. */
export function memoryLines(memory: ShownMemory, now: number): readonly string[] {
  const facts = [
    `${memory.at} ${shortAge(memory.at, now)}`,
    memory.project === undefined ? "no project" : `project ${quoted(memory.project)}`,
    memory.role,
    memory.session === undefined ? "" : `session ${quoted(memory.session)}`,
    memory.tags === undefined ? "" : `tags ${memory.tags.map(quoted).join(" ")}`,
    `from ${quoted(memory.source)} (${memory.trust})`,
    memory.pinned === true ? "pinned" : "",
    memory.muted === true ? "muted" : "",
    memory.expires_at === undefined ? "" : `expires ${memory.expires_at}`,
    memory.supersedes === undefined ? "" : `supersedes ${memory.supersedes}`,
    memory.superseded_by === undefined ? "" : `superseded by ${memory.superseded_by}`,
  ];
  return [
    `${memory.id} ${facts.filter((fact) => fact !== "").join(", ")}`,
    ...textLines(memory),
    ...(memory.related ?? []).flatMap((one) => [
      `${RELATIONS[one.as]}: ${one.id} ${one.at}, ${one.role} (${one.trust})`,
      ...textLines(one),
    ]),
  ];
}

/** Lets everybody have as much as the one who has most, until `total` is gone. */
export function fairShares(wanted: readonly number[], total: number): readonly number[] {
  const ascending = [...wanted.entries()].toSorted(([, a], [, b]) => a - b);
  const shares = wanted.map(() => 0);
  let left = total;
  for (const [rank, [position, want]] of ascending.entries()) {
    const share = Math.min(want, Math.floor(left / (ascending.length - rank)));
    shares[position] = share;
    left -= share;
  }
  return shares;
}

interface Beside {
  readonly as: Related["as"];
  readonly memory: Memory;
}

/** What of the versions and neighbours is not there, and how to get it; sentences that hold ids and counts alone. */
export function leftOutHints(memory: WholeMemory): readonly string[] {
  const { id, versions = [], versionsLeft, context } = memory;
  const { older, newer } = shownVersions(memory);
  const shown = older.length + newer.length;
  const count = Math.max(0, versions.length - 1 - shown) + (versionsLeft?.count ?? 0);
  const self = versions.findIndex((version) => version.id === id);
  const next =
    versions[self - older.length - 1]?.id ??
    versionsLeft?.older ??
    versions[self + newer.length + 1]?.id ??
    versionsLeft?.newer;
  return [
    count > 0 && next !== undefined ? `${count} more versions of ${id}: get ${next}.` : "",
    context?.more === true ? `More neighbours of ${id} than fit: get an outer one with context.` : "",
  ].filter((sentence) => sentence !== "");
}

/** The versions nearest to the memory: those before it first, then those after it. */
function shownVersions({ id, versions = [] }: WholeMemory) {
  const self = versions.findIndex((version) => version.id === id);
  const older = self === -1 ? [] : versions.slice(Math.max(0, self - VERSIONS_SHOWN), self);
  return { older, newer: versions.slice(self + 1, self + 1 + VERSIONS_SHOWN - older.length) };
}

/** What stands beside each memory; a turn that is there already is not shown again. */
function relatedToAll(memories: readonly WholeMemory[]): readonly (readonly Beside[])[] {
  const shown = new Set(memories.map(({ id }) => id));
  return memories.map((whole) =>
    relatedTo(whole).filter(({ as, memory: { id } }) => {
      const isNew = as === "version" || !shown.has(id);
      if (as !== "version") shown.add(id);
      return isNew;
    }),
  );
}

function relatedTo(whole: WholeMemory): readonly Beside[] {
  const { context } = whole;
  const { older, newer } = shownVersions(whole);
  return [
    ...[...older, ...newer].map((memory) => ({ as: "version" as const, memory })),
    ...(context?.before ?? []).map((memory) => ({ as: "before" as const, memory })),
    ...(context?.after ?? []).map((memory) => ({ as: "after" as const, memory })),
  ];
}

/** Cuts versions and neighbours to their fair share of `spare`. */
function besideTexts(beside: readonly Beside[], spare: number): (one: Beside) => Related {
  const texts = new Map(beside.map((one) => [one, shownText(one.memory.text)]));
  const shares = fairShares(
    beside.map((one) => texts.get(one)?.length ?? 0),
    spare,
  );
  const share = new Map(beside.map((one, position) => [one, shares[position] ?? 0]));
  return (one) => ({ ...cutPart(one.memory, texts.get(one) ?? "", share.get(one) ?? 0), as: one.as });
}

function cutPart(memory: Memory, text: string, characters: number): Part {
  const cut = text.length <= characters ? text : wellFormedCut(text, characters);
  return {
    id: memory.id,
    at: memory.at,
    role: roleLabel(memory),
    trust: memory.trust,
    text: cut,
    ...(cut.length < text.length && { left_out: text.length - cut.length }),
  };
}

function labels(memory: WholeMemory): Omit<ShownMemory, keyof Part> {
  const line = (text: string) => foldedLabel(text, LABEL_CHARACTERS);
  return {
    ...(memory.project !== null && { project: line(memory.project) }),
    ...(memory.session !== undefined && { session: line(memory.session) }),
    source: line(memory.source),
    ...(memory.tags.length > 0 && { tags: memory.tags.map(line) }),
    ...(memory.pinned && { pinned: true }),
    ...(memory.muted === true && { muted: true }),
    ...(memory.expiresAt !== undefined && { expires_at: memory.expiresAt }),
    ...(memory.supersedes !== undefined && { supersedes: memory.supersedes }),
    ...(memory.supersededBy !== undefined && { superseded_by: memory.supersededBy }),
  };
}

function textLines({ id, text, left_out: leftOut }: Part): readonly string[] {
  const lines = text === "" ? [] : prefixedLines(text);
  return leftOut === undefined
    ? lines
    : [...lines, `(${leftOut} characters left out: get ${id} alone, or read memory://entries/${id})`];
}
