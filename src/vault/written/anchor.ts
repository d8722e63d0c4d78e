/**
 * The anchor: a small authenticated file outside the database that says how far the vault had come. A head that is behind
 * it means that the database is older than it should be.
 *
 *   version(1) ‖ vault id(16) ‖ keyring epoch(8) ‖ sequence(8) ‖ live(8) ‖ { HMAC-SHA256(32) } × 1 or 2
 *
 * Integers are big-endian. The MAC is over all before the MACs, under a key derived from the master key. While the master
 * key is replaced there are two, one under each, so that the anchor holds whichever of the keyrings is in effect after a
 * crash.
 */
import { join } from "node:path";
import { concatBytes, equalBytes, uint64 } from "../../base/bytes.ts";
import { hasCode } from "../../base/errors.ts";
import type { Secret } from "../../base/secret.ts";
import { deriveKey } from "../../crypto/hkdf.ts";
import { equalInConstantTime, hmacSha256, SHA256_BYTES } from "../../crypto/hmac.ts";
import { VAULT_ID_BYTES } from "../../keys/keyring-format.ts";
import type { PrivateFiles } from "../../platform/private-file-access.ts";

const ANCHOR_VERSION = 1;
const BODY_BYTES = 1 + VAULT_ID_BYTES + 8 + 8 + 8;
/** Well over the length of an anchor: a longer file is a damaged one, only a huge one is refused unread. */
const MAX_ANCHOR_BYTES = 1 << 20;

export interface Anchor {
  readonly vaultId: Uint8Array;
  /** Epoch of the keyring. */
  readonly epoch: number;
  /** Sequence number of the newest batch that was durable. */
  readonly sequence: number;
  /** Live records after it. */
  readonly live: number;
}

export class AnchorFile {
  readonly #path: string;
  readonly #files: PrivateFiles;

  /** @param folder - the vault's folder */
  constructor(folder: string, files: PrivateFiles) {
    this.#path = join(folder, "anchor");
    this.#files = files;
  }

  /**
   * @param masterKeys - the keys whose bearers may read it: one, or two while the master key is replaced
   * @throws UNSAFE_PATH, DISK_FULL, WRITE_FAILED
   */
  async write(anchor: Anchor, masterKeys: readonly Secret[]): Promise<void> {
    const body = encodeBody(anchor);
    await this.#files.replace(this.#path, concatBytes(body, ...masterKeys.map((key) => macOf(body, key))));
  }

  /**
   * @returns undefined when there is none, or it was not written by a holder of the master key for this vault
   * @throws UNSAFE_PATH
   */
  async read(vaultId: Uint8Array, masterKey: Secret): Promise<Anchor | undefined> {
    const bytes = await this.#files.read(this.#path, MAX_ANCHOR_BYTES).catch((error: unknown) => {
      if (hasCode(error, "UNSAFE_PATH")) throw error;
    });
    if (bytes === undefined || bytes.length < BODY_BYTES + SHA256_BYTES || bytes[0] !== ANCHOR_VERSION) {
      return undefined;
    }
    const body = bytes.subarray(0, BODY_BYTES);
    const expected = macOf(body, masterKey);
    const isOurs = [0, SHA256_BYTES].some((offset) =>
      equalInConstantTime(bytes.subarray(BODY_BYTES + offset, BODY_BYTES + offset + SHA256_BYTES), expected),
    );
    const anchor = decodeBody(body);
    return isOurs && equalBytes(anchor.vaultId, vaultId) ? anchor : undefined;
  }
}

function encodeBody({ vaultId, epoch, sequence, live }: Anchor): Uint8Array {
  return concatBytes(Uint8Array.of(ANCHOR_VERSION), vaultId, uint64(epoch), uint64(sequence), uint64(live));
}

function decodeBody(body: Uint8Array): Anchor {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const integer = (offset: number) => Number(view.getBigUint64(offset));
  return { vaultId: body.slice(1, 17), epoch: integer(17), sequence: integer(25), live: integer(33) };
}

function macOf(body: Uint8Array, masterKey: Secret): Uint8Array {
  const key = deriveKey(masterKey, "anchor-mac");
  try {
    return hmacSha256(key.bytes, body);
  } finally {
    key.wipe();
  }
}
