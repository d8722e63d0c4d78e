/** Puts a vault's door together from what the daemon passes in. */
import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../base/clock.ts";
import { LIMITS } from "../base/limits.ts";
import type { Logger } from "../base/logger.ts";
import type { PassphraseKdf } from "../crypto/argon2.ts";
import type { KdfPolicy } from "../crypto/kdf-policy.ts";
import type { Randomness } from "../crypto/random.ts";
import { systemRandomness } from "../crypto/random.ts";
import type { Keychain } from "../keys/keychain.ts";
import { KeyringFile } from "../keys/keyring-file.ts";
import type { PrivateFiles } from "../platform/private-file-access.ts";
import { privateFiles } from "../platform/private-files.ts";
import { UnlockGuard } from "../keys/unlock-guard.ts";
import { checkPrivateDirectory, removeTemporaries } from "../platform/private-files.ts";
import { Ballast } from "../store/ballast.ts";
import { levelStoreOpener } from "../store/level-store.ts";
import type { StoreOpener } from "../store/record-store.ts";
import { AnchorFile } from "./written/anchor.ts";
import { InboxTallyFile } from "./written/inbox-tally.ts";
import { DropFolder } from "./folder/drop-folder.ts";
import { InboxAuthor } from "./folder/inbox-author.ts";
import { PinnedFolder } from "./folder/pinned-folder.ts";
import { SEALS_PER_TERM } from "./written/record-sealer.ts";
import { KeepsakeDoor } from "./vault-door.ts";
import type { VaultTiming } from "./vault-deps.ts";
import type { VaultDoor } from "./vault.ts";

export interface VaultDoorDeps {
  /** The vault's folder, which exists. */
  readonly directory: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly kdf: PassphraseKdf;
  /** What a new passphrase slot should cost. */
  readonly kdfPolicy: KdfPolicy;
  readonly keychain: Keychain;
  /** Gives the inbox token of this machine, 32 bytes, which the door wipes; asked when it is first needed. */
  readonly inboxToken: () => Promise<Uint8Array>;
  /** Why this vault is read and never written; `undefined` where it may be. */
  readonly readOnly?: string | undefined;
  /** What follows has a default that is right outside tests. */
  readonly randomness?: Randomness;
  readonly opener?: StoreOpener;
  readonly files?: PrivateFiles;
  readonly timing?: VaultTiming;
  readonly sealsPerTerm?: number;
  readonly maxInboxBytes?: number;
}

const TIMING: VaultTiming = { retryFirst: 1_000, maxRetry: 60_000, scrubSlice: 2_000, inboxCount: 40 };

/**
 * Opens nothing but the store, to count what waits in the inbox; a keyring or store that is damaged is reported by
 * whatever needs it first.
 *
 * @throws UNSAFE_PATH when the folder or a file in it is not private
 */
export async function createVaultDoor(deps: VaultDoorDeps): Promise<VaultDoor> {
  await checkPrivateDirectory(deps.directory);
  const folder = await PinnedFolder.pin(deps.directory);
  try {
    return await openDoor(deps, folder);
  } catch (error) {
    await folder.release();
    throw error;
  }
}

async function openDoor(deps: VaultDoorDeps, folder: PinnedFolder): Promise<VaultDoor> {
  const { directory, clock, logger, kdf, kdfPolicy, keychain } = deps;
  const { files = privateFiles, timing = TIMING, sealsPerTerm = SEALS_PER_TERM } = deps;
  const { randomness = systemRandomness, maxInboxBytes = LIMITS.inboxBytes } = deps;
  const pinnedFiles = folder.guarding(files);
  const vaultDeps = {
    folder: directory,
    readOnly: deps.readOnly,
    checkFolder: () => folder.check(),
    opener: deps.opener ?? levelStoreOpener({ syncLiveLog: process.platform === "darwin" }),
    ballast: new Ballast(directory, (length) => randomness.bytes(length)),
    files,
    keyringFile: new KeyringFile(directory, pinnedFiles),
    anchorFile: new AnchorFile(directory, pinnedFiles),
    tallyFile: new InboxTallyFile(directory, pinnedFiles),
    drops: new DropFolder(directory, clock, logger),
    author: new InboxAuthor(deps.inboxToken),
    clock,
    randomness,
    logger,
    timing,
    sealsPerTerm,
    maxInboxBytes,
  };
  const guard = await UnlockGuard.load(directory, clock, logger, pinnedFiles);
  const means = { kdf, kdfPolicy, keychain, clock, randomness };
  const door = new KeepsakeDoor(vaultDeps, means, guard, folder);
  await door.look();
  // Where the keyring is lost, one that was about to be written may be the only one.
  if (door.fault() === undefined) await removeTemporaries(directory);
  // A large store takes longer to be looked through, which is no reason to keep everybody waiting.
  await Promise.race([door.count(), delay(timing.inboxCount, undefined, { ref: false })]);
  return door;
}
