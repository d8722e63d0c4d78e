/** One entry of the record of calls: what may stand in it, and its bytes. */
import type * as z from "zod";
import { attempt } from "../../base/attempt.ts";
import { concatBytes, fromUtf8, utf8 } from "../../base/bytes.ts";
import { KeepsakeError } from "../../base/errors.ts";
import { auditedCall } from "../../protocol/methods/audit-methods.ts";
import type { InboxEntry } from "../../vault/vault.ts";

/** Its sequence number is its place in the chain. */
export type AuditEntry = z.output<typeof auditedCall>;

/** First byte of what waits in the inbox; that of a captured turn is its version, a small number. */
const WAITING_MARK = 0xa1;
const MAX_WAITING_ENTRIES = 1_000;

export function encodeEntry(entry: AuditEntry): Uint8Array {
  return utf8(JSON.stringify(entry));
}

/** @throws RECORD_DAMAGED */
export function decodeEntry(bytes: Uint8Array): AuditEntry {
  const entry = attempt(() => auditedCall.parse(JSON.parse(fromUtf8(bytes))));
  if (entry === undefined) throw new KeepsakeError("RECORD_DAMAGED");
  return entry;
}

/** What is sealed into the inbox while there is no key to write the chain with: `0xa1 ‖ JSON list`. */
export function encodeWaiting(entries: readonly AuditEntry[]): Uint8Array {
  return concatBytes(Uint8Array.of(WAITING_MARK), utf8(JSON.stringify(entries)));
}

export function isWaitingAudit({ plaintext }: Pick<InboxEntry, "plaintext">): boolean {
  return plaintext[0] === WAITING_MARK;
}

/** @returns nothing when it does not hold entries, or more than are ever put into one */
export function decodeWaiting(plaintext: Uint8Array): readonly AuditEntry[] {
  const list = attempt(() => JSON.parse(fromUtf8(plaintext.subarray(1))) as unknown);
  if (!Array.isArray(list) || list.length > MAX_WAITING_ENTRIES) return [];
  return list.flatMap((each) => {
    const parsed = auditedCall.safeParse(each);
    return parsed.success ? [{ ...parsed.data, sealed: true as const }] : [];
  });
}
