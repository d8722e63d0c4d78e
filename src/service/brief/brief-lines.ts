/**
 * A note or a session in one line of a brief. Nothing in it hangs on the time of day: a brief is the same all day, so that what
 * hosts keep of it stays the same, too. Names and what was said stand in quotation marks, which they cannot end.
 */
import { foldedLabel, foldedLine } from "../../base/stored-text.ts";
import { quoted } from "../../base/visible-text.ts";
import { counted } from "../../base/shown-values.ts";
import type { BriefSize } from "../../protocol/methods/memory-read-methods.ts";
import type { Memory, Trust } from "../../protocol/schemas.ts";
import { USUAL_TRUST } from "../../protocol/words.ts";

const NOTE_CHARACTERS: Readonly<Record<BriefSize, number>> = { full: 200, short: 110 };
const SAID_CHARACTERS: Readonly<Record<BriefSize, number>> = { full: 90, short: 50 };
const SESSION_CHARACTERS = 64;
const PROJECT_CHARACTERS = 40;

export interface SessionEnds {
  readonly session: string;
  readonly lastAt: string;
  readonly turns: number;
  readonly opening: string;
  readonly trust?: Trust | undefined;
  readonly closing?: string | undefined;
  readonly closingTrust?: Trust | undefined;
}

/** @param isOfMany - memories of several projects are beside it: says which is its own */
export function noteLine(memory: Memory, size: BriefSize, isOfMany: boolean): string {
  const { id, at, project, trust, text } = memory;
  const label = isOfMany ? `, ${projectLabel(project)}` : "";
  return `- ${id} ${dayOf(at)}${label}${mark(trust, "note")}: ${foldedLine(text, NOTE_CHARACTERS[size])}`;
}

export function sessionLine(ends: SessionEnds, size: BriefSize): string {
  const { session, lastAt, turns, opening, trust, closing, closingTrust } = ends;
  const said = (text: string) => quoted(foldedLabel(text, SAID_CHARACTERS[size]));
  const name = quoted(foldedLabel(session, SESSION_CHARACTERS));
  const began = `began${mark(trust, "turn")} ${said(opening)}`;
  const ended = closing === undefined ? "" : `, ended${mark(closingTrust, "turn")} ${said(closing)}`;
  return `- ${dayOf(lastAt)}, session ${name}, ${counted(turns, "turn")}: ${began}${ended}`;
}

function dayOf(iso: string): string {
  return iso.slice(0, "2026-05-01".length);
}

/** Where it does not come from where its kind comes from as a rule. */
function mark(trust: Trust | undefined, kind: Memory["kind"]): string {
  return trust === undefined || trust === USUAL_TRUST[kind] ? "" : ` [${trust}]`;
}

function projectLabel(project: string | null): string {
  if (project === null) return "no project";
  const folder = project.split(/[\\/]/).findLast((part) => part !== "") ?? project;
  return quoted(foldedLabel(folder, PROJECT_CHARACTERS));
}
