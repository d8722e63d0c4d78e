/** Why an import stored nothing, though nothing it was given is stored already. */
import { KeepsakeError } from "../../base/errors.ts";
import type { FoundFile } from "../../capture/found-file.ts";
import type { ImportFormat } from "../../capture/formats.ts";
import type { ImportSummary } from "../../capture/imported.ts";

const OTHER_FORMAT =
  "Markdown is told by the name (.md, .markdown, .mdx); --format markdown reads any text as Markdown";

const UNPACK = "unpack it and import the folder: Markdown and zips inside a zip are not read";

/** @param unknown - in no known format */
export function otherFormatHint(unknown: readonly FoundFile[]): string {
  return unknown.every(({ holdsUnread }) => holdsUnread === true) ? UNPACK : OTHER_FORMAT;
}

/** For files of which none is in a known format. @param asked - the format they were to be read as */
export function unknownFormatError(
  files: readonly FoundFile[],
  asked: ImportFormat | undefined,
): KeepsakeError {
  const hint = otherFormatHint(files);
  return (
    emptyError(files) ??
    hostFilesError(files) ??
    new KeepsakeError("INVALID_INPUT", `${subjectOf(files)} in no format keepsake reads`, {
      hint: asked === undefined || hint === UNPACK ? hint : "only text can be imported",
    })
  );
}

/** For files that were read to their end. */
export function nothingImportedError(
  files: readonly FoundFile[],
  { rejected, expired, skipped }: ImportSummary,
): KeepsakeError {
  const empty = emptyError(files);
  if (empty !== undefined) return empty;
  if (rejected > 0) {
    return nothingError(
      "nothing that was read is a valid entry",
      "correct what was rejected, then import again",
    );
  }
  if (expired > 0) {
    return nothingError(
      "all that was read has expired",
      "take the time it expires at out of the file to store it all the same",
    );
  }
  if (skipped["private-place"] !== undefined) {
    return nothingError(
      "what was read was said where or when you keep things private",
      "what was said meanwhile stays private also after that has ended",
    );
  }
  return nothingError(
    "no message and no note was found",
    "look whether that is the right file; what was left out is counted",
  );
}

function hostFilesError(files: readonly FoundFile[]): KeepsakeError | undefined {
  if (!files.every(({ isHostsOwn }) => isHostsOwn === true)) return undefined;
  return nothingError(
    "there is no conversation in it, only Markdown that the host keeps for itself",
    "name such a file to import it all the same",
  );
}

/** `undefined` when there is a byte in one of them. */
function emptyError(files: readonly FoundFile[]): KeepsakeError | undefined {
  if (files.some(({ bytes }) => bytes > 0)) return undefined;
  return nothingError(`${subjectOf(files)} empty`, "write it anew where it comes from, then import it");
}

function nothingError(what: string, hint: string): KeepsakeError {
  return new KeepsakeError("INVALID_INPUT", `${what}; nothing was stored`, { hint });
}

function subjectOf(files: readonly FoundFile[]): string {
  return files.length === 1 ? "the file is" : `all ${files.length} files are`;
}
