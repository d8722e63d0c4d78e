/** What times a memory may have, in milliseconds since the epoch. */
import { KeepsakeError } from "../base/errors.ts";
import { milliseconds } from "./memory-codec.ts";

/** Clocks of the programs on one machine may be read at different moments. */
const MAX_AHEAD_MS = 60_000;

/** When a turn was said. One whose time lies ahead was said when it came, or it would be the newest for good. */
export function saidAt(time: string, now: number): number {
  return Math.min(milliseconds(time), now);
}

/** @throws INVALID_PARAMS for a time that lies ahead */
export function checkNotAhead(at: number, now: number): void {
  if (at <= now + MAX_AHEAD_MS) return;
  throw new KeepsakeError("INVALID_PARAMS", "at lies in the future", {
    hint: "give the time it was said or noted, or none for now",
  });
}

/** @throws INVALID_PARAMS for a time that is over: what is to go at once is forgotten, and nothing is hidden by a date */
export function checkExpiry(expiry: number | undefined, now: number): void {
  if (expiry === undefined || expiry > now) return;
  throw new KeepsakeError("INVALID_PARAMS", "expiresAt lies in the past", {
    hint: "give a later time, or forget the memory",
  });
}
