/** What exists only while the vault is open, made at unlock and gone with the engine process. */
import type { Damage } from "../vault/vault.ts";
import type { InboxDrain } from "./memories/drain-inbox.ts";
import type { IndexKeeper } from "./index/index-keeper.ts";
import type { Memories } from "./memories/memories.ts";

export interface OpenSession {
  readonly memories: Memories;
  readonly keeper: IndexKeeper;
  readonly drain: InboxDrain;
  /** Milliseconds since the epoch. */
  readonly since: number;
}

/** Nothing damaged, nothing missing. */
export function isWhole({ damaged, missingCount }: Damage): boolean {
  return damaged.length === 0 && missingCount === 0;
}
