/**
 * Tombstones: that a memory was forgotten, so that what brings it again by itself (an import, a hook, the inbox) is refused.
 * One is written in the batch that removes the record, and holds no word of it:
 *
 *   id         HMAC of the forgotten record's id under a key of the vault: on the disk it cannot be told whose it is
 *   plaintext  version(1) ‖ HMACs of its project, session and text(3 × 16), or version(1) alone when the record could not be read
 *
 * A turn meets only those of its own project: what was forgotten elsewhere neither shows itself to a client that is limited to
 * projects nor takes a place from it. An import meets the same words in every project, since a turn's project can come to have
 * another name; under whichever id, see `ForgottenWords`. Where the host's ids are numbers of a session, they count for that session or for the same words.
 */
import { concatBytes, equalBytes, utf8 } from "../base/bytes.ts";
import { parseRecordId } from "../base/record-id.ts";
import { hasCode } from "../base/errors.ts";
import type { Change, OpenVault, RecordId } from "../vault/vault.ts";
import type { StoredMemory } from "./memory-codec.ts";

const TOMBSTONE_VERSION = 1;
const MARK_BYTES = 16;

type Remembered = Pick<StoredMemory, "project" | "session" | "text">;

interface TurnRules {
  /** Words forgotten in another project are refused as well. */
  readonly everyProject: boolean;
  /** No other message has the host's id of it. */
  readonly isUnique: boolean;
}

export class Tombstones {
  readonly #vault: Pick<OpenVault, "deriveId" | "has" | "read">;

  constructor(vault: Pick<OpenVault, "deriveId" | "has" | "read">) {
    this.#vault = vault;
  }

  /** @param memory - the one that is forgotten; undefined when it cannot be read any more */
  raised(id: RecordId, memory: Remembered | undefined): Change {
    const marks = memory && marksOf(this.#vault, memory);
    const plaintext = concatBytes(
      Uint8Array.of(TOMBSTONE_VERSION),
      ...(marks ? [marks.project, marks.session, marks.text] : []),
    );
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

  /** Whether a turn was forgotten under that id; where the tombstone or what was forgotten could not be read, yes. */
  async refusesTurn(id: RecordId, turn: Remembered, { everyProject, isUnique }: TurnRules): Promise<boolean> {
    if (!this.stands(id)) return false;
    try {
      const plaintext = await this.#vault.read("tombstone", this.#idOf(id));
      if (plaintext === undefined || plaintext.length === 1) return everyProject;
      const [stood, marks] = [marksIn(plaintext), marksOf(this.#vault, turn)];
      const isSame = (name: keyof Marks) => stood !== undefined && equalBytes(stood[name], marks[name]);
      const [isOfProject, isOfSession, isSameText] = [isSame("project"), isSame("session"), isSame("text")];
      if (isSameText) return everyProject || isOfProject;
      return isOfProject && (isUnique || isOfSession);
    } catch (error) {
      if (!hasCode(error, "RECORD_DAMAGED")) throw error;
      return true;
    }
  }

  #idOf(id: RecordId): RecordId {
    return this.#vault.deriveId(utf8("tombstone"), utf8(id));
  }
}

/** HMACs, 16 bytes each. */
interface Marks {
  readonly project: Uint8Array;
  readonly session: Uint8Array;
  readonly text: Uint8Array;
}

export function marksOf(vault: Pick<OpenVault, "deriveId">, { project, session, text }: Remembered): Marks {
  const mark = (name: string, value: string | null | undefined) =>
    parseRecordId(vault.deriveId(utf8(name), ...(typeof value === "string" ? [utf8(value)] : [])));
  return {
    project: mark("tombstone of", project),
    session: mark("tombstone in", session),
    text: mark("tombstone says", text),
  };
}

/** @returns undefined where what was forgotten could not be read */
export function marksIn(tombstone: Uint8Array): Marks | undefined {
  const at = (index: number) => tombstone.subarray(1 + index * MARK_BYTES, 1 + (index + 1) * MARK_BYTES);
  const isKnown = tombstone[0] === TOMBSTONE_VERSION && tombstone.length === 1 + 3 * MARK_BYTES;
  return isKnown ? { project: at(0), session: at(1), text: at(2) } : undefined;
}
