/**
 * Idempotency keys: the same key with the same payload gives the first result again, with another payload it is refused.
 * This module decides; the service stores the entry, sealed, in the same batch as the record:
 *
 *   id of the entry = deriveId(client ‖ method ‖ key)       scoped to client and method
 *   entry           = {version, payloadMac, result, expiresAt} as JSON
 *   payloadMac      = MAC under a key of the vault over the canonical params without key and confirmation token
 */
import * as z from "zod";
import { fromBase64, fromUtf8, toBase64, utf8 } from "../base/bytes.ts";
import type { Json } from "../base/canonical-json.ts";
import { canonicalJson } from "../base/canonical-json.ts";
import { LIMITS } from "../base/limits.ts";
import type { MethodName } from "../protocol/method-table.ts";
import { canonicalParams } from "./canonical-params.ts";

export interface IdempotencyEntry {
  /** 32 bytes. */
  readonly payloadMac: Uint8Array;
  /** What the first call answered. */
  readonly result: Json;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

export type IdempotencyDecision =
  | { readonly kind: "first" }
  | { readonly kind: "reuse"; readonly result: Json }
  | { readonly kind: "conflict" };

const storedEntry = z.strictObject({
  version: z.literal(1),
  payloadMac: z.base64(),
  result: z.json(),
  expiresAt: z.int().nonnegative(),
});

/** The parts from which the vault derives the id of an entry; injective in client, method and key together. */
export function idempotencyName(client: string, method: MethodName, key: string): readonly Uint8Array[] {
  return [utf8("idempotency"), utf8(client), utf8(method), utf8(key)];
}

/** What `payloadMac` is computed over: the params without the key itself and without a confirmation token. */
export function idempotentPayload(params: Readonly<Record<string, unknown>>): Uint8Array {
  return canonicalParams(params, ["idempotencyKey", "confirmationToken"]);
}

/** What to do with a call whose key has `stored` as its entry, if any. An entry that expired is as good as none. */
export function decideIdempotency(
  stored: IdempotencyEntry | undefined,
  payloadMac: Uint8Array,
  now: number,
): IdempotencyDecision {
  if (stored === undefined || now >= stored.expiresAt) return { kind: "first" };
  return equalMacs(stored.payloadMac, payloadMac)
    ? { kind: "reuse", result: stored.result }
    : { kind: "conflict" };
}

/** The entry for a call that is done now. */
export function newIdempotencyEntry(payloadMac: Uint8Array, result: Json, now: number): IdempotencyEntry {
  return { payloadMac, result, expiresAt: now + LIMITS.idempotencyKeptMs };
}

export function encodeIdempotencyEntry({ payloadMac, result, expiresAt }: IdempotencyEntry): Uint8Array {
  return utf8(canonicalJson({ version: 1, payloadMac: toBase64(payloadMac), result, expiresAt }));
}

/** @throws Error when the bytes are not an entry */
export function decodeIdempotencyEntry(bytes: Uint8Array): IdempotencyEntry {
  const { payloadMac, result, expiresAt } = storedEntry.parse(JSON.parse(fromUtf8(bytes)));
  return { payloadMac: fromBase64(payloadMac), result, expiresAt };
}

/** In a time that does not tell where they differ. */
function equalMacs(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (const [index, byte] of a.entries()) difference |= byte ^ (b[index] ?? 0);
  return difference === 0;
}
