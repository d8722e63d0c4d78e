/** What a client reads from the daemon. */
import { KeepsakeError } from "../base/errors.ts";
import { daemonMessageIn } from "./client-view.ts";
import type { DaemonMessage } from "./envelope.ts";
import { parseJson } from "./json-guard.ts";

/** @throws INVALID_RESULT when the daemon's frame is none of the shapes of `envelope.ts` */
export function parseDaemonMessage(body: Uint8Array): DaemonMessage {
  const message = daemonMessageIn(unguarded(body));
  if (message === undefined) throw new KeepsakeError("INVALID_RESULT");
  return message;
}

function unguarded(body: Uint8Array): unknown {
  try {
    return parseJson(body, { maxValues: Infinity });
  } catch (cause) {
    throw new KeepsakeError("INVALID_RESULT", undefined, { cause });
  }
}
