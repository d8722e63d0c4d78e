/**
 * Memories as people read them. On a terminal: a line that says where a memory comes from, then its text, wrapped. In a
 * pipe: in lists one memory a line, fields parted by tabs; a whole text as it is stored. Control characters in stored text
 * are always made visible first.
 */
import { quoted, visibleLine, visibleText } from "../../base/visible-text.ts";
import { shortProjectName } from "../../client/projects/project-names.ts";
import type { Hit } from "../../protocol/methods/memory-read-methods.ts";
import type { Memory } from "../../protocol/schemas.ts";
import { USUAL_TRUST } from "../../protocol/words.ts";
import type { Style } from "../context.ts";
import { joinWithin } from "./text-table.ts";
import type { Cell } from "./text-table.ts";
import { wrapText } from "./text-width.ts";
import { formatAge, formatDate, formatTime } from "../../base/shown-values.ts";

export interface MemoryView {
  readonly style: Style;
  readonly width: number;
  /** Columns that lines of keepsake's own words, ids among them, are kept to; in a pipe they are not broken. */
  readonly lineWidth: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Sets off what was searched for in one line. */
  readonly mark?: (line: string) => string;
  /** Whole texts as they are stored, neither wrapped nor indented: for pipes. */
  readonly isVerbatim?: boolean;
}

const INDENT = "  ";
const SEPARATOR = " · ";
/** Begins a line beside a memory: lines of stored text are all indented. */
const ASIDE = "> ";
/** What keepsake itself says in a head: a stored name that says the same is quoted. */
const OWN_WORDS =
  /^(?:no project|note|turn|you|assistant|pinned|muted|superseded|older|current|unverified|imported|by (?:you|an assistant|a hook)|[\d,]+ more alike|(?:expires|expired|written) .*)$/iu;

/** Said of a memory whose origin is not the usual one of its kind: typed by the person, handed over by a hook. */
const ORIGINS = {
  user: "by you",
  assistant: "by an assistant",
  captured: "by a hook",
  imported: "imported",
  unverified: "unverified",
} as const satisfies Record<Memory["trust"], string>;

/** A hit of a search: its head and the stretch that matched. */
export function formatHit(hit: Hit, view: MemoryView): string {
  const explained = hit.parts === undefined ? [] : explainParts(hit.score, hit.parts, view);
  const { before = [], after = [] } = hit.context ?? {};
  return block([
    ...headLines(hit, view, false, hitMarks(hit, view.style)),
    ...before.flatMap((turn) => neighbour(turn, view)),
    ...(hit.request === undefined || before.length > 0 ? [] : aside("you", hit.request.snippet, view)),
    ...body(hit.snippet, view),
    ...(hit.answer === undefined || after.length > 0 ? [] : aside("assistant", hit.answer.snippet, view)),
    ...after.flatMap((turn) => neighbour(turn, view)),
    ...tagLines(hit, view),
    ...explained,
  ]);
}

/** A memory of a list: its head and the beginning of its text. */
export function formatListed(memory: Memory, view: MemoryView): string {
  const lines = body(memory.text, view);
  const shown = lines.length > 3 ? [...lines.slice(0, 3), `${INDENT}${view.style.dim("…")}`] : lines;
  return block([...headLines(memory, view), ...shown, ...tagLines(memory, view)]);
}

/** A memory as a whole. @param isOneOfMany - there are other versions: says when this one was written and whether it holds */
export function formatWhole(memory: Memory, view: MemoryView, isOneOfMany = false): string {
  return block([
    ...headLines(memory, view, isOneOfMany),
    ...wholeText(memory.text, view),
    ...tagLines(memory, view),
  ]);
}

/** Another version of a memory that is shown already: when it was written, whether it holds, and all of it. */
export function formatVersion(version: Memory, view: MemoryView): string {
  const { style } = view;
  const parts = [...versionMarks(version, style), ...otherMarks(version, view)];
  return block([
    ...headOf(parts, version, view),
    ...wholeText(version.text, view),
    ...tagLines(version, view),
  ]);
}

/** One memory a line for pipes: id, time, project, who, text and, of a hit, the other turn of its exchange. */
export function formatTabbed(memory: Memory, ...texts: readonly string[]): string {
  const lines = texts.map((text) => visibleLine(text.replaceAll(/\s+/gu, " ").trim()));
  return `${[memory.id, memory.at, visibleLine(memory.project ?? ""), who(memory), ...lines].join("\t")}\n`;
}

/** A project as people call it. */
export function shortProject(project: string | null): string {
  if (project === null) return "no project";
  return label(shortProjectName(project));
}

/** A stored name beside keepsake's own words: in quotation marks when it could be taken for one of them. */
function label(name: string): string {
  const shown = visibleLine(name);
  const folded = shown.replaceAll(/\s+/gu, " ").trim();
  return folded !== shown || /["\u00B7:]/u.test(shown) || OWN_WORDS.test(shown) ? quoted(shown) : shown;
}

function headLines(
  memory: Memory,
  view: MemoryView,
  isOneOfMany = false,
  marks: readonly Cell[] = [],
): readonly string[] {
  const { style, now } = view;
  const parts: readonly Cell[] = [
    { text: shortProject(memory.project), style: style.bold },
    { text: who(memory) },
    { text: `${formatDate(memory.at)}, ${formatAge(memory.at, now)}`, style: style.dim },
    ...(isOneOfMany ? versionMarks(memory, style) : supersededMark(memory, style)),
    ...otherMarks(memory, view),
    ...marks,
  ];
  return headOf(parts, memory, view);
}

function hitMarks({ copies, older }: Hit, style: Style): readonly Cell[] {
  return [
    ...(older === true ? [{ text: "older", style: style.warn }] : []),
    ...(copies === undefined ? [] : [{ text: `${copies.count} more alike`, style: style.dim }]),
  ];
}

/** The parts and the id behind them; where that is too long for a line, the id is whole on one of its own. */
function headOf(parts: readonly Cell[], { id }: Memory, { style, lineWidth }: MemoryView): readonly string[] {
  const shownId: Cell = { text: id, style: style.dim };
  const whole = joinWithin([...parts, shownId], lineWidth, SEPARATOR, style.dim);
  if (whole.length === 1) return whole;
  return [...joinWithin(parts, lineWidth, SEPARATOR, style.dim), style.dim(id)];
}

/** A version's own time: a correction keeps the time of what it is about. */
function versionMarks(version: Memory, style: Style): readonly Cell[] {
  const mark = supersededMark(version, style);
  const current = { text: "current", style: style.good };
  return [{ text: `written ${formatTime(version.savedAt)}` }, ...(mark.length > 0 ? mark : [current])];
}

function supersededMark({ supersededBy }: Memory, style: Style): readonly Cell[] {
  return supersededBy === undefined ? [] : [{ text: "superseded", style: style.warn }];
}

function otherMarks(memory: Memory, { style, now }: MemoryView): readonly Cell[] {
  const { kind, pinned, muted, expiresAt, trust } = memory;
  return [
    ...(trust === USUAL_TRUST[kind] ? [] : [{ text: ORIGINS[trust], style: style.warn }]),
    ...(pinned ? [{ text: "pinned", style: style.accent }] : []),
    ...(muted === true ? [{ text: "muted", style: style.dim }] : []),
    ...(expiresAt === undefined ? [] : [{ text: expiry(expiresAt, now), style: style.dim }]),
  ];
}

function expiry(expiresAt: string, now: number): string {
  return `${Date.parse(expiresAt) <= now ? "expired" : "expires"} ${formatAge(expiresAt, now)}`;
}

function who({ kind, role, speaker }: Memory): string {
  if (speaker !== undefined) return label(speaker);
  if (role !== undefined) return role === "user" ? "you" : "assistant";
  return kind;
}

function wholeText(text: string, view: MemoryView): readonly string[] {
  return view.isVerbatim === true ? [text.split("\r\n").map(visibleText).join("\r\n")] : body(text, view);
}

function body(text: string, { width, mark = (line) => line }: MemoryView): readonly string[] {
  const shown = visibleText(text.replaceAll("\r\n", "\n")).trimEnd();
  return wrapText(shown, width - INDENT.length).map((line) => (line === "" ? "" : INDENT + mark(line)));
}

function neighbour(turn: Memory, view: MemoryView): readonly string[] {
  return aside(who(turn), turn.text, view);
}

/** What somebody said beside a hit, on two lines at most. */
function aside(speaker: string, said: string, view: MemoryView): readonly string[] {
  const text = `${speaker}: ${visibleLine(said.replaceAll(/\s+/gu, " "))}`;
  const lines = wrapText(text, view.width - INDENT.length - 1);
  const shown = lines.length > 2 ? [lines[0] ?? "", `${lines[1] ?? ""}…`] : lines;
  return shown.map((line, place) => (place === 0 ? ASIDE : INDENT) + view.style.dim(line));
}

function tagLines({ tags }: Memory, view: MemoryView): readonly string[] {
  return tags.length === 0 ? [] : ownLines(tags.map((tag) => `#${visibleLine(tag)}`).join(" "), view);
}

function explainParts(score: number, parts: Readonly<Record<string, number>>, view: MemoryView) {
  const told = Object.entries(parts)
    .toSorted(([, a], [, b]) => Math.abs(b) - Math.abs(a))
    .map(([part, value]) => `${visibleLine(part)} ${value.toFixed(2)}`);
  return ownLines(`score ${score.toFixed(2)} = ${told.join(" + ")}`, view);
}

function ownLines(text: string, { style, lineWidth }: MemoryView): readonly string[] {
  return wrapText(text, lineWidth - INDENT.length).map((line) => INDENT + style.dim(line));
}

function block(lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}
