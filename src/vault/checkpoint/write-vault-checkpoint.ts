/**
 * Writes a checkpoint while the vault is in use: parts first, a few a batch, then the manifest that makes them count;
 * only then the checkpoint before and the journal up to the new one are removed. Ended at any point, the one before is
 * still whole, and what was written of the new one is removed at the next unlock.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { KeepsakeError } from "../../base/errors.ts";
import { RECORD_ID_BYTES } from "../../base/record-id.ts";
import type { StoreOperation } from "../../store/record-store.ts";
import type { CheckpointPart, Manifest } from "../written/checkpoint-format.ts";
import { directoryPages, encodeManifest, partId, partKeys } from "../written/checkpoint-format.ts";
import { journalKey } from "../written/journal.ts";
import { KEYSPACE_BYTES } from "../written/keyspaces.ts";
import { SINGLE_ID, storeKey } from "../written/store-key.ts";
import type { VaultState } from "../live/vault-state.ts";

/** Parts that share one batch and its fsync: a large checkpoint has hundreds. */
const PARTS_PER_BATCH = 3;

/** Writes what the head does not count. */
export interface RawWriter {
  writeRaw(operations: readonly StoreOperation[]): Promise<void>;
  removeRaw(keys: Iterable<Uint8Array>): Promise<void>;
}

/**
 * @param chunks - taken one by one; when taking one throws, the checkpoint is given up
 * @throws VAULT_DAMAGED when records differ from what the head says and nobody can name them: a checkpoint would hide that
 * @throws VAULT_READ_ONLY, DISK_FULL, WRITE_FAILED, and whatever `chunks` throws
 */
export async function writeCheckpoint(
  state: VaultState,
  writer: RawWriter,
  chunks: Iterable<Uint8Array>,
): Promise<void> {
  if (state.damage.isUnexplained) throw new KeepsakeError("VAULT_DAMAGED");
  const { firstUnannounced, head, manifest: previous, journalBase: from } = state;
  const sequence = firstUnannounced === undefined ? head.sequence : firstUnannounced - 1;
  // Whoever wrote a batch up to here hears of it before the first chunk is taken.
  await nextTurn();
  const parts = new Parts(state, writer);
  try {
    for (const chunk of chunks) await parts.write("chunk", chunk);
    for (const page of directoryPages(state.directories)) await parts.write("page", page);
    await parts.flush();
    const manifest = { ...parts.written, sequence };
    await writer.writeRaw([await sealedPart(state, SINGLE_ID, encodeManifest(manifest))]);
    state.checkpointed(manifest);
  } catch (error) {
    await writer.removeRaw(partKeys(state.keys.checkpoint, parts.written)).catch(() => undefined);
    throw error;
  }
  // What cannot be removed now is removed at the next unlock.
  await writer.removeRaw(outdated(state, previous, from, sequence)).catch(() => undefined);
}

/** The parts of one checkpoint as they are written. */
class Parts {
  readonly #state: VaultState;
  readonly #writer: RawWriter;
  readonly #checkpointId: Uint8Array;
  readonly #counts = { page: 0, chunk: 0 };
  /** Sealed and not written yet. */
  #waiting: StoreOperation[] = [];

  constructor(state: VaultState, writer: RawWriter) {
    this.#state = state;
    this.#writer = writer;
    this.#checkpointId = state.deps.randomness.bytes(RECORD_ID_BYTES);
  }

  /** Counts a part as soon as it may be in the store. */
  get written(): Omit<Manifest, "sequence"> {
    return { checkpointId: this.#checkpointId, pages: this.#counts.page, chunks: this.#counts.chunk };
  }

  async write(part: CheckpointPart, plaintext: Uint8Array): Promise<void> {
    const index = this.#counts[part];
    this.#counts[part] += 1;
    const id = partId(this.#state.keys.checkpoint, this.#checkpointId, part, index);
    this.#waiting.push(await sealedPart(this.#state, id, plaintext));
    if (this.#waiting.length < PARTS_PER_BATCH) await nextTurn();
    else await this.flush();
  }

  /** Resolves when every part is durable. */
  async flush(): Promise<void> {
    const operations = this.#waiting;
    this.#waiting = [];
    await this.#writer.writeRaw(operations);
  }
}

async function sealedPart(state: VaultState, id: Uint8Array, plaintext: Uint8Array): Promise<StoreOperation> {
  const value = await state.era.use(({ sealer }) => sealer.seal(KEYSPACE_BYTES.checkpoint, id, plaintext));
  return { type: "put", key: storeKey(KEYSPACE_BYTES.checkpoint, id), value };
}

function* outdated(
  { keys }: VaultState,
  previous: Manifest | undefined,
  from: number,
  to: number,
): Iterable<Uint8Array> {
  if (previous !== undefined) yield* partKeys(keys.checkpoint, previous);
  for (let sequence = from + 1; sequence <= to; sequence += 1) yield journalKey(keys.journal, sequence);
}
