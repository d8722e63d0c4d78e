/**
 * What passes between the engine and the process that asks the keychain; one request and one answer, then both are done.
 *
 *   request  length(4) ‖ JSON {operation, account} ‖ length(4) ‖ secret (empty unless it is stored)
 *   answer   status(1): 0 done, 1 none there, 2 failed ‖ secret, or the library's message in UTF-8
 *
 * Secrets are raw bytes: only the process next to the library makes a string of them, and it ends right after.
 */
import * as z from "zod";
import { encodeParts, fromUtf8, readUint32, utf8 } from "../base/bytes.ts";
import { concatSecretBytes, Secret } from "../base/secret.ts";

export type KeychainRequest =
  | { readonly operation: "get" | "remove"; readonly account: string }
  | { readonly operation: "set"; readonly account: string; readonly secret: Secret };

export interface KeychainAnswer {
  readonly status: "done" | "none" | "failed";
  /** What `get` found; the receiver wipes it. */
  readonly secret?: Secret;
  /** What the library said when it failed; for choosing a sentence, not for showing. */
  readonly message: string;
}

/** More than any request or answer has. */
export const MAX_KEYCHAIN_MESSAGE_BYTES = 16 << 10;

const STATUSES = ["done", "none", "failed"] as const;

const requestHead = z.strictObject({
  operation: z.enum(["get", "set", "remove"]),
  account: z.string().min(1).max(256),
});

/** @returns bytes that the caller wipes */
export function encodeKeychainRequest(request: KeychainRequest): Uint8Array {
  const { operation, account } = request;
  const secret = request.operation === "set" ? request.secret.bytes : new Uint8Array(0);
  return encodeParts(utf8(JSON.stringify({ operation, account })), secret);
}

/**
 * Reads a request off the front of what has arrived.
 *
 * @returns undefined while it is not whole; the receiver wipes the secret
 * @throws when it is not a request
 */
export function decodeKeychainRequest(arrived: Uint8Array): KeychainRequest | undefined {
  const head = partAt(arrived, 0);
  if (head === undefined) return undefined;
  const secret = partAt(arrived, 4 + head.length);
  if (secret === undefined) return undefined;
  const { operation, account } = requestHead.parse(JSON.parse(fromUtf8(head)));
  return operation === "set"
    ? { operation, account, secret: new Secret(concatSecretBytes(secret)) }
    : { operation, account };
}

/** @returns bytes that the caller wipes */
export function encodeKeychainAnswer({ status, secret, message }: KeychainAnswer): Uint8Array {
  const code = Uint8Array.of(STATUSES.indexOf(status));
  return concatSecretBytes(code, secret?.bytes ?? utf8(message));
}

/** @param arrived - everything that arrived; the caller wipes it; @returns "failed" for whatever is not an answer */
export function decodeKeychainAnswer(arrived: Uint8Array): KeychainAnswer {
  const status = STATUSES[arrived[0] ?? -1];
  const rest = arrived.subarray(1);
  if (status === undefined || status === "failed") {
    return { status: "failed", message: new TextDecoder().decode(rest) };
  }
  return { status, message: "", ...(rest.length > 0 && { secret: new Secret(concatSecretBytes(rest)) }) };
}

function partAt(bytes: Uint8Array, offset: number): Uint8Array | undefined {
  if (bytes.length < offset + 4) return undefined;
  const end = offset + 4 + readUint32(bytes, offset);
  return bytes.length < end ? undefined : bytes.subarray(offset + 4, end);
}
