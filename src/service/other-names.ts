/**
 * Other names of messages. A hook that is told a prompt before its line is in the host's file knows it by another name than the
 * line; a record says which message a name stands for, so that whichever comes first, the other is the same:
 *
 *   id         HMAC of the id that a message of that name has, or would have
 *   plaintext  version(1) ‖ id of the message it stands for(16)
 *
 * A name stands for the first message that was given it, and for no other: what a person said twice alike was said twice.
 */
import { concatBytes, utf8 } from "../base/bytes.ts";
import { hasCode } from "../base/errors.ts";
import { formatRecordId, parseRecordId } from "../base/record-id.ts";
import type { Change, OpenVault, RecordId } from "../vault/vault.ts";

const NAME_VERSION = 1;
const RECORD_BYTES = 17;

export class OtherNames {
  readonly #vault: Pick<OpenVault, "deriveId" | "has" | "read">;

  constructor(vault: Pick<OpenVault, "deriveId" | "has" | "read">) {
    this.#vault = vault;
  }

  /** @param name - the id of a message of that name */
  given(name: RecordId, message: RecordId): Change {
    const plaintext = concatBytes(Uint8Array.of(NAME_VERSION), parseRecordId(message));
    return { type: "put", keyspace: "name", id: this.#idOf(name), plaintext };
  }

  /** The message that a name stands for; `undefined` when it was given to none, or the record cannot be read. */
  async meant(name: RecordId): Promise<RecordId | undefined> {
    const id = this.#idOf(name);
    if (!this.#vault.has("name", id)) return undefined;
    try {
      const plaintext = await this.#vault.read("name", id);
      const isKnown = plaintext?.[0] === NAME_VERSION && plaintext.length === RECORD_BYTES;
      return isKnown ? formatRecordId(plaintext.subarray(1)) : undefined;
    } catch (error) {
      if (!hasCode(error, "RECORD_DAMAGED")) throw error;
      return undefined;
    }
  }

  #idOf(name: RecordId): RecordId {
    return this.#vault.deriveId(utf8("other name"), utf8(name));
  }
}
