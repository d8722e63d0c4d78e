/** The working folder of this process, which may be one that was deleted meanwhile. */
import { isAbsolute } from "node:path";

export interface WorkingFolder {
  /** Where it was deleted: where the shell says that it was, or `/`. */
  readonly folder: string;
  readonly isGone: boolean;
}

export function workingFolder(environment: Readonly<Record<string, string | undefined>>): WorkingFolder {
  try {
    return { folder: process.cwd(), isGone: false };
  } catch {
    const { PWD = "" } = environment;
    return { folder: isAbsolute(PWD) ? PWD : "/", isGone: true };
  }
}
