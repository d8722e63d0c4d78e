/**
 * Re-sealing: every live record under a new data key, and the inbox for a new key pair, in a store of its own, while reads and
 * writes go on. Purge, rotation,
 * repair and a change of format are all this.
 *
 *   new store ─> copy all records ─> copy what was written meanwhile, until little is left ─> list them
 *   ─> hold writes: the rest, the inbox and what was dropped, head ─> fsync of folders ─> switch ─> let writes go
 *   ─> remove the old store, fsync its parent ─> take in what was dropped meanwhile, end the inbox's old pair
 *
 * The keyring is the switch. Before it the new store is an orphan, after it the old one is; a crash at any point leaves
 * the one the keyring names, and the next unlock removes the other.
 */
import { KeepsakeError } from "../../base/errors.ts";
import { counted } from "../../base/shown-values.ts";
import { newX25519KeyPair } from "../../crypto/x25519.ts";
import type { KeyringChange } from "../../keys/keyring.ts";
import { syncDirectory } from "../../platform/private-files.ts";
import { GenerationCopy } from "./generation-copy.ts";
import { GenerationDraft } from "./generation-draft.ts";
import { carryInbox } from "./inbox-carry.ts";
import { switchGeneration, UndecidedSwitch } from "./generation-switch.ts";
import {
  clearWay,
  removeOtherStores,
  removeStore,
  storeFolder,
  unmarkDraft,
} from "../folder/store-folders.ts";
import type { InboxLedger } from "../live/inbox-ledger.ts";
import type { InboxPairs } from "../live/inbox-pairs.ts";
import type { VaultReader } from "../live/vault-reader.ts";
import type { TermKey } from "../written/record-sealer.ts";
import { RecordSealer } from "../written/record-sealer.ts";
import { deriveTermKey } from "../written/vault-keys.ts";
import type { VaultState } from "../live/vault-state.ts";
import type { Examined, LongWork } from "../vault.ts";
import type { VaultWriter } from "../live/vault-writer.ts";

const EVERYTHING = { from: Uint8Array.of(0x00), to: Uint8Array.of(0xff) };
/** Room that a new store needs at least, and that should be left beside it. */
const SPARE_BYTES = 2 << 20;

export interface ResealParts {
  readonly state: VaultState;
  readonly writer: VaultWriter;
  readonly reader: VaultReader;
  readonly inbox: InboxLedger;
  readonly inboxPairs: InboxPairs;
}

export interface ResealPlan {
  /** Whether a vault that refuses writes is re-sealed all the same. */
  readonly isRepair: boolean;
  /** Whether it is given up rather than leave a live record behind. */
  readonly losses?: "refused" | undefined;
  /** What else changes in the keyring with the switch. */
  readonly keyring: Pick<KeyringChange, "slots" | "masterKey">;
}

/**
 * Not to be called while another one runs. When it rejects before the switch, the vault is as it was, and the secrets of
 * the plan are the caller's again.
 *
 * @throws VAULT_READ_ONLY, VAULT_DAMAGED, DISK_FULL, WRITE_FAILED, CANCELLED
 */
export async function reseal(parts: ResealParts, plan: ResealPlan, work: LongWork): Promise<Examined> {
  const { state, writer } = parts;
  const checkGoingOn = () => {
    if (work.signal.aborted) throw new KeepsakeError("CANCELLED");
    if (!plan.isRepair || state.deps.readOnly !== undefined) state.checkWritable();
  };
  checkGoingOn();
  const dataKey = state.keyring.draftDataKey();
  const folder = storeFolder(state.deps.folder, state.generation + 1);
  const draft = await openDraft(state, deriveTermKey(dataKey.term, dataKey.key), folder).catch(
    (error: unknown) => {
      dataKey.key.wipe();
      throw error;
    },
  );
  const inbox = newX25519KeyPair(state.deps.randomness);
  let resealed: Examined;
  try {
    const copy = new GenerationCopy({ ...parts, draft });
    await copy.fill(work);
    resealed = await parts.inboxPairs.hold(() =>
      writer.between(async () => {
        const nextInbox = { ...inbox, epoch: state.keyring.content.inbox.epoch + 1 };
        const { head, manifest, carried } = await copy.complete(() =>
          carryInbox(state, parts.inbox, draft, nextInbox),
        );
        const left = state.directories.size - head.live;
        if (plan.losses === "refused" && left > 0) throw leftBehindError(left);
        await syncDirectory(folder);
        await syncDirectory(state.deps.folder);
        checkGoingOn();
        const damage = state.damage.report(parts.inbox.missing);
        await switchGeneration(state, {
          draft,
          head,
          manifest,
          dataKey,
          // What is dropped until the keyring has the fresh pair is sealed to the old one.
          keyring: { ...plan.keyring, inbox, retiredInbox: "kept" },
        });
        parts.inbox.adopt(carried);
        await state.deps.drops.remove(carried.dropped);
        return { records: head.live, damage };
      }),
    );
  } catch (error) {
    state.collectTouched(undefined);
    await draft.abandon();
    draft.sealer.wipe();
    inbox.privateKey.wipe();
    if (error instanceof UndecidedSwitch) throw error.cause;
    dataKey.key.wipe();
    await discard(state, draft.sealer.generation);
    throw error;
  }
  await settle(state);
  await parts.inboxPairs.settle();
  return resealed;
}

function leftBehindError(records: number): KeepsakeError {
  return new KeepsakeError("VAULT_DAMAGED", `${counted(records, "record")} cannot be read and would be lost`);
}

/** @throws DISK_FULL, WRITE_FAILED, UNSAFE_PATH; the key is wiped then */
async function openDraft(state: VaultState, term: TermKey, folder: string): Promise<GenerationDraft> {
  const sealer = new RecordSealer({
    vaultId: state.vaultId,
    generation: state.generation + 1,
    terms: [term],
    seals: 0,
    randomness: state.deps.randomness,
  });
  try {
    await checkRoom(state);
    await clearWay(state.deps.folder, sealer.generation);
    const store = await state.deps.opener.open(folder, { create: true }).catch(async (error: unknown) => {
      await discard(state, sealer.generation);
      throw error;
    });
    return new GenerationDraft(store, sealer, state.keys.headHash.bytes);
  } catch (error) {
    sealer.wipe();
    throw error;
  }
}

/** A second store next to the first must not fill the disk that both live on. @throws DISK_FULL */
async function checkRoom({ era, deps }: VaultState): Promise<void> {
  const needed = await era.use(({ store }) => store.approximateBytes(EVERYTHING));
  if ((await deps.ballast.freeBytes()) < needed + SPARE_BYTES) {
    throw new KeepsakeError("DISK_FULL", `${deps.folder} needs room for a second copy of the vault`, {
      facts: { neededBytes: needed + SPARE_BYTES },
    });
  }
}

/** Removes a draft that comes to nothing. @throws UNSAFE_PATH, WRITE_FAILED */
async function discard({ deps }: VaultState, generation: number): Promise<void> {
  await removeStore(storeFolder(deps.folder, generation));
  await unmarkDraft(deps.folder, generation);
}

/** Removes what the old generation left: its store, its terms in a copy of the keyring, its anchor. */
async function settle(state: VaultState): Promise<void> {
  const { folder, keyringFile } = state.deps;
  await state.writeAnchor();
  const found = await keyringFile.read();
  if (found !== undefined && found.toRepair.length > 0) await keyringFile.repair(found);
  await removeOtherStores(folder, state.generation, { isSalvaged: false, isWhole: true });
}
