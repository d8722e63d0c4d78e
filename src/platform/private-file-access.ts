/** The two calls on files that keys are kept by, passed in so that tests can make each of them fail. */

export interface PrivateFiles {
  /**
   * The bytes of a private file, `undefined` when there is none.
   *
   * @throws UNSAFE_PATH when something else is there or it is over `limitBytes`; whatever the system throws when it
   *   cannot be read
   */
  read(path: string, limitBytes: number): Promise<Uint8Array | undefined>;
  /**
   * Replaces a private file: atomic, and durable once it resolves.
   *
   * @throws UNSAFE_PATH, DISK_FULL, WRITE_FAILED; after the last two the old or the new bytes are in place
   */
  replace(path: string, bytes: Uint8Array): Promise<void>;
}

/** Private files whose writes are held back until they are released; later ones go through. */
export interface DeferredFiles extends PrivateFiles {
  /** Lets later writes through. @returns what the last write would have written; no bytes when there was none */
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
