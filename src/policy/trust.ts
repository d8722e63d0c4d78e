/**
 * How far a memory's words are to be believed: who answers for its text. The daemon sets it from the client and the method,
 * never from what a caller says, and no later version of a memory has more of it than the one before:
 *
 *   user        the person typed it: client `cli`
 *   captured    a client handed over a turn of a conversation, word for word
 *   assistant   any other client wrote it
 *   imported    a file said it
 *   unverified  nobody known
 *
 * In this order each is below the one before it. A captured turn stands above what an assistant wrote, so that the model's
 * correction of what the person said is shown as the model's.
 */
import type { Trust } from "../protocol/schemas.ts";
import { isPerson } from "./clients.ts";
import type { ClientIdentity } from "./clients.ts";

/** From the most to the least. */
const ORDER = ["user", "captured", "assistant", "imported", "unverified"] as const satisfies readonly Trust[];

/** Of what a client writes. */
export function trustOf(writer: Pick<ClientIdentity, "id">): Trust {
  return isPerson(writer) ? "user" : "assistant";
}

/** Of a version with a new text: the lower one of its writer's and the version's before it. */
export function trustOfVersion(older: Trust, writer: Pick<ClientIdentity, "id">): Trust {
  return lowerTrust(older, trustOf(writer));
}

export function lowerTrust(one: Trust, other: Trust): Trust {
  return ORDER.indexOf(one) > ORDER.indexOf(other) ? one : other;
}
