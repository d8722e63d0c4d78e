/**
 * Holds on to the folder that a path led to, so that another one put in its place is noticed. The store's files were opened
 * in the first one: what is written goes there, or by name into the second, and neither is a whole vault then. While its
 * descriptor is open the system gives its number to no other folder.
 */
import { constants } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { lstat, open } from "node:fs/promises";
import { KeepsakeError } from "../../base/errors.ts";
import type { PrivateFiles } from "../../platform/private-file-access.ts";

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = constants;

export class PinnedFolder {
  readonly #path: string;
  #handle: FileHandle | undefined;

  private constructor(path: string, handle: FileHandle) {
    this.#path = path;
    this.#handle = handle;
  }

  /** @param path - of a folder that was checked */
  static async pin(path: string): Promise<PinnedFolder> {
    return new PinnedFolder(path, await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  }

  /** @throws UNSAFE_PATH when the path leads to another folder, or to none */
  async check(): Promise<void> {
    const [pinned, found] = await Promise.all([
      this.#handle?.stat({ bigint: true }),
      lstat(this.#path, { bigint: true }).catch(() => undefined),
    ]);
    if (pinned !== undefined && found?.dev === pinned.dev && found.ino === pinned.ino) return;
    throw replacedError(this.#path);
  }

  /** Writes into the folder only while it is in its place; @throws UNSAFE_PATH otherwise */
  guarding(files: PrivateFiles): PrivateFiles {
    return {
      ...files,
      replace: async (path, bytes) => {
        await this.check();
        await files.replace(path, bytes);
      },
    };
  }

  async release(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }
}

/** What was put in the place of a vault's folder while the daemon ran is left alone. */
export function replacedError(path: string): KeepsakeError {
  return new KeepsakeError("UNSAFE_PATH", `${path} is not what it was when the daemon started`, {
    hint: 'put the folder back as it was, or stop the daemon, whose process "keepsake status" names: it starts anew with this one',
  });
}
