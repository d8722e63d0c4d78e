/** What of a vault's state is told, and to whom. */
import type { KeepsakeError } from "../../base/errors.ts";
import type { ClientIdentity } from "../../policy/clients.ts";
import type { Result } from "../../protocol/method-table.ts";
import type { Damage, VaultDoor, VaultHealth } from "../../vault/vault.ts";
import { isoTime } from "../memory-codec.ts";
import type { Secrets } from "../secrets.ts";

/** Most damaged ids a reply names; the count says how many there are. */
const MAX_NAMED_DAMAGE = 100;

export function presentRefusal(readOnly: VaultHealth["readOnly"]) {
  if (readOnly === undefined) return undefined;
  const { code, since, message } = readOnly;
  return { readOnly: { code, since: isoTime(since), ...(message !== undefined && { message }) } };
}

export function presentDrops(door: Pick<VaultDoor, "inboxCounts">) {
  const { dropsSetAside } = door.inboxCounts();
  return dropsSetAside > 0 ? { dropsSetAside } : undefined;
}

export function presentSecrets({ redacted, kept }: Secrets["counts"], { projects }: ClientIdentity) {
  return projects === undefined && redacted + kept > 0 ? { secrets: { redacted, kept } } : undefined;
}

export function presentFault(fault: KeepsakeError | undefined, { projects }: ClientIdentity) {
  if (fault === undefined) return undefined;
  const { code, message } = fault;
  return { fault: { code, ...(projects === undefined && { message }) } };
}

/** What a purge, or another way to write the vault anew, came to. */
interface Rewritten {
  readonly records: number;
  readonly generation: number;
  readonly damage: Damage;
}

export function presentRewrite({ records, generation, damage }: Rewritten) {
  return { records, generation, damage: presentDamage(damage) };
}

export function presentDamage({ damaged, missingCount }: Damage): Result<"vault.verify">["damage"] {
  return { damaged: damaged.slice(0, MAX_NAMED_DAMAGE), damagedCount: damaged.length, missingCount };
}
