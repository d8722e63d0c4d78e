/**
 * Where the slots of an open vault are changed: one change at a time, since each begins with the slots and the master key it
 * finds. Wipes every secret it is given.
 */
import { KeepsakeError } from "../../base/errors.ts";
import type { Secret } from "../../base/secret.ts";
import { Turns } from "../../base/turns/turns.ts";
import { openKeychainSlot } from "../../keys/keychain-slot.ts";
import type { KeyringContent, StoredSlot } from "../../keys/keyring-format.ts";
import { decodeRecoveryKey, encodeRecoveryKey, newRecoveryKey } from "../../keys/recovery-key.ts";
import type { OpenedSlot } from "../../keys/slots.ts";
import { openPassphraseSlot, openSecretSlot } from "../../keys/slots.ts";
import type { UnlockGuard } from "../../keys/unlock-guard.ts";
import type { MasterRotated, NewSlot, SlotMeans, SlotVault } from "./slot-changes.ts";
import { addSlot, changePassphrase, removeSlot, rotateMaster, strengthen } from "./slot-changes.ts";
import type { LongWork, SlotSummary, UnlockWith, VaultSlots } from "../vault.ts";

type AskedSlot = Parameters<VaultSlots["add"]>[0];
type AddedSlot = Awaited<ReturnType<VaultSlots["add"]>>;

/** What the desk asks for when a change's turn comes. */
interface DeskVault {
  /** @throws VAULT_SEALED, VAULT_MISSING */
  opened(): SlotVault;
  /** What the keyring holds, open or sealed; @throws as reading it */
  content(): KeyringContent;
}

export class SlotDesk implements VaultSlots {
  readonly #means: SlotMeans;
  readonly #guard: UnlockGuard;
  readonly #vault: DeskVault;
  readonly #changes = new Turns();

  constructor(means: SlotMeans, guard: UnlockGuard, vault: DeskVault) {
    this.#means = means;
    this.#guard = guard;
    this.#vault = vault;
  }

  list(): readonly SlotSummary[] {
    return this.#vault.content().slots.map(summaryOf);
  }

  /** @throws as `addSlot` */
  async add({ kind, label, passphrase }: AskedSlot, work: LongWork): Promise<AddedSlot> {
    const secret = kind === "recovery" ? newRecoveryKey(this.#means.randomness) : passphrase;
    try {
      const added = newSlotOf(kind, label, secret);
      const slot = await this.#changes.run(() => addSlot(this.#means, this.#vault.opened(), added, work));
      const recoveryKey = added.kind === "recovery" ? encodeRecoveryKey(added.secret) : undefined;
      return { slot: summaryOf(slot), recoveryKey };
    } finally {
      secret?.wipe();
    }
  }

  /** @throws as `removeSlot` */
  async remove(id: string): Promise<void> {
    await this.#changes.run(() => removeSlot(this.#means, this.#vault.opened(), id));
  }

  /** @throws WRONG_PASSPHRASE, RATE_LIMITED, BUSY, CANCELLED, and as `changePassphrase` */
  async changePassphrase(current: Secret, next: Secret, work: LongWork): Promise<SlotSummary> {
    try {
      return await this.#changes.run(async () => {
        const slot = await this.#prove(this.#vault.opened(), current, work);
        return summaryOf(await changePassphrase(this.#means, this.#vault.opened(), slot, next));
      });
    } finally {
      current.wipe();
      next.wipe();
    }
  }

  /** @throws WRONG_PASSPHRASE, RATE_LIMITED, BUSY, and as `rotateMaster` */
  async rotateMaster(
    current: Secret,
    { recovery }: { readonly recovery: boolean },
    work: LongWork,
  ): Promise<MasterRotated & Pick<AddedSlot, "recoveryKey">> {
    const key = recovery ? newRecoveryKey(this.#means.randomness) : undefined;
    try {
      const rotated = await this.#changes.run(async () => {
        const slot = await this.#prove(this.#vault.opened(), current, work);
        return rotateMaster(this.#means, this.#vault.opened(), slot, current, key, work);
      });
      return { ...rotated, recoveryKey: key && encodeRecoveryKey(key) };
    } finally {
      current.wipe();
      key?.wipe();
    }
  }

  /**
   * @param unlockWith - the caller keeps and wipes the secret
   * @returns the caller wipes the master key
   * @throws WRONG_PASSPHRASE, KDF_OUT_OF_BOUNDS, KEYCHAIN_UNAVAILABLE
   */
  async open({ slots, vaultId }: KeyringContent, unlockWith: UnlockWith): Promise<OpenedSlot> {
    const { kdf, keychain, clock } = this.#means;
    if (unlockWith.kind === "keychain") return openKeychainSlot(slots, vaultId, keychain);
    if (unlockWith.kind === "passphrase") {
      return openPassphraseSlot(slots, vaultId, unlockWith.secret, kdf, clock);
    }
    const key = decodeRecoveryKey(unlockWith.secret);
    try {
      return openSecretSlot("recovery", slots, vaultId, key);
    } finally {
      key.wipe();
    }
  }

  /** @param passphrase - the caller keeps and wipes it */
  async strengthen(vault: SlotVault, opened: OpenedSlot, passphrase: Secret): Promise<void> {
    await this.#changes.run(() => strengthen(this.#means, vault, opened, passphrase));
  }

  /** Opens a slot, to see that someone knows its passphrase. */
  async #prove({ state }: SlotVault, passphrase: Secret, work: LongWork): Promise<OpenedSlot> {
    const { progress, signal } = work;
    const { content } = state.keyring;
    const unlockWith = { kind: "passphrase", secret: passphrase } as const;
    progress({ stage: "kdf", done: 0, total: 1 });
    const opened = await this.#guard.run(() => this.open(content, unlockWith));
    opened.masterKey.wipe();
    if (signal.aborted) throw new KeepsakeError("CANCELLED");
    progress({ stage: "kdf", done: 1, total: 1 });
    return opened;
  }
}

function summaryOf(slot: StoredSlot): SlotSummary {
  const { id, kind, label, created } = slot;
  if (slot.kind !== "passphrase") return { id, kind, label, created, kdf: undefined };
  const { memoryKiB, passes, parallelism } = slot.kdf;
  return { id, kind, label, created, kdf: { memoryKiB, passes, parallelism } };
}

/** @param secret - the passphrase or recovery key; @throws WEAK_PASSPHRASE when a slot that needs a secret has none */
function newSlotOf(kind: SlotSummary["kind"], label: string, secret: Secret | undefined): NewSlot {
  if (kind === "keychain") return { kind, label };
  if (secret === undefined) throw new KeepsakeError("WEAK_PASSPHRASE");
  return { kind, label, secret };
}
