/** A project's brief as framed text: pinned notes, the newest notes, the last sessions. */
import { dayAndAge } from "../base/shown-values.ts";
import { quoted } from "../base/visible-text.ts";
import type { Result } from "../protocol/method-table.ts";
import type { Memory } from "../protocol/schemas.ts";
import { foldedLabel, foldedLine, framed } from "../base/stored-text.ts";
import { quotedProject, trustMark } from "./labels.ts";

const NOTE_CHARACTERS = 300;
const SESSION_CHARACTERS = 120;

/** @returns a frame of stored text, or one sentence when nothing is stored */
export function briefText(brief: Result<"memory.brief">, now: number, mark: string): string {
  const lines = [
    ...section("Pinned notes", brief.pinned.map(noteLine(now))),
    ...section("Recent notes", brief.recent.map(noteLine(now))),
    ...section(
      "Last sessions",
      brief.sessions.map(({ session, lastAt, turns, opening, trust }) => {
        const name = quoted(foldedLabel(session, SESSION_CHARACTERS));
        const trusted = trust === undefined ? "" : trustMark({ kind: "turn", trust });
        return `- ${dayAndAge(lastAt, now)}, session ${name}, ${turns} turns${trusted}: ${foldedLine(opening, NOTE_CHARACTERS)}`;
      }),
    ),
  ];
  const cut =
    brief.more === true ? "Not all of these notes fit into one answer: memory_search finds the others." : "";
  if (lines.length === 0) return cut || "Nothing is stored here yet.";
  return [framed(lines, mark), cut].filter((part) => part !== "").join("\n");
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`${title}:`, ...lines];
}

function noteLine(now: number) {
  return (memory: Memory): string => {
    const { id, at, project, text } = memory;
    const about = `${dayAndAge(at, now)}, ${quotedProject(project)}${trustMark(memory)}`;
    return `- ${id} ${about}: ${foldedLine(text, NOTE_CHARACTERS)}`;
  };
}
