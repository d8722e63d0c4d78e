/** What is passed into a vault from outside. */
import type { Clock } from "../base/clock.ts";
import type { Logger } from "../base/logger.ts";
import type { Secret } from "../base/secret.ts";
import type { Randomness } from "../crypto/random.ts";
import type { KeyringFile } from "../keys/keyring-file.ts";
import type { PrivateFiles } from "../platform/private-file-access.ts";
import type { Ballast } from "../store/ballast.ts";
import type { StoreOpener } from "../store/record-store.ts";
import type { DropFolder } from "./folder/drop-folder.ts";
import type { AnchorFile } from "./written/anchor.ts";
import type { InboxTallyFile } from "./written/inbox-tally.ts";

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
  readonly drops: DropFolder;
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
