/**
 * Makes a new vault: the store with an empty checkpoint and a head, anchor, tally, and last of all the keyring, whose being
 * there makes the vault exist. What a crash before that left behind is removed by the next attempt.
 */
import { RECORD_ID_BYTES } from "../base/record-id.ts";
import type { Secret } from "../base/secret.ts";
import type { StoredSlot } from "../keys/keyring-format.ts";
import { Keyring } from "../keys/keyring.ts";
import { KeyringFile } from "../keys/keyring-file.ts";
import type { Manifest } from "./checkpoint-format.ts";
import { encodeManifest } from "./checkpoint-format.ts";
import { deferFiles } from "./deferred-files.ts";
import { removeStore, storeFolder } from "./generations.ts";
import { EMPTY_HEAD, encodeHead } from "./head.ts";
import { InboxLedger } from "./inbox-ledger.ts";
import { encodeTally, TALLY_KEY } from "./inbox-tally.ts";
import { KEYSPACE_BYTES, SINGLE_ID, storeKey } from "./keyspaces.ts";
import { LiveVault } from "./open-vault.ts";
import { RecordSealer } from "./record-sealer.ts";
import { Shared } from "./shared.ts";
import { deriveTermKeys, deriveVaultKeys } from "./vault-keys.ts";
import type { VaultDeps } from "./vault-state.ts";
import { VaultState } from "./vault-state.ts";

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
  const sealer = new RecordSealer({
    vaultId,
    generation: FIRST_GENERATION,
    terms: deriveTermKeys(keyring),
    seals: 0,
    randomness,
  });
  const folder = storeFolder(deps.folder, FIRST_GENERATION);
  try {
    await removeStore(folder);
    const store = await deps.opener.open(folder, { create: true });
    const manifest: Manifest = {
      checkpointId: randomness.bytes(RECORD_ID_BYTES),
      sequence: 0,
      pages: 0,
      chunks: 0,
    };
    const head = { ...EMPTY_HEAD, seals: 2, scrubbedAt: clock.now() };
    const put = (keyspaceByte: number, plaintext: Uint8Array) => ({
      type: "put" as const,
      key: storeKey(keyspaceByte, SINGLE_ID),
      value: sealer.seal(keyspaceByte, SINGLE_ID, plaintext),
    });
    const ledger = new InboxLedger();
    try {
      await store.batch([
        put(KEYSPACE_BYTES.checkpoint, encodeManifest(manifest)),
        put(KEYSPACE_BYTES.head, encodeHead(head)),
        { type: "put", key: TALLY_KEY, value: encodeTally(ledger.tally) },
      ]);
      await deps.tallyFile.write(ledger.tally);
      const keys = deriveVaultKeys(keyring);
      const era = new Shared({ store, sealer });
      const state = new VaultState(deps, {
        keyring,
        keys,
        era,
        generation: FIRST_GENERATION,
        head,
        manifest,
      });
      await state.writeAnchor();
      await deps.ballast.ensure();
      await files.release();
      return new LiveVault(state, ledger, undefined);
    } catch (error) {
      await store.close();
      throw error;
    }
  } catch (error) {
    sealer.wipe();
    keyring.wipe();
    throw error;
  }
}
