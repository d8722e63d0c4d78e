/**
 * What a process of the daemon's program tells the command line over the channel between them, after it tried to take the
 * locks of the vault. It keeps what it has until the channel is closed.
 */
import * as z from "zod";

const pids = z.array(z.int().positive());

export const locksReport = z.discriminatedUnion("state", [
  /** It has all of them: no process has the vault. `ended`: those it ended to get there. */
  z.strictObject({ state: z.literal("free"), ended: pids }),
  /** Another process has one. `holders`: those that were found and proven to be daemons of this user. */
  z.strictObject({ state: z.literal("held"), holders: pids }),
  /** It could not look. */
  z.strictObject({ state: z.literal("unknown"), reason: z.string() }),
]);
export type LocksReport = z.infer<typeof locksReport>;

/** `look` takes the locks or finds out who has them; `end` ends who has them. */
export type LocksWish = "look" | "end";
