/** What exists only while the vault is open, made at unlock and gone with the engine process. */
import type { IndexKeeper } from "./index-keeper.ts";
import type { Memories } from "./memories.ts";

export interface OpenSession {
  readonly memories: Memories;
  readonly keeper: IndexKeeper;
  /** Milliseconds since the epoch. */
  readonly since: number;
}
