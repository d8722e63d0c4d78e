/**
 * Tombstones: that a memory was forgotten, so that what brings it again by itself (an import, a hook, the inbox) is refused.
 * One is written in the batch that removes the record, and holds no word of it:
 *
 *   id         HMAC of the forgotten record's id under a key of the vault: on the disk it cannot be told whose it is
 *   plaintext  version(1) ‖ HMAC of its project(16), or version(1) alone when the record could not be read
 *
 * What is captured meets only those of its own project: what was forgotten elsewhere neither shows itself to a client that is
 * limited to projects nor takes a place from it. An import meets all of them, since a turn's project can come to have another name.
 */
import { concatBytes, equalBytes, utf8 } from "../base/bytes.ts";
import { parseRecordId } from "../base/record-id.ts";
import { hasCode } from "../base/errors.ts";
import type { Change, OpenVault, RecordId } from "../vault/vault.ts";

const TOMBSTONE_VERSION = 1;

export class Tombstones {
  readonly #vault: Pick<OpenVault, "deriveId" | "has" | "read">;

  constructor(vault: Pick<OpenVault, "deriveId" | "has" | "read">) {
    this.#vault = vault;
  }

  /** @param project - of the memory that is forgotten; undefined when that cannot be read any more */
  raised(id: RecordId, project: string | null | undefined): Change {
    const mark = project === undefined ? new Uint8Array(0) : this.#markOf(project);
    const plaintext = concatBytes(Uint8Array.of(TOMBSTONE_VERSION), mark);
    return { type: "put", keyspace: "tombstone", id: this.#idOf(id), plaintext };
  }

  /** What takes it away, if it is there. */
  lifted(id: RecordId): readonly Change[] {
    return this.stands(id) ? [{ type: "delete", keyspace: "tombstone", id: this.#idOf(id) }] : [];
  }

  /** Whether a memory of that id was forgotten, whatever its project was. */
  stands(id: RecordId): boolean {
    return this.#vault.has("tombstone", this.#idOf(id));
  }

  /** Whether a memory of that id and project was forgotten; of a tombstone that cannot be read, yes. */
  async standsIn(id: RecordId, project: string | null): Promise<boolean> {
    if (!this.stands(id)) return false;
    try {
      const plaintext = await this.#vault.read("tombstone", this.#idOf(id));
      return plaintext !== undefined && equalBytes(plaintext.subarray(1), this.#markOf(project));
    } catch (error) {
      if (!hasCode(error, "RECORD_DAMAGED")) throw error;
      return true;
    }
  }

  #idOf(id: RecordId): RecordId {
    return this.#vault.deriveId(utf8("tombstone"), utf8(id));
  }

  #markOf(project: string | null): Uint8Array {
    return parseRecordId(
      this.#vault.deriveId(utf8("tombstone of"), ...(project === null ? [] : [utf8(project)])),
    );
  }
}
