/**
 * The hello, first on every connection. Both sides prove that they hold the client's token, which never crosses the
 * wire, and the daemon proves itself first: a program squatting on the socket learns a client's name and nothing else.
 *
 *     client   hello        {versions, client, nonce}           nonce: 32 random bytes
 *     daemon                {version, nonce, proof}             proof = HMAC(token, "…daemon" ‖ transcript)
 *     client   hello.proof  {proof}                             proof = HMAC(token, "…client" ‖ transcript ‖ daemon's proof)
 *     daemon                {}                                  requests may follow
 *
 * The transcript is every field of the first two messages, length-prefixed. The two domains differ, so neither side's
 * proof can be reflected; both nonces are fresh, so neither can be replayed; the versions are inside, so none can be
 * talked down. A name that no client has is answered with a proof under a random token, so that names cannot be probed.
 * HMAC-SHA256 by WebCrypto (RFC 2104), compared in constant time by `subtle.verify`.
 *
 * What this is not: a defence against software of the same user, which can read the token file or stand in between.
 */
import * as z from "zod";
import { BYTES_32, PROTOCOL_VERSIONS } from "./hello-proofs.ts";
import { clientId, listOf } from "./schemas.ts";

export const TOKEN_BYTES = 32;

export const bytes32 = z.string().regex(BYTES_32, "not 32 bytes in base64");
const version = z.int().min(1).max(0xffff);

export const helloParams = z.strictObject({
  versions: listOf(version, 16, 1),
  client: clientId,
  nonce: bytes32,
});
/** The two answers; the documentation's alone, for a client of hooks has no time for schemas. @internal */
export const helloResult = z.strictObject({ version, nonce: bytes32, proof: bytes32 });
export const helloProofParams = z.strictObject({ proof: bytes32 });
/** @internal see `helloResult` */
export const helloProofResult = z.strictObject({});

/** The newest version both sides speak. */
export function chooseVersion(
  offered: readonly number[],
  spoken: readonly number[] = PROTOCOL_VERSIONS,
): number | undefined {
  return spoken.find((each) => offered.includes(each));
}
