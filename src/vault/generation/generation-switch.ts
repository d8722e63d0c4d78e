/**
 * The moment a vault moves to its next generation. Nothing is written while this runs, and nothing read while the old
 * store is exchanged for the new one.
 */
import { KeepsakeError } from "../../base/errors.ts";
import type { DataKeyDraft, KeyringChange } from "../../keys/keyring.ts";
import type { Manifest } from "../written/checkpoint-format.ts";
import type { GenerationDraft } from "./generation-draft.ts";
import type { Head } from "../written/head.ts";
import type { VaultState } from "../live/vault-state.ts";

/** Whether the keyring on disk names the old or the new generation is not known: both stores must stay. */
export class UndecidedSwitch extends Error {
  override readonly cause: KeepsakeError;

  constructor(cause: KeepsakeError) {
    super("the switch of generations is undecided");
    this.cause = cause;
  }
}

export interface GenerationSwitch {
  readonly draft: GenerationDraft;
  /** As they are in the new store. */
  readonly head: Head;
  readonly manifest: Manifest;
  /** The keyring takes it over. */
  readonly dataKey: DataKeyDraft;
  readonly keyring: Pick<KeyringChange, "slots" | "masterKey" | "inbox" | "retiredInbox">;
}

/**
 * @throws UNSAFE_PATH, DISK_FULL, WRITE_FAILED when the keyring is as it was
 * @throws UndecidedSwitch when that is not known; the vault refuses writes from then on
 */
export async function switchGeneration(state: VaultState, next: GenerationSwitch): Promise<void> {
  const { keyring } = state;
  const { masterKey } = next.keyring;
  try {
    await state.expectMasterKey(masterKey);
    // The head of the new store, durable by now, has an epoch that this one is not behind.
    await keyring.updateUnwitnessed(({ dataKeys }) => ({
      ...next.keyring,
      epochAbove: next.head.epoch - 1,
      generation: next.draft.sealer.generation,
      newDataKey: next.dataKey,
      dropTerms: dataKeys.map(({ term }) => term),
    }));
  } catch (error) {
    await checkKeyringUnchanged(state);
    await state.expectMasterKey(undefined);
    throw error;
  }
  await state.era.replace(async (old) => {
    await old.store.close().catch(() => undefined);
    old.sealer.wipe();
    const { directories, sealer, store } = next.draft;
    const { head, manifest } = next;
    state.movedTo({ generation: sealer.generation, head, directories, manifest });
    return { store, sealer };
  });
}

/** @throws UndecidedSwitch unless the keyring on disk still names the old generation */
async function checkKeyringUnchanged(state: VaultState): Promise<void> {
  const found = await state.deps.keyringFile.read().catch(() => undefined);
  if (found?.stored.content.generation === state.generation) return;
  const refusal = new KeepsakeError("WRITE_FAILED", "the keyring could not be replaced", {
    hint: 'run "keepsake lock", then unlock again',
  });
  state.refuseWrites("WRITE_FAILED", "the keyring could not be replaced; lock and unlock the vault");
  throw new UndecidedSwitch(refusal);
}
