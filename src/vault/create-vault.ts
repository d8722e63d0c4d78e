/**
 * Makes a new vault: the store with an empty checkpoint and a head, anchor, tally, and last of all the keyring, whose being
 * there makes the vault exist. What a crash before that left behind is removed by the next attempt.
 */
import { RECORD_ID_BYTES } from "../base/record-id.ts";
import type { Secret } from "../base/secret.ts";
import type { StoredSlot } from "../keys/keyring-format.ts";
import { Keyring } from "../keys/keyring.ts";
import { KeyringFile } from "../keys/keyring-file.ts";
import type { RecordStore, StoreOperation } from "../store/record-store.ts";
import type { Manifest } from "./written/checkpoint-format.ts";
import { encodeManifest } from "./written/checkpoint-format.ts";
import { deferFiles } from "../platform/deferred-files.ts";
import { removeStore, storeFolder } from "./folder/store-folders.ts";
import type { Head } from "./written/head.ts";
import { EMPTY_HEAD, encodeHead } from "./written/head.ts";
import { InboxLedger } from "./live/inbox-ledger.ts";
import { encodeTally, TALLY_KEY } from "./written/inbox-tally.ts";
import { KEYSPACE_BYTES, SINGLE_ID, storeKey } from "./written/keyspaces.ts";
import { LiveVault } from "./live-vault.ts";
import { RecordSealer } from "./written/record-sealer.ts";
import { Shared } from "../base/turns/exchangeable.ts";
import { deriveTermKeys, deriveVaultKeys, wipeVaultKeys } from "./written/vault-keys.ts";
import type { VaultDeps } from "./live/vault-state.ts";
import { VaultState } from "./live/vault-state.ts";

const FIRST_GENERATION = 1;

/**
 * @param vaultId - 16 random bytes
 * @param masterKey - 32 random bytes, which `slots` wrap; the vault takes it over
 * @throws UNSAFE_PATH, DISK_FULL, WRITE_FAILED; every key is wiped then
 */
export async function createVault(
  deps: VaultDeps,
  vaultId: Uint8Array,
  masterKey: Secret,
  slots: readonly StoredSlot[],
): Promise<LiveVault> {
  const files = deferFiles(deps.files);
  const { clock, randomness } = deps;
  const file = new KeyringFile(deps.folder, files);
  const keyring = await Keyring.create(vaultId, masterKey, slots, { file, clock, randomness });
  const keys = deriveVaultKeys(keyring);
  const generation = FIRST_GENERATION;
  const terms = deriveTermKeys(keyring);
  const sealer = new RecordSealer({ vaultId, generation, terms, seals: 0, randomness });
  let store: RecordStore | undefined;
  try {
    const folder = storeFolder(deps.folder, generation);
    await deps.checkFolder();
    await removeStore(folder);
    store = await deps.opener.open(folder, { create: true });
    const inbox = new InboxLedger();
    const { operations, head, manifest } = firstBatch(sealer, deps);
    await store.batch([...operations, { type: "put", key: TALLY_KEY, value: encodeTally(inbox.tally) }]);
    await deps.tallyFile.write(inbox.tally);
    const era = new Shared({ store, sealer });
    const state = new VaultState(deps, { keyring, keys, era, generation, head, manifest });
    await state.writeAnchor();
    await deps.ballast.ensure();
    await deps.keyringFile.replace(files.release(), undefined);
    return new LiveVault(state, inbox, undefined);
  } catch (error) {
    await store?.close();
    sealer.wipe();
    wipeVaultKeys(keys);
    keyring.wipe();
    throw error;
  }
}

interface FirstBatch {
  readonly operations: readonly StoreOperation[];
  readonly head: Head;
  readonly manifest: Manifest;
}

/** A head that counts nothing, and a checkpoint of nothing for the journal to begin behind. */
function firstBatch(sealer: RecordSealer, { clock, randomness }: VaultDeps): FirstBatch {
  const checkpointId = randomness.bytes(RECORD_ID_BYTES);
  const manifest: Manifest = { checkpointId, sequence: 0, pages: 0, chunks: 0 };
  const head: Head = { ...EMPTY_HEAD, seals: 2, scrubbedAt: clock.now() };
  const put = (keyspaceByte: number, plaintext: Uint8Array): StoreOperation => ({
    type: "put",
    key: storeKey(keyspaceByte, SINGLE_ID),
    value: sealer.seal(keyspaceByte, SINGLE_ID, plaintext),
  });
  const operations = [
    put(KEYSPACE_BYTES.checkpoint, encodeManifest(manifest)),
    put(KEYSPACE_BYTES.head, encodeHead(head)),
  ];
  return { operations, head, manifest };
}
