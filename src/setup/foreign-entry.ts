/** Words for something under our name that this set-up did not write. */
import { isAbsolute } from "node:path";
import { attempt } from "../base/attempt.ts";
import { KeepsakeError } from "../base/errors.ts";
import type { HostDocument } from "./documents/host-document.ts";
import type { SetupHost } from "./hosts/setup-host.ts";

export interface ForeignEntry {
  readonly document: HostDocument;
  readonly text: string | undefined;
  /** Whether set-up has a record of the file. */
  readonly isRecorded: boolean;
}

/** @param launcher - of this set-up */
export function foreignEntryError(
  { id }: Pick<SetupHost, "id">,
  { document, text, isRecorded }: ForeignEntry,
  launcher: string,
): KeepsakeError {
  const remove = `"keepsake setup ${id} --remove"`;
  return new KeepsakeError("INVALID_CONFIG", `${document.path} ${wordsFor(document, text, launcher)}`, {
    hint: isRecorded
      ? `nothing was changed; ${remove} takes out what an earlier set-up wrote there; what it leaves is yours to remove`
      : `nothing was changed; where set-up ran with another KEEPSAKE_HOME or XDG_CONFIG_HOME, ${remove} with the same takes it out; anything else under that name is yours to remove`,
  });
}

function wordsFor(document: HostDocument, text: string | undefined, launcher: string): string {
  const program = text === undefined ? undefined : programOf(attempt(() => document.server?.(text)));
  if (program !== undefined && isAbsolute(program) && program !== launcher)
    return `starts ${program} under the name keepsake, which is not of this set-up`;
  return document.isOwn
    ? "is not as set-up wrote it"
    : "has something under the name keepsake that set-up did not write";
}

function programOf(server: unknown): string | undefined {
  const { command } = (server ?? {}) as { readonly command?: unknown };
  const program: unknown = Array.isArray(command) ? command[0] : command;
  return typeof program === "string" ? program : undefined;
}
