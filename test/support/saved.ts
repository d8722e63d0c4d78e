/** What a save or an update answered that asks for no confirmation. */
import assert from "node:assert/strict";
import type { Result } from "../../src/protocol/method-table.ts";

type Answer = Result<"memory.save"> | Result<"memory.update">;

export function saved<R extends Answer>(answer: R): Extract<R, { id: string }> {
  assert.ok("id" in answer, "the call asks to be confirmed");
  return answer as Extract<R, { id: string }>;
}
