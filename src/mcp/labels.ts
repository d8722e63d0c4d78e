/**
 * Labels of stored memories beside keepsake's own words: short, on one line, and in quotation marks, so that none of them can
 * be taken for a word of keepsake's.
 */
import { quoted } from "../base/visible-text.ts";
import { shortProjectName, spokenName } from "../client/projects/project-names.ts";
import type { Memory } from "../protocol/schemas.ts";
import { USUAL_TRUST } from "../protocol/words.ts";
import { foldedLabel } from "../base/stored-text.ts";

const NAME_CHARACTERS = 40;

/** A memory's project as people call it. */
export function projectLabel(project: string): string {
  return foldedLabel(shortProjectName(project), NAME_CHARACTERS);
}

/** The same in quotation marks, which tell it from none. */
export function quotedProject(project: string | null): string {
  return project === null ? "no project" : quoted(projectLabel(project));
}

/** As much of its path as tells it from the others, in quotation marks. */
export function quotedWithin(project: string, names: readonly string[]): string {
  return quoted(foldedLabel(spokenName(project, { names }), NAME_CHARACTERS));
}

/** Who said it: `note`, `user`, `assistant`, with the speaker's name in quotation marks when there is one. */
export function roleLabel({ kind, role, speaker }: Pick<Memory, "kind" | "role" | "speaker">): string {
  const said = kind === "note" ? "note" : (role ?? "turn");
  return speaker === undefined ? said : `${said} ${quoted(foldedLabel(speaker, NAME_CHARACTERS))}`;
}

/**
 * Where a memory comes from, when it is not where its kind comes from as a rule: a note that the person did not type, a turn
 * that no hook handed over.
 */
export function trustMark({ kind, trust }: Pick<Memory, "kind" | "trust">): string {
  return trust === USUAL_TRUST[kind] ? "" : ` [${trust}]`;
}
