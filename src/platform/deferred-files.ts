/** Private files whose writes are held back until they are released; later ones go through. */
import type { PrivateFiles } from "./private-file-access.ts";

export interface DeferredFiles extends PrivateFiles {
  /**
   * Lets later writes through.
   *
   * @returns what the last write would have written; no bytes when there was none
   */
  release(): Uint8Array;
}

export function deferFiles(files: PrivateFiles): DeferredFiles {
  let isHolding = true;
  let held: Uint8Array = new Uint8Array(0);
  return {
    read: (path, limitBytes) => files.read(path, limitBytes),
    replace: async (path, bytes) => {
      if (isHolding) held = bytes;
      else await files.replace(path, bytes);
    },
    release: () => {
      isHolding = false;
      return held;
    },
  };
}
