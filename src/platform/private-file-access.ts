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
