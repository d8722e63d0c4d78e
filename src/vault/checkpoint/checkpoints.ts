/** The checkpoints of an open vault: at most one is written at a time, and none while the vault is re-sealed. */
import { codeOf, KeepsakeError } from "../../base/errors.ts";
import { formatRecordId } from "../../base/record-id.ts";
import { Turns } from "../../base/turns/turns.ts";
import type { Base } from "./load-checkpoint.ts";
import { openPart } from "./load-checkpoint.ts";
import type { RawWriter } from "./write-vault-checkpoint.ts";
import { writeCheckpoint } from "./write-vault-checkpoint.ts";
import type { RecordDirectory } from "../written/record-directory.ts";
import type { VaultState } from "../live/vault-state.ts";
import type { LoadedCheckpoint, RecordId } from "../vault.ts";

/** Batches in the journal from which on the vault writes a checkpoint of its own accord, without anything of the service. */
const MAX_JOURNAL_ENTRIES = 50_000;

export class Checkpoints {
  readonly #state: VaultState;
  readonly #writer: RawWriter;
  readonly #base: Base | undefined;
  readonly #isResealing: () => boolean;
  readonly #turns = new Turns();

  /** @param base - what the vault was opened from, if anything */
  constructor(state: VaultState, writer: RawWriter, base: Base | undefined, isResealing: () => boolean) {
    this.#state = state;
    this.#writer = writer;
    this.#base = base;
    this.#isResealing = isResealing;
  }

  /** The service's part of the checkpoint the vault was opened from; undefined once another one counts. */
  load(): LoadedCheckpoint | undefined {
    const base = this.#base;
    if (base === undefined || base.manifest.chunks === 0 || this.#state.manifest !== base.manifest) {
      return undefined;
    }
    return { chunks: this.#chunks(base), changed: idTexts(base.touched), changes: base.touched.size };
  }

  /** @throws BUSY while another one is written or the vault is re-sealed, and as `writeCheckpoint` */
  async write(chunks: Iterable<Uint8Array>): Promise<void> {
    if (this.#turns.present > 0 || this.#isResealing()) throw new KeepsakeError("BUSY");
    await this.#turns.run(() => writeCheckpoint(this.#state, this.#writer, chunks));
  }

  /** Shortens a journal that has grown long. */
  async shortenJournal(): Promise<void> {
    if (this.#state.head.sequence - this.#state.journalBase < MAX_JOURNAL_ENTRIES) return;
    await this.write([]).catch((error: unknown) => {
      const code = codeOf(error);
      this.#state.deps.logger.log("checkpoint-failed", { code });
    });
  }

  async idle(): Promise<void> {
    await this.#turns.idle();
  }

  async *#chunks({ manifest }: Base): AsyncIterable<Uint8Array> {
    const { era, keys } = this.#state;
    for (let index = 0; index < manifest.chunks; index += 1) {
      yield await era.use(({ store, sealer }) => openPart({ store, sealer, keys }, manifest, "chunk", index));
    }
  }
}

function* idTexts(directory: RecordDirectory): Iterable<RecordId> {
  for (const id of directory.ids()) yield formatRecordId(id);
}
