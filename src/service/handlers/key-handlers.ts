/** Handlers on the slots of the keyring. */
import { KeepsakeError, hasCode } from "../../base/errors.ts";
import type { Result } from "../../protocol/method-table.ts";
import type { SlotSummary, VaultDoor } from "../../vault/vault.ts";
import { isoTime } from "../memory-codec.ts";
import { rewrite } from "../open-session.ts";
import type { OpenSession } from "../open-session.ts";
import { onlySecret } from "../service.ts";
import type { CallContext, Handlers } from "../service.ts";

type KeyMethods = Extract<keyof Handlers, `key.${string}`>;

/** @param session - the open session; throws VAULT_SEALED or VAULT_MISSING */
export function keyHandlers(door: VaultDoor, session: () => OpenSession): Pick<Handlers, KeyMethods> {
  return {
    "key.list": async () => ({ slots: door.slots.list().map(presentSlot) }),
    "key.add": async ({ kind, label = kind }, context) => {
      session();
      const passphrase = kind === "passphrase" ? { passphrase: onlySecret(context) } : {};
      const added = await door.slots.add({ kind, label, ...passphrase }, context);
      if (added.recoveryKey !== undefined) context.giveSecret(added.recoveryKey);
      return { slot: presentSlot(added.slot) };
    },
    "key.remove": async ({ id }) => {
      session();
      await door.slots.remove(id);
      return { removed: id };
    },
    "key.change": async ({ rotate }, context) => {
      const open = session();
      const [current, next] = context.secrets;
      if (current === undefined || next === undefined) {
        throw new KeepsakeError("MALFORMED_REQUEST", "a secret frame is missing");
      }
      const slot = presentSlot(await door.slots.changePassphrase(current, next, context));
      if (rotate) await rotateBehind(open, context);
      return { slot };
    },
  };
}

/** The passphrase is changed already, which the caller must know when the rest fails. */
async function rotateBehind(session: OpenSession, context: CallContext): Promise<void> {
  try {
    await rewrite(session, () => session.memories.vault.purge(context, "refused"));
  } catch (error) {
    if (!hasCode(error)) throw error;
    throw new KeepsakeError(error.code, "the passphrase was changed, the data key was not", {
      hint: 'unlock with the new passphrase; for a new data key run "keepsake rotate"',
      cause: error,
    });
  }
}

function presentSlot({ id, kind, label, created, kdf }: SlotSummary): Result<"key.add">["slot"] {
  return { id, kind, label, created: isoTime(created), ...(kdf !== undefined && { kdf: presentKdf(kdf) }) };
}

function presentKdf({ memoryKiB, passes, parallelism }: NonNullable<SlotSummary["kdf"]>) {
  return { memoryKiB, passes, parallelism };
}
