/**
 * Memories as people read them. On a terminal: a line that says where a memory comes from, then its text, wrapped. In a
 * pipe: in lists one memory a line, fields parted by tabs. Stored text is always made visible first.
 */
import { basename } from "node:path";
import { quoted, visibleLine, visibleText } from "../../base/visible-text.ts";
import type { Hit } from "../../protocol/methods/memory.ts";
import type { Memory } from "../../protocol/schemas.ts";
import type { Style } from "./style.ts";
import { wrapText } from "./text-width.ts";
import { formatAge, formatDate } from "./times.ts";

export interface MemoryView {
  readonly style: Style;
  readonly width: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Sets off what was searched for in one line. */
  readonly mark?: (line: string) => string;
}

const INDENT = "  ";
const OWN_WORDS = new Set(["no project", "note", "turn", "you", "assistant", "pinned", "superseded"]);

/** A hit of a search: its head and the stretch that matched. */
export function formatHit(hit: Hit, view: MemoryView): string {
  const explained = hit.parts === undefined ? [] : [explainParts(hit.score, hit.parts, view.style)];
  return block([
    headLine(hit, view),
    ...(hit.context?.before ?? []).flatMap((turn) => neighbour(turn, view)),
    ...body(hit.snippet, view),
    ...(hit.context?.after ?? []).flatMap((turn) => neighbour(turn, view)),
    ...tagLine(hit, view.style),
    ...explained,
  ]);
}

/** A memory of a list: its head and the beginning of its text. */
export function formatListed(memory: Memory, view: MemoryView): string {
  const lines = body(memory.text, view);
  const shown = lines.length > 3 ? [...lines.slice(0, 3), `${INDENT}${view.style.dim("…")}`] : lines;
  return block([headLine(memory, view), ...shown, ...tagLine(memory, view.style)]);
}

/** A memory as a whole, with what is known of it. */
export function formatWhole(memory: Memory, view: MemoryView): string {
  return block([headLine(memory, view), ...body(memory.text, view), ...tagLine(memory, view.style)]);
}

/** One memory a line for pipes: id, time, project, who, text. */
export function formatTabbed(memory: Memory, text: string): string {
  const line = visibleLine(text.replaceAll(/\s+/gu, " ").trim());
  return `${[memory.id, memory.at, visibleLine(memory.project ?? ""), who(memory), line].join("\t")}\n`;
}

/** The last folder of a project's path, or its whole name. */
export function shortProject(project: string | null): string {
  if (project === null) return "no project";
  return label(project.startsWith("/") ? basename(project) || project : project);
}

/** A stored name beside keepsake's own words: in quotation marks when it could be taken for one of them. */
function label(name: string): string {
  const shown = visibleLine(name);
  return /["·:]/u.test(shown) || OWN_WORDS.has(shown) ? quoted(shown) : shown;
}

function headLine(memory: Memory, { style, now }: MemoryView): string {
  const marks = [
    memory.pinned ? style.accent("pinned") : undefined,
    memory.supersededBy === undefined ? undefined : style.warn("superseded"),
    memory.expiresAt === undefined ? undefined : style.dim(expiry(memory.expiresAt, now)),
  ].filter((mark) => mark !== undefined);
  return [
    style.bold(shortProject(memory.project)),
    who(memory),
    style.dim(`${formatDate(memory.at)}, ${formatAge(memory.at, now)}`),
    ...marks,
    style.dim(memory.id),
  ].join(style.dim(" · "));
}

function expiry(expiresAt: string, now: number): string {
  return `${Date.parse(expiresAt) <= now ? "expired" : "expires"} ${formatAge(expiresAt, now)}`;
}

function who({ kind, role, speaker }: Memory): string {
  if (speaker !== undefined) return label(speaker);
  if (role !== undefined) return role === "user" ? "you" : "assistant";
  return kind;
}

function body(text: string, { width, mark = (line) => line }: MemoryView): readonly string[] {
  const shown = visibleText(text.replaceAll("\r\n", "\n")).trimEnd();
  return wrapText(shown, width - INDENT.length).map((line) => (line === "" ? "" : INDENT + mark(line)));
}

function neighbour(turn: Memory, view: MemoryView): readonly string[] {
  const text = `${who(turn)}: ${visibleLine(turn.text.replaceAll(/\s+/gu, " "))}`;
  const lines = wrapText(text, view.width - INDENT.length - 1);
  const shown = lines.length > 2 ? [lines[0] ?? "", `${lines[1] ?? ""}…`] : lines;
  return shown.map((line) => INDENT + view.style.dim(line));
}

function tagLine({ tags }: Memory, style: Style): readonly string[] {
  return tags.length === 0 ? [] : [INDENT + style.dim(tags.map((tag) => `#${visibleLine(tag)}`).join(" "))];
}

function explainParts(score: number, parts: Readonly<Record<string, number>>, style: Style): string {
  const told = Object.entries(parts)
    .toSorted(([, a], [, b]) => Math.abs(b) - Math.abs(a))
    .map(([part, value]) => `${visibleLine(part)} ${value.toFixed(2)}`);
  return INDENT + style.dim(`score ${score.toFixed(2)} = ${told.join(" + ")}`);
}

function block(lines: readonly string[]): string {
  return `${lines.join("\n")}\n`;
}
