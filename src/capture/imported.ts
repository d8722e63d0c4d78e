/** What an import comes to. */
import type { ImportFormat } from "./formats.ts";
import type { SkipReason } from "./skip-counts.ts";
import type { CutText } from "./text/private-text.ts";

export interface ImportSummary {
  readonly files: number;
  /** How many of them lie outside the folders that were given, behind symbolic links. */
  readonly outside: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly rejected: number;
  /** How many of the rejected are versions that would supersede each other in a circle. */
  readonly circular: number;
  /** Stored without being put behind the memory they name: the file was not said to be the person's own. */
  readonly unlinked: number;
  /** Not stored, since their time is over. */
  readonly expired: number;
  /** Not stored, since they were forgotten before. */
  readonly forgotten: number;
  /** Of the stored, sections that took the place of what they said before. */
  readonly replaced: number;
  /** Sections that were changed by hand too, and left as they are. */
  readonly kept: number;
  /** There already, in another project than they would be stored in. */
  readonly elsewhere: number;
  /** Ids of memories whose section, or whose file, is gone; and how many more there are. */
  readonly gone: readonly string[];
  readonly goneLeft: number;
  /** Secrets of what came, new or not: replaced by `[redacted: kind]`, or stored as they are since the person wanted that. */
  readonly redacted: number;
  readonly keptSecrets: number;
  /** The first of them: which file of `files`, from 0, and its line (of keepsake's own) or memory, from 1. */
  readonly rejectedLines: readonly { readonly file: number; readonly line: number }[];
  readonly skipped: Partial<Record<SkipReason, number>>;
  /** What became of the lines of files whose lines are counted; each is one of these. */
  readonly lines: FileLines;
  /**
   * What was cut out of messages and files since it was marked as private, and in how many a mark is not closed or not opened. Of
   * a file whose mark is not closed nothing counts as gone.
   */
  readonly private: Omit<CutText, "text"> & { readonly unclosedFiles: number };
  readonly formats: Partial<Record<ImportFormat, { readonly files: number; readonly stored: number }>>;
  /** Memories read from each file, in the order of `files`. */
  readonly entries: readonly number[];
  /** And what in each was damaged. */
  readonly damaged: readonly number[];
}

export interface FileLines {
  readonly read: number;
  readonly stored: number;
  readonly known: number;
  readonly forgotten: number;
  readonly leftOut: number;
  readonly cut: number;
  readonly damaged: number;
}
