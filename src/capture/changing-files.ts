/**
 * Files that change and are imported again: what the daemon is told of them besides their sections. Before the first file it hears
 * which are coming, so that a text that two of them share stays with both; behind the last, which folders were given as a whole.
 */
import { join, relative } from "node:path";
import type { ImportMark } from "../protocol/methods/data-methods.ts";
import type { OutgoingLine } from "./entry-stream.ts";
import { fileSources, isThere } from "./files/file-sources.ts";

interface GivenFolder {
  readonly path: string;
  /** What it is known by. */
  readonly source: string;
}

export class ChangingFiles {
  readonly nameOf: (path: string) => Promise<string>;
  readonly #folders: readonly GivenFolder[];

  private constructor(nameOf: (path: string) => Promise<string>, folders: readonly GivenFolder[]) {
    this.nameOf = nameOf;
    this.#folders = folders;
  }

  /** @param paths - of folders that were given as a whole */
  static async below(paths: readonly string[]): Promise<ChangingFiles> {
    const nameOf = fileSources();
    const named = paths.map(async (path) => ({ path, source: await nameOf(path) }));
    return new ChangingFiles(nameOf, await Promise.all(named));
  }

  get hasFolders(): boolean {
    return this.#folders.length > 0;
  }

  async *coming(
    files: readonly (readonly [number, { readonly path: string }])[],
  ): AsyncGenerator<OutgoingLine> {
    for (const [index, { path }] of files) {
      yield markLine({ mark: "coming", source: await this.nameOf(path) }, index, 0);
    }
  }

  *allGiven(): Generator<OutgoingLine> {
    for (const { source } of this.#folders) yield markLine({ mark: "folder", source }, 0, 0);
  }

  /**
   * Whether a file that did not come is neither where it is known to be nor in the worktree that was given: one that was only
   * passed over is there.
   */
  async isGone(source: string): Promise<boolean> {
    const places = this.#folders.flatMap((folder) => {
      const below = relative(folder.source, source);
      return below.startsWith("..") ? [] : [join(folder.path, below)];
    });
    for (const place of [source, ...places]) if (await isThere(place)) return false;
    return true;
  }
}

export function markLine({ mark, source }: ImportMark, file: number, line: number): OutgoingLine {
  return { json: JSON.stringify({ mark, source }), file, line, isMark: true };
}
