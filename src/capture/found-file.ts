/** A file to import, as it was when it was looked at. */
import { join } from "node:path";
import type { ImportFormat } from "./formats.ts";
import type { ZipEntry } from "./files/zip-files.ts";

export interface FoundFile {
  readonly path: string;
  /** Which file of the zip at `path` it is. */
  readonly entry?: ZipEntry;
  /** Size when it was looked at; what is appended later is not read. */
  readonly bytes: number;
  /** Milliseconds since the epoch. */
  readonly modified: number;
  /** When it was made, in milliseconds since the epoch; 0 where that is not known. */
  readonly born: number;
  /** `undefined`: in no format keepsake reads. */
  readonly format: ImportFormat | undefined;
  /** Which of the given paths led to it, from 0. */
  readonly given: number;
  /** Whether it was named, or only lay in a folder. */
  readonly isNamed: boolean;
  /** A zip of which nothing is read, though a folder of what it holds would be. */
  readonly holdsUnread?: boolean;
  /** Markdown that a host keeps for itself; it has no format then. */
  readonly isHostsOwn?: boolean;
  /** It lies outside the folder that was given, and a symbolic link leads to it. */
  readonly isOutside?: boolean;
}

/** A file of a zip is called as if the zip were a folder. */
export function pathOf({ path, entry }: Pick<FoundFile, "path" | "entry">): string {
  return entry === undefined ? path : join(path, entry.fileName);
}
