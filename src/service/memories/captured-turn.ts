/** A captured turn on its way: sealed in the inbox while the vault is locked, then a memory. */
import * as z from "zod";
import { concatBytes, utf8 } from "../../base/bytes.ts";
import type { Params } from "../../protocol/method-table.ts";
import { turn } from "../../protocol/methods/memory-write-methods.ts";
import { projectName, sessionName } from "../../protocol/schemas.ts";
import type { Memories, NewMemory } from "./memories.ts";
import { decodeVersioned, milliseconds, storedTime } from "../memory-codec.ts";

const CAPTURE_VERSION = 1;

const capturedTurn = z.strictObject({
  project: projectName.nullable(),
  session: sessionName,
  source: z.string(),
  receivedAt: storedTime,
  turn,
});
export type CapturedTurn = z.infer<typeof capturedTurn>;

/** One entry for each turn of a request. */
export function capturedTurns(
  params: Params<"memory.capture">,
  source: string,
  receivedAt: number,
): readonly CapturedTurn[] {
  const { project, session } = params;
  return params.turns.map((each) => ({ project, session, source, receivedAt, turn: each }));
}

export function encodeCaptured(captured: CapturedTurn): Uint8Array {
  return concatBytes(Uint8Array.of(CAPTURE_VERSION), utf8(JSON.stringify(captured)));
}

/** @throws RECORD_DAMAGED */
export function decodeCaptured(plaintext: Uint8Array): CapturedTurn {
  return decodeVersioned(capturedTurn, CAPTURE_VERSION, plaintext);
}

/** The memory a turn becomes; the same (session, message) always becomes the same one. */
export function memoryOfTurn(memories: Memories, captured: CapturedTurn): NewMemory {
  const { project, session, source, receivedAt } = captured;
  const { messageId, at, tags = [], ...said } = captured.turn;
  return {
    id: memories.turnId(project, session, messageId),
    stored: {
      kind: "turn",
      project,
      session,
      source,
      tags,
      at: milliseconds(at),
      savedAt: receivedAt,
      pinned: false,
      trust: "captured",
      ...said,
    },
  };
}
