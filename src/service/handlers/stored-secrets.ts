/**
 * Secrets in what is stored: found in every version of every memory, and masked in place. The record keeps its id, its times, its trust
 * and its place in its history; the text that held the secret is in no record any more, and on no disk after the next purge.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { RecallPass } from "../../policy/recall-pass.ts";
import type { RecordId } from "../../vault/vault.ts";
import type { StoredMemory } from "../memory-codec.ts";
import { decodeMemory } from "../memory-codec.ts";
import { attempt } from "../../base/attempt.ts";
import type { Secrets } from "../secrets.ts";
import type { Memories, NewMemory } from "../memories/memories.ts";

const RECORDS_PER_TURN = 20;
const MAX_BATCH = 50;

export interface Holding {
  readonly id: RecordId;
  readonly stored: Pick<StoredMemory, "kind" | "project" | "at">;
  readonly kinds: ReadonlyMap<string, number>;
}

interface LongWork {
  readonly signal: AbortSignal;
  readonly progress: (progress: {
    readonly stage: string;
    readonly done: number;
    readonly total: number;
  }) => void;
}

/** Every record that holds a secret, in the order of their ids; and how many could not be read. */
export async function findStoredSecrets(
  { vault }: Memories,
  secrets: Pick<Secrets, "foundIn">,
  { signal, progress }: LongWork,
): Promise<{ readonly holdings: readonly Holding[]; readonly unread: number }> {
  const holdings: Holding[] = [];
  let unread = vault.health.damage.damaged.length;
  let done = 0;
  for await (const { id, plaintext } of vault.scan("memory")) {
    const stored = attempt(() => decodeMemory(plaintext));
    if (stored === undefined) unread += 1;
    else {
      const { kinds } = secrets.foundIn(stored);
      if (kinds.size > 0) holdings.push({ id, stored, kinds });
    }
    done += 1;
    if (done % RECORDS_PER_TURN > 0) continue;
    signal.throwIfAborted();
    progress({ stage: "read", done, total: Math.max(done, vault.health.records) });
    await nextTurn();
  }
  return { holdings, unread };
}

/** Each as it is by now: what was forgotten meanwhile stays so. */
export async function maskStoredSecrets(
  memories: Memories,
  secrets: Pick<Secrets, "foundIn">,
  ids: readonly RecordId[],
  pass: RecallPass,
  { signal, progress }: LongWork,
): Promise<void> {
  for (let start = 0; start < ids.length; start += MAX_BATCH) {
    await memories.onAllChains(async () => {
      const masked: NewMemory[] = [];
      for (const id of ids.slice(start, start + MAX_BATCH)) {
        const stored = await memories.readSound(id);
        if (stored !== undefined) masked.push({ id, stored: secrets.foundIn(stored).said });
      }
      signal.throwIfAborted();
      await memories.replace(masked, pass);
    });
    progress({ stage: "mask", done: Math.min(ids.length, start + MAX_BATCH), total: ids.length });
    await nextTurn();
  }
}
