/**
 * The inbox's tally: how many entries there should be. It is kept without any key, because a sealed vault has none, so it
 * tells what a disk lost and not what an enemy removed.
 *
 *   version(1) ‖ sequence(8) ‖ count(8) ‖ SHA-256 of all before(32)
 *
 * Integers are big-endian. It stands in the store, written with every batch that changes the inbox, and in a file beside
 * the store, written at most once a second and at the end: the file tells when the store lost its newest writes.
 */
import { join } from "node:path";
import { concatBytes, equalBytes, uint64 } from "../../base/bytes.ts";
import { hasCode } from "../../base/errors.ts";
import { sha256 } from "../../crypto/hmac.ts";
import type { PrivateFiles } from "../../platform/private-file-access.ts";
import { KEYSPACE_BYTES } from "./keyspaces.ts";
import { SINGLE_ID, storeKey } from "./store-key.ts";

const TALLY_VERSION = 1;
const BODY_BYTES = 1 + 8 + 8;
/** Well over the length of a tally: a longer file is a damaged one, only a huge one is refused unread. */
const MAX_TALLY_BYTES = 1 << 20;

export const TALLY_KEY = storeKey(KEYSPACE_BYTES.inboxTally, SINGLE_ID);

export interface InboxTally {
  /** One more with every batch that changes the inbox. */
  readonly sequence: number;
  readonly count: number;
}

export function encodeTally({ sequence, count }: InboxTally): Uint8Array {
  const body = concatBytes(Uint8Array.of(TALLY_VERSION), uint64(sequence), uint64(count));
  return concatBytes(body, sha256(body));
}

/** @returns undefined when the bytes are not a whole tally of this version */
export function decodeTally(bytes: Uint8Array): InboxTally | undefined {
  const body = bytes.subarray(0, BODY_BYTES);
  const isWhole = equalBytes(bytes.subarray(BODY_BYTES), sha256(body));
  if (!isWhole || body[0] !== TALLY_VERSION) return undefined;
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  return { sequence: Number(view.getBigUint64(1)), count: Number(view.getBigUint64(9)) };
}

export class InboxTallyFile {
  readonly #path: string;
  readonly #files: PrivateFiles;

  /** @param folder - the vault's folder */
  constructor(folder: string, files: PrivateFiles) {
    this.#path = join(folder, "inbox.tally");
    this.#files = files;
  }

  /** @throws UNSAFE_PATH, DISK_FULL, WRITE_FAILED */
  async write(tally: InboxTally): Promise<void> {
    await this.#files.replace(this.#path, encodeTally(tally));
  }

  /** @returns undefined when there is none that is whole; @throws UNSAFE_PATH */
  async read(): Promise<InboxTally | undefined> {
    const bytes = await this.#files.read(this.#path, MAX_TALLY_BYTES).catch((error: unknown) => {
      if (hasCode(error, "UNSAFE_PATH")) throw error;
    });
    return bytes === undefined ? undefined : decodeTally(bytes);
  }
}
