/** What is passed into a vault from outside. */
import type { ErrorCode } from "../base/errors.ts";
import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { Secret } from "../base/secret.ts";
import type { Randomness } from "../crypto/random.ts";
import type { KeyringFile } from "../keys/keyring-file.ts";
import type { PrivateFiles } from "../platform/private-file-access.ts";
import type { Ballast } from "../store/ballast.ts";
import type { StoreEntry, StoreOpener } from "../store/record-store.ts";
import type { AnchorFile } from "./written/anchor.ts";
import type { InboxTallyFile } from "./written/inbox-tally.ts";

/** A file of entries that a program here sealed by itself. */
export interface DropFile {
  readonly name: string;
  readonly entries: readonly StoreEntry[];
  /** What the entries take in the inbox. */
  readonly bytes: number;
}

/** The drop folder. */
export interface Drops {
  /** Turns that the last look found and that are not in the inbox, what they will take there, and what is not ours to take. */
  readonly counts: { readonly turns: number; readonly bytes: number; readonly setAside: number };
  /**
   * Reads the files that wait, one at a time.
   *
   * @param isWanted - whether a file is read again of which it is known what its entries take
   * @returns whether everything that may be ours was read
   * @throws what `visit` throws
   */
  each(isWanted: (bytes: number) => boolean, visit: (file: DropFile) => Promise<void>): Promise<boolean>;
  /** It is not ours to take: it stays where it is, and is not looked at again. */
  refuse(name: string, code: ErrorCode): void;
  /** Removes files whose entries the inbox has, durably. One that cannot be removed is set aside. */
  remove(names: readonly string[]): Promise<void>;
}

export interface VaultDeps {
  readonly folder: string;
  /** Why nothing may be written, whatever state the vault is in; `undefined` where it may be. */
  readonly readOnly: string | undefined;
  /** @throws UNSAFE_PATH when another folder is there now */
  readonly checkFolder: () => Promise<void>;
  readonly opener: StoreOpener;
  readonly ballast: Ballast;
  readonly files: PrivateFiles;
  readonly keyringFile: KeyringFile;
  readonly anchorFile: AnchorFile;
  readonly tallyFile: InboxTallyFile;
  readonly drops: Drops;
  /** Vouches for what is captured here. */
  readonly author: {
    /** The inbox token of this machine; @throws UNSAFE_PATH, DISK_FULL, WRITE_FAILED */
    token(): Promise<Secret>;
    wipe(): Promise<void>;
  };
  readonly clock: Clock;
  readonly randomness: Randomness;
  readonly logger: Logger;
  readonly timing: VaultTiming;
  /** Seals a term takes before a new one begins. */
  readonly sealsPerTerm: number;
  /** What all entries of the inbox may take. */
  readonly maxInboxBytes: number;
}

/** All in milliseconds. */
export interface VaultTiming {
  /** Wait before the first attempt to write again after a failure, doubled up to `maxRetry`. */
  readonly retryFirst: number;
  readonly maxRetry: number;
  /** Between two slices of the scrub. */
  readonly scrubSlice: number;
  /** What a door waits for the inbox to be counted before it is given out; `waiting` is 0 until then. */
  readonly inboxCount: number;
}
