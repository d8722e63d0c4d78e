/** From an opened keyring and the open store of its generation to an open vault. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { toHex } from "../base/bytes.ts";
import { codeOf } from "../base/errors.ts";
import type { Keyring } from "../keys/keyring.ts";
import { MANIFEST_KEY, partKeys } from "./written/checkpoint-format.ts";
import type { Base, SealedStore } from "./checkpoint/load-checkpoint.ts";
import { removeOtherStores } from "./folder/store-folders.ts";
import type { InboxLedger } from "./live/inbox-ledger.ts";
import { journalKey } from "./written/journal.ts";
import { KEYSPACE_BYTES } from "./written/keyspaces.ts";
import type { LiveStore } from "./folder/open-live-store.ts";
import { LiveVault } from "./live-vault.ts";
import { pagesOfKeys } from "./written/paging.ts";
import { RecordSealer } from "./written/record-sealer.ts";
import { ReadWriteLock } from "../base/turns/read-write-lock.ts";
import type { Stock } from "./proof/take-stock.ts";
import { takeStock } from "./proof/take-stock.ts";
import { deriveKeys, wipeVaultKeys } from "./written/vault-keys.ts";
import type { VaultDeps } from "./vault-deps.ts";
import { VaultState } from "./live/vault-state.ts";
import type { Progress } from "./vault.ts";

const KEYS_PER_TURN = 256;

/**
 * @param keyring - the vault takes it over; the caller keeps it when this throws
 * @param live - the vault takes it over; the caller keeps it when this throws
 * @param inbox - loaded from that store
 * @throws WRITE_FAILED, UNSAFE_PATH
 */
export async function openVault(
  deps: VaultDeps,
  keyring: Keyring,
  live: LiveStore,
  inbox: InboxLedger,
  progress: (progress: Progress) => void,
): Promise<LiveVault> {
  const { vaultId, generation } = keyring.content;
  const { randomness } = deps;
  const { keys, terms } = deriveKeys(keyring);
  const sealer = new RecordSealer({ vaultId, generation, terms, seals: 0, randomness });
  try {
    await removeOtherStores(deps.folder, generation, live.isSalvaged);
    const from = { store: live.store, sealer, keys };
    const stock = await takeStock(from, live.isSalvaged, keyring, deps.anchorFile, progress);
    const upkeep = await listUpkeep(from, stock);
    const readOnly = stock.refusal && { ...stock.refusal, since: deps.clock.now() };
    const era = new ReadWriteLock({ store: live.store, sealer });
    const { head, directories, damage, anchored } = stock;
    const manifest = stock.base?.manifest;
    const parts = { keyring, keys, era, generation, head, directories, damage, readOnly, manifest, anchored };
    const state = new VaultState(deps, parts);
    const vault = new LiveVault(state, inbox, upkeep.hasEveryChunk ? stock.base : undefined);
    vault.removeLeftovers(upkeep.leftovers);
    await deps.ballast.ensure().catch((error: unknown) => {
      deps.logger.log("no-ballast", { code: codeOf(error) });
    });
    return vault;
  } catch (error) {
    sealer.wipe();
    wipeVaultKeys(keys);
    throw error;
  }
}

interface Upkeep {
  /** Keys of checkpoint parts and journal entries that nothing refers to any more. */
  readonly leftovers: readonly Uint8Array[];
  readonly hasEveryChunk: boolean;
}

/** Looks through the keys of checkpoint and journal. Nothing counts as a leftover while records are unaccounted for. */
async function listUpkeep({ store, keys }: SealedStore, { base, head, damage }: Stock): Promise<Upkeep> {
  const needed = new Set<string>();
  for (const key of neededKeys(keys, base, head.sequence)) {
    needed.add(key);
    // Every key is derived, and a journal may be long.
    if (needed.size % KEYS_PER_TURN === 0) await nextTurn();
  }
  const leftovers: Uint8Array[] = [];
  let found = 0;
  for (const keyspaceByte of [KEYSPACE_BYTES.checkpoint, KEYSPACE_BYTES.journal]) {
    for await (const page of pagesOfKeys((request) => store.keys(request), keyspaceByte)) {
      for (const key of page) {
        if (needed.has(toHex(key))) found += 1;
        else leftovers.push(key);
      }
    }
  }
  return { leftovers: damage.isUnexplained ? [] : leftovers, hasEveryChunk: found === needed.size };
}

function* neededKeys(keys: SealedStore["keys"], base: Base | undefined, last: number): Iterable<string> {
  if (base === undefined) return;
  yield toHex(MANIFEST_KEY);
  for (const key of partKeys(keys.checkpoint, base.manifest)) yield toHex(key);
  for (let sequence = base.manifest.sequence + 1; sequence <= last; sequence += 1) {
    yield toHex(journalKey(keys.journal, sequence));
  }
}
