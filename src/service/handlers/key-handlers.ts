/** Handlers on the slots of the keyring. */
import { KeepsakeError } from "../../base/errors.ts";
import type { Result } from "../../protocol/method-table.ts";
import type { SlotSummary, VaultDoor } from "../../vault/vault.ts";
import { isoTime } from "../memory-codec.ts";
import type { Handlers } from "../service.ts";
import { longWork, onlySecret } from "./vault-handlers.ts";

type KeyMethods = Extract<keyof Handlers, `key.${string}`>;

export function keyHandlers(door: VaultDoor): Pick<Handlers, KeyMethods> {
  return {
    "key.list": () => Promise.resolve({ slots: door.slots().map(presentSlot) }),
    "key.add": async ({ kind, label = kind }, context) => {
      const passphrase = kind === "passphrase" ? { passphrase: onlySecret(context) } : {};
      const added = await door.addSlot({ kind, label, ...passphrase }, longWork(context));
      if (added.recoveryKey !== undefined) context.giveSecret(added.recoveryKey);
      return { slot: presentSlot(added.slot) };
    },
    "key.remove": async ({ id }) => {
      await door.removeSlot(id);
      return { removed: id };
    },
    "key.change": async ({ rotate }, context) => {
      const [current, next] = context.secrets;
      if (current === undefined || next === undefined) {
        throw new KeepsakeError("MALFORMED_REQUEST", "a secret frame is missing");
      }
      const work = longWork(context);
      const slot = await door.changePassphrase(current, next, work);
      if (rotate) await door.opened().purge(work);
      return { slot: presentSlot(slot) };
    },
  };
}

function presentSlot({ created, kdf, ...slot }: SlotSummary): Result<"key.add">["slot"] {
  return { ...slot, created: isoTime(created), ...(kdf !== undefined && { kdf: { ...kdf } }) };
}
