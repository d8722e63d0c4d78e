/** Messages of `envelope.ts` as they are written, and errors as they cross the socket; without the schemas that read them. */
import { utf8 } from "../base/bytes.ts";
import type { ErrorFacts } from "../base/errors.ts";
import { KeepsakeError } from "../base/errors.ts";
import { latePattern } from "../base/late-pattern.ts";
import { MESSAGE_CHARACTERS } from "./text-rules.ts";
import type { ClientMessage, DaemonMessage, WireError } from "./envelope.ts";

const controls = latePattern(String.raw`\p{Cc}`, "gu");

/** The body of a JSON frame. */
export function encodeMessage(message: ClientMessage | DaemonMessage): Uint8Array {
  return utf8(JSON.stringify(message));
}

/** An error as it crosses the socket: code, message, hint and facts; never `cause`, never the stack. */
export function toWireError(error: KeepsakeError): WireError {
  return {
    code: error.code,
    message: safe(error.message),
    ...(error.hint !== undefined && { hint: safe(error.hint) }),
    ...(error.facts !== undefined && { data: safeFacts(error.facts) }),
  };
}

/** The daemon's error as the client throws it. */
export function fromWireError(wire: WireError): KeepsakeError {
  return new KeepsakeError(wire.code, wire.message, {
    ...(wire.hint !== undefined && { hint: wire.hint }),
    ...(wire.data !== undefined && { facts: wire.data }),
  });
}

function safeFacts(facts: ErrorFacts): Record<string, string | number | boolean> {
  return Object.fromEntries(
    Object.entries(facts).map(([name, fact]) => [name, typeof fact === "string" ? safe(fact) : fact]),
  );
}

/** A path may hold control characters; a terminal must not see them, nor the half of a character that was cut. */
function safe(text: string): string {
  return text.slice(0, MESSAGE_CHARACTERS).toWellFormed().replaceAll(controls(), "\u{FFFD}");
}
