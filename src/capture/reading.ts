/** What a reader of a format is given, and what it gives. */
import type { ImportEntry, ImportMark } from "../protocol/methods/data-methods.ts";
import type { CutText } from "./text/private-text.ts";
import type { SkipReason } from "./skip-counts.ts";

/** An entry, or why there is none. */
export type Given = ImportEntry | SkipReason;

/** When a line was written that says no time; milliseconds since the epoch. */
export interface UnknownTime {
  readonly from: number;
  readonly until: number;
  /** The line of the prompt that it answers, or its own when it is one; 0 before the first. */
  readonly promptLine: number;
}

/** @param when - in milliseconds since the epoch, or what is known of it */
export type IsPrivate = (
  where: {
    readonly folder?: string | undefined;
    readonly project?: string | null | undefined;
    readonly session?: string | undefined;
  },
  when: number | UnknownTime,
) => Promise<boolean>;

/** A file to read, and what its memories are to be. */
export interface Reading {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly bytes: number;
  /** For what lies beside it and for ids that only the file's name gives; in a zip, the name in it behind the zip's own. */
  readonly path: string;
  /** Milliseconds since the epoch. */
  readonly modified: number;
  /** When the file was made, in milliseconds since the epoch; 0 where that is not known. */
  readonly born: number;
  /** The project of everything imported; `undefined`: what each line says itself. */
  readonly project: string | null | undefined;
  /** The project of notes whose file says nothing of one. */
  readonly notesProject: string | null;
  /** Where keepsake 0.1.0 put such notes: the project of the folder that the import was started in. */
  readonly formerProjects: readonly (string | null)[];
  /** What the file is known by where it is one that changes. */
  readonly source: string;
  /** The project of a folder that a line names; `undefined` when it names none. */
  readonly projectOf: (folder: string | undefined) => Promise<string | null>;
  /** Whether what is said there and then is private; absent: nothing is. */
  readonly isPrivate?: IsPrivate | undefined;
  /** Of a file whose lines are counted: once for each line that gives no entry. */
  readonly onSkip: (reason: SkipReason) => void;
  /** Called for each line of a file by readers whose lines are counted. */
  readonly onLine?: () => void;
  /**
   * Called while a line is read that says what holds for all lines behind it: who reads on behind it has to give the last line of each
   * kind once more.
   *
   * @param name - of a message, where what holds is that it was the last one
   */
  readonly onState?: (kind: string, name?: string) => void;
  /** Called for each message that something private was cut out of, or that has marks which hide nothing. */
  readonly onCut?: (cut: Omit<CutText, "text">) => void;
}

/** Entries, lines of an export of keepsake's own with their numbers, or what is to be said of the file. */
export type Read = (
  reading: Reading,
) => AsyncIterable<ImportEntry | ImportMark | { readonly json: string; readonly line: number }>;
