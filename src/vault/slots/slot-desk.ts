/**
 * Where the slots of an open vault are changed: one change at a time, since each begins with the slots and the master key it
 * finds. Wipes every secret it is given.
 */
import { KeepsakeError } from "../../base/errors.ts";
import type { Secret } from "../../base/secret.ts";
import { encodeRecoveryKey, newRecoveryKey } from "../../keys/recovery-key.ts";
import type { OpenedSlot } from "../../keys/slots.ts";
import type { UnlockGuard } from "../../keys/unlock-guard.ts";
import { openSlot } from "./open-slot.ts";
import type { LiveVault } from "../live-vault.ts";
import type { MasterRotated, SlotMeans } from "./slot-changes.ts";
import { addSlot, changePassphrase, removeSlot, rotateMaster, strengthen } from "./slot-changes.ts";
import { newSlotOf, summaryOf } from "./slot-summary.ts";
import type { LongWork, SlotSummary } from "../vault.ts";

export interface AskedSlot {
  readonly kind: SlotSummary["kind"];
  readonly label: string;
  /** Of a passphrase slot. */
  readonly passphrase?: Secret;
}

export interface AddedSlot {
  readonly slot: SlotSummary;
  /** ASCII text; the caller wipes it. */
  readonly recoveryKey: Secret | undefined;
}

/** The open vault, asked for when a change's turn comes; @throws VAULT_SEALED, VAULT_MISSING */
type Opened = () => LiveVault;

export class SlotDesk {
  readonly #means: SlotMeans;
  readonly #guard: UnlockGuard;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(means: SlotMeans, guard: UnlockGuard) {
    this.#means = means;
    this.#guard = guard;
  }

  /** @throws as `addSlot` */
  async add(opened: Opened, { kind, label, passphrase }: AskedSlot, work: LongWork): Promise<AddedSlot> {
    const secret = kind === "recovery" ? newRecoveryKey(this.#means.randomness) : passphrase;
    try {
      const added = newSlotOf(kind, label, secret);
      const slot = await this.#inTurn(() => addSlot(this.#means, opened(), added, work));
      const recoveryKey = added.kind === "recovery" ? encodeRecoveryKey(added.secret) : undefined;
      return { slot: summaryOf(slot), recoveryKey };
    } finally {
      secret?.wipe();
    }
  }

  /** @throws as `removeSlot` */
  async remove(opened: Opened, id: string): Promise<void> {
    await this.#inTurn(() => removeSlot(this.#means, opened(), id));
  }

  /** @throws WRONG_PASSPHRASE, RATE_LIMITED, BUSY, CANCELLED, and as `changePassphrase` */
  async changePassphrase(
    opened: Opened,
    current: Secret,
    next: Secret,
    work: LongWork,
  ): Promise<SlotSummary> {
    try {
      return await this.#inTurn(async () => {
        const slot = await this.#prove(opened(), current, work);
        return summaryOf(await changePassphrase(this.#means, opened(), slot, next));
      });
    } finally {
      current.wipe();
      next.wipe();
    }
  }

  /** @throws WRONG_PASSPHRASE, RATE_LIMITED, BUSY, and as `rotateMaster` */
  async rotateMaster(
    opened: Opened,
    current: Secret,
    { recovery }: { readonly recovery: boolean },
    work: LongWork,
  ): Promise<MasterRotated & Pick<AddedSlot, "recoveryKey">> {
    const key = recovery ? newRecoveryKey(this.#means.randomness) : undefined;
    try {
      const rotated = await this.#inTurn(async () => {
        const slot = await this.#prove(opened(), current, work);
        return rotateMaster(this.#means, opened(), slot, current, key, work);
      });
      return { ...rotated, recoveryKey: key && encodeRecoveryKey(key) };
    } finally {
      current.wipe();
      key?.wipe();
    }
  }

  /** @param passphrase - the caller keeps and wipes it */
  async strengthen(vault: LiveVault, opened: OpenedSlot, passphrase: Secret): Promise<void> {
    await this.#inTurn(() => strengthen(this.#means, vault, opened, passphrase));
  }

  /** Opens a slot, to see that someone knows its passphrase. */
  async #prove({ state }: LiveVault, passphrase: Secret, work: LongWork): Promise<OpenedSlot> {
    const { progress, signal } = work;
    const { content } = state.keyring;
    const unlockWith = { kind: "passphrase", secret: passphrase } as const;
    progress({ stage: "kdf", done: 0, total: 1 });
    const opened = await this.#guard.run(() => openSlot(content, unlockWith, this.#means));
    opened.masterKey.wipe();
    if (signal.aborted) throw new KeepsakeError("CANCELLED");
    progress({ stage: "kdf", done: 1, total: 1 });
    return opened;
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const run = this.#turn.then(change);
    this.#turn = run.catch(() => undefined);
    return run;
  }
}
