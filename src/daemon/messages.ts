/**
 * What front and engine say to each other over the channel between them. No message carries anything of a connection:
 * the socket itself travels beside `connection`, unread.
 *
 *   front                         engine
 *     first        ──────────────>  of this daemon: it may open the vault by itself
 *     serve        ──────────────>  the one before has ended: wire up
 *                  <──────────────  ready
 *     connection n ──(socket)────>
 *                  <──────────────  claimed n        the front lets go of its copy
 *                  <──────────────  opening          somebody opens the vault: a lock will come, and need a successor
 *     ping         ──────────────>
 *                  <──────────────  pong             the engine is not stuck
 *     end          ──────────────>  as a lock does
 *                  <──────────────  ending           no connection is claimed from here on
 *                                   exit
 */
export type ToEngine =
  | { readonly type: "first" }
  | { readonly type: "serve" }
  | { readonly type: "connection"; readonly number: number }
  | { readonly type: "ping" }
  | { readonly type: "end" };

export type ToFront =
  | { readonly type: "ready" }
  | { readonly type: "opening" }
  | { readonly type: "claimed"; readonly number: number }
  | { readonly type: "pong" }
  | { readonly type: "ending" };

export function isToEngine(message: unknown): message is ToEngine {
  return (
    hasType(message, "first", "serve", "ping", "end") ||
    (hasType(message, "connection") && hasNumber(message))
  );
}

export function isToFront(message: unknown): message is ToFront {
  return (
    hasType(message, "ready", "opening", "pong", "ending") ||
    (hasType(message, "claimed") && hasNumber(message))
  );
}

function hasType(message: unknown, ...types: readonly string[]): message is { readonly type: string } {
  if (typeof message !== "object" || message === null || !("type" in message)) return false;
  return typeof message.type === "string" && types.includes(message.type);
}

function hasNumber(message: object): boolean {
  return "number" in message && Number.isSafeInteger(message.number);
}
