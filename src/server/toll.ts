/**
 * What a frame costs its client, paid before anything of it is read. A request that cannot be paid for is refused; what has
 * no answer of its own (frames of a stream, secrets, cancels, and small requests, which the rate of requests binds) goes on.
 * Either way the connection may have to pause: bytes are read no faster than a client may send them.
 */
import { KeepsakeError } from "../base/errors.ts";
import type { ClientIdentity } from "../policy/clients.ts";
import { peekRequestId } from "../protocol/envelope.ts";
import type { Frame } from "../protocol/frame.ts";
import type { CheckedOptions } from "./server-options.ts";

export interface TollEvents {
  /** @throws BUSY, MALFORMED_REQUEST, RATE_LIMITED: the connection must end */
  readonly onRefused: (id: number, error: KeepsakeError) => void;
  /** The connection is not to be read for so many milliseconds. */
  readonly onWait: (waitMs: number) => void;
}

/**
 * @returns false when the frame was refused
 * @throws RATE_LIMITED when the frame does not show whose refusal it would be, and as `onRefused`: the connection must end
 */
export function payToll(
  { kind, body }: Frame,
  client: ClientIdentity,
  { rateLimits, limits }: Pick<CheckedOptions, "rateLimits" | "limits">,
  { onRefused, onWait }: TollEvents,
): boolean {
  const isBinding = kind === "json" && body.length > limits.helloFrameBytes;
  try {
    const waitMs = rateLimits[isBinding ? "takeBytes" : "chargeBytes"](client, body.length);
    if (waitMs > 0) onWait(waitMs);
    return true;
  } catch (thrown) {
    const id = peekRequestId(body);
    if (id === undefined || !(thrown instanceof KeepsakeError)) throw thrown;
    onRefused(id, thrown);
    return false;
  }
}
