/** From an opened keyring and the open store of its generation to an open vault. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { toHex } from "../base/bytes.ts";
import { codeOf, KeepsakeError } from "../base/errors.ts";
import type { FoundKeyring } from "../keys/keyring-file.ts";
import type { Keyring } from "../keys/keyring.ts";
import { counted } from "../base/shown-values.ts";
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

export interface OpenedFolder {
  /** The vault takes it over; the caller keeps it when `openVault` throws. */
  readonly keyring: Keyring;
  /** The keyring as it was found. */
  readonly found: FoundKeyring;
  /** The vault takes it over; the caller keeps it when `openVault` throws. */
  readonly live: LiveStore;
  /** Loaded from that store. */
  readonly inbox: InboxLedger;
}

/**
 * @param acceptRollback - whether a keyring that is older than the records beside it opens them, to be read and repaired
 * @throws ROLLBACK_DETECTED, WRITE_FAILED, UNSAFE_PATH
 */
export async function openVault(
  deps: VaultDeps,
  { keyring, found, live, inbox }: OpenedFolder,
  acceptRollback: boolean,
  progress: (progress: Progress) => void,
): Promise<LiveVault> {
  const { vaultId, generation } = keyring.content;
  const { randomness } = deps;
  const { keys, terms } = deriveKeys(keyring);
  const sealer = new RecordSealer({ vaultId, generation, terms, seals: 0, randomness });
  try {
    const from = { store: live.store, sealer, keys };
    const stock = await takeStock(from, live.isSalvaged, keyring, deps.anchorFile, progress);
    if (stock.keyringLag > 0) {
      deps.logger.log(acceptRollback ? "keyring-rollback-accepted" : "keyring-rollback-refused");
      if (!acceptRollback) throw olderKeyringError(deps.folder, stock.keyringLag);
    }
    await tidy(deps, found, { isSalvaged: live.isSalvaged, isWhole: stock.refusal === undefined });
    const upkeep = await listUpkeep(from, stock);
    const refusal = stock.refusal ?? refusalOf(deps);
    const readOnly = refusal && { ...refusal, since: deps.clock.now() };
    const era = new ReadWriteLock({ store: live.store, sealer });
    const { head, directories, damage, anchored, witnessedEpoch } = stock;
    const manifest = stock.base?.manifest;
    const known = { head, directories, damage, readOnly, manifest, anchored, witnessedEpoch };
    const state = new VaultState(deps, { keyring, keys, era, generation, ...known });
    const vault = new LiveVault(state, inbox, upkeep.hasEveryChunk ? stock.base : undefined);
    vault.removeLeftovers(upkeep.leftovers);
    vault.healHead();
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

function refusalOf({ readOnly }: VaultDeps): Stock["refusal"] {
  return readOnly === undefined ? undefined : { code: "VAULT_READ_ONLY", message: readOnly, facts: {} };
}

function olderKeyringError(folder: string, changes: number): KeepsakeError {
  return new KeepsakeError(
    "ROLLBACK_DETECTED",
    `the keyring in ${folder} is older than the records beside it, by ${counted(changes, "change")}: keyring.a and keyring.b were put back`,
    {
      hint: 'put the newer keyring.a or keyring.b back; where there is none, "keepsake unlock --accept-rollback" opens the vault for "keepsake repair --accept-rollback"',
      facts: { keyringChanges: changes },
    },
  );
}

/** Puts the keyring's copies right and removes what a re-seal left, as far as that can be put back from what stays. */
async function tidy(
  { folder, keyringFile, logger }: VaultDeps,
  found: FoundKeyring,
  live: { readonly isSalvaged: boolean; readonly isWhole: boolean },
): Promise<void> {
  if (live.isWhole) {
    await keyringFile.repair(found).catch((error: unknown) => {
      logger.log("keyring-copy-not-repaired", { code: codeOf(error) });
    });
  }
  const kept = await removeOtherStores(folder, found.stored.content.generation, live);
  if (kept.length > 0) logger.log("other-stores-kept", { counts: { stores: kept.length } });
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
