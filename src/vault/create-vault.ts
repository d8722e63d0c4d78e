/**
 * Makes a new vault from a passphrase: calibrates the key derivation, makes the first slots, then the store with an empty
 * checkpoint and a head, anchor, tally, and last of all the keyring, whose being there makes the vault exist. What a crash
 * before that left behind is known by the mark of a store in the making, and removed by the next attempt.
 */
import { RECORD_ID_BYTES } from "../base/record-id.ts";
import type { StoredSlot } from "../keys/keyring-format.ts";
import { Keyring } from "../keys/keyring.ts";
import { KeyringFile } from "../keys/keyring-file.ts";
import type { RecordStore, StoreOperation } from "../store/record-store.ts";
import type { Manifest } from "./written/checkpoint-format.ts";
import { encodeManifest } from "./written/checkpoint-format.ts";
import { deferFiles } from "../platform/private-file-access.ts";
import { removeTemporaries } from "../platform/private-files.ts";
import { clearWay, storeFolder, unmarkDraft } from "./folder/store-folders.ts";
import type { Head } from "./written/head.ts";
import { EMPTY_HEAD, encodeHead } from "./written/head.ts";
import { InboxLedger } from "./live/inbox-ledger.ts";
import { encodeTally, TALLY_KEY } from "./written/inbox-tally.ts";
import { KEYSPACE_BYTES } from "./written/keyspaces.ts";
import { SINGLE_ID, storeKey } from "./written/store-key.ts";
import { LiveVault } from "./live-vault.ts";
import { RecordSealer } from "./written/record-sealer.ts";
import { ReadWriteLock } from "../base/turns/read-write-lock.ts";
import { deriveKeys, wipeVaultKeys } from "./written/vault-keys.ts";
import type { VaultDeps } from "./vault-deps.ts";
import { VaultState } from "./live/vault-state.ts";
import { KeepsakeError } from "../base/errors.ts";
import { Secret } from "../base/secret.ts";
import type { KdfParameters } from "../crypto/argon2.ts";
import { KEY_BYTES } from "../crypto/hkdf.ts";
import { calibrateKdf } from "../crypto/kdf-policy.ts";
import { VAULT_ID_BYTES } from "../keys/keyring-format.ts";
import { encodeRecoveryKey, newRecoveryKey } from "../keys/recovery-key.ts";
import type { SlotMaking } from "../keys/slots.ts";
import { createPassphraseSlot, createSecretSlot } from "../keys/slots.ts";
import type { SlotMeans } from "./slots/slot-changes.ts";
import type { LongWork } from "./vault.ts";

const FIRST_GENERATION = 1;

export interface MadeVault {
  readonly vault: LiveVault;
  /** ASCII text; the caller wipes it. */
  readonly recoveryKey: Secret | undefined;
  readonly kdf: KdfParameters & { readonly milliseconds: number };
}

/**
 * @param passphrase - long enough; the caller keeps and wipes it
 * @throws CANCELLED, UNSAFE_PATH, DISK_FULL, WRITE_FAILED
 */
export async function makeVault(
  deps: VaultDeps,
  means: SlotMeans,
  passphrase: Secret,
  { recovery }: { readonly recovery: boolean },
  { progress, signal }: LongWork,
): Promise<MadeVault> {
  const { clock, randomness } = means;
  const calibration = await calibrateKdf(means.kdf, means.kdfPolicy, clock, (done, total) => {
    progress({ stage: "kdf", done, total });
  });
  if (signal.aborted) throw new KeepsakeError("CANCELLED");
  const vaultId = randomness.bytes(VAULT_ID_BYTES);
  const masterKey = new Secret(randomness.bytes(KEY_BYTES));
  const making = { vaultId, masterKey, label: "passphrase", clock, randomness };
  let recoveryKey: Secret | undefined;
  try {
    const { parameters, milliseconds } = calibration;
    const slots: StoredSlot[] = [await createPassphraseSlot(making, passphrase, parameters, means.kdf)];
    if (recovery) {
      const added = addRecovery({ ...making, label: "recovery key" });
      recoveryKey = added.recoveryKey;
      slots.push(added.slot);
    }
    const vault = await createVault(deps, vaultId, masterKey, slots);
    return { vault, recoveryKey, kdf: { ...parameters, milliseconds: Math.round(milliseconds) } };
  } catch (error) {
    masterKey.wipe();
    recoveryKey?.wipe();
    throw error;
  }
}

/**
 * @param vaultId - 16 random bytes
 * @param masterKey - 32 random bytes, which `slots` wrap; the vault takes it over
 * @throws UNSAFE_PATH, DISK_FULL, WRITE_FAILED; every key is wiped then
 */
async function createVault(
  deps: VaultDeps,
  vaultId: Uint8Array,
  masterKey: Secret,
  slots: readonly StoredSlot[],
): Promise<LiveVault> {
  const files = deferFiles(deps.files);
  const { clock, randomness } = deps;
  const file = new KeyringFile(deps.folder, files);
  const keyring = await Keyring.create(vaultId, masterKey, slots, { file, clock, randomness });
  const { keys, terms } = deriveKeys(keyring);
  const generation = FIRST_GENERATION;
  const sealer = new RecordSealer({ vaultId, generation, terms, seals: 0, randomness });
  let store: RecordStore | undefined;
  try {
    const folder = storeFolder(deps.folder, generation);
    await deps.checkFolder();
    await removeTemporaries(deps.folder);
    await clearWay(deps.folder, generation);
    store = await deps.opener.open(folder, { create: true });
    const inbox = new InboxLedger();
    const { operations, head, manifest } = firstBatch(sealer, keyring.content.epoch, deps);
    await store.batch([...operations, { type: "put", key: TALLY_KEY, value: encodeTally(inbox.tally) }]);
    await deps.tallyFile.write(inbox.tally);
    const era = new ReadWriteLock({ store, sealer });
    const state = new VaultState(deps, { keyring, keys, era, generation, head, manifest });
    await state.writeAnchor();
    await deps.ballast.ensure();
    await deps.keyringFile.replace(files.release(), undefined);
    // From here on the vault exists; a mark that stays is taken away at the next unlock.
    await unmarkDraft(deps.folder, generation).catch(() => undefined);
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
function firstBatch(sealer: RecordSealer, epoch: number, { clock, randomness }: VaultDeps): FirstBatch {
  const checkpointId = randomness.bytes(RECORD_ID_BYTES);
  const manifest: Manifest = { checkpointId, sequence: 0, pages: 0, chunks: 0 };
  const head: Head = { ...EMPTY_HEAD, seals: 2, scrubbedAt: clock.now(), epoch };
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

function addRecovery(making: SlotMaking): { readonly slot: StoredSlot; readonly recoveryKey: Secret } {
  const key = newRecoveryKey(making.randomness);
  try {
    return { slot: createSecretSlot("recovery", making, key), recoveryKey: encodeRecoveryKey(key) };
  } finally {
    key.wipe();
  }
}
