/**
 * Holds on to the files of an open store: its folder and, in it, the file that a store replaces when it is opened and never
 * after that. Whoever puts another store in the folder's place, or other files into the folder, is noticed. LevelDB's lock
 * is left alone: closing any descriptor of it would give it up. While the descriptors are open the system gives their
 * numbers to nothing else.
 */
import type { BigIntStats } from "node:fs";
import { constants } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { lstat, open } from "node:fs/promises";
import { join } from "node:path";
import { PinnedFolder, replacedError } from "./pinned-folder.ts";

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
/** Names the list of the store's files that counts. */
const CURRENT = "CURRENT";

export class PinnedStore {
  readonly #path: string;
  readonly #folder: PinnedFolder;
  readonly #current: FileHandle;
  /** As it was: its bytes may be overwritten where they are. */
  readonly #found: BigIntStats;

  private constructor(path: string, folder: PinnedFolder, current: FileHandle, found: BigIntStats) {
    this.#path = path;
    this.#folder = folder;
    this.#current = current;
    this.#found = found;
  }

  /** @param path - folder of a store that was just opened; @throws UNSAFE_PATH when it is gone already */
  static async pin(path: string): Promise<PinnedStore> {
    const folder = await PinnedFolder.pin(path).catch(() => {
      throw replacedError(path);
    });
    try {
      const current = await open(join(path, CURRENT), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      return new PinnedStore(path, folder, current, await current.stat({ bigint: true }));
    } catch {
      await folder.release();
      throw replacedError(path);
    }
  }

  /** @throws UNSAFE_PATH when the path leads to another store, or to none */
  async check(): Promise<void> {
    const [found] = await Promise.all([
      lstat(join(this.#path, CURRENT), { bigint: true }).catch(() => undefined),
      this.#folder.check(),
    ]);
    const { dev, ino, mtimeNs } = this.#found;
    if (found?.dev === dev && found.ino === ino && found.mtimeNs === mtimeNs) return;
    throw replacedError(this.#path);
  }

  async release(): Promise<void> {
    await Promise.all([this.#folder.release(), this.#current.close()]);
  }
}
