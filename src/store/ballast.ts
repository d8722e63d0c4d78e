/**
 * A file of no content that holds room on the disk, given up when the disk is full so that a vault can always be opened:
 * opening a store writes its last log out as a table.
 */
import { lstat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { checkPrivateFile, removePrivateFile, replacePrivateFile } from "../platform/private-files.ts";

export const BALLAST_NAME = "ballast";
export const BALLAST_BYTES = 4 << 20;
/** Room that must be left beside a new ballast. */
const SPARE_BYTES = 1 << 20;
const TRIAL_NAME = "trial";
/** Opening a store writes its last log out as a table of up to 2 MiB. */
const TRIAL_BYTES = 3 << 20;

export class Ballast {
  readonly #folder: string;
  readonly #fill: (length: number) => Uint8Array;

  /** @param fill - makes bytes that a compressing file system cannot shrink */
  constructor(folder: string, fill: (length: number) => Uint8Array) {
    this.#folder = folder;
    this.#fill = fill;
  }

  /**
   * Makes the file when it is missing and there is plenty of room beside it.
   *
   * @returns whether it is there now
   * @throws UNSAFE_PATH when something else is in its place
   */
  async ensure(): Promise<boolean> {
    const path = join(this.#folder, BALLAST_NAME);
    const found = await lstat(path).catch(() => undefined);
    if (found !== undefined) {
      checkPrivateFile(found, path);
      if (found.size === BALLAST_BYTES) return true;
    }
    if ((await this.freeBytes()) < BALLAST_BYTES + SPARE_BYTES) return false;
    return replacePrivateFile(path, this.#fill(BALLAST_BYTES)).then(
      () => true,
      () => false,
    );
  }

  /** @returns whether there was a ballast to give up */
  async giveUp(): Promise<boolean> {
    return removePrivateFile(join(this.#folder, BALLAST_NAME));
  }

  /** Room on the disk for files of this user. */
  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.#folder);
    return bavail * bsize;
  }

  /** Whether the disk takes what opening a store may write. */
  async hasRoom(): Promise<boolean> {
    const path = join(this.#folder, TRIAL_NAME);
    try {
      await replacePrivateFile(path, this.#fill(TRIAL_BYTES));
      return await removePrivateFile(path);
    } catch {
      return false;
    }
  }
}
