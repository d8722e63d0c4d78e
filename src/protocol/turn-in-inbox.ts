/**
 * A captured turn as it waits in the inbox, before it is sealed: `version(1) = 1 ‖ JSON`. The daemon writes it while the vault is
 * locked, and a hook that reaches no daemon writes the same.
 */
import * as z from "zod";
import { concatBytes, utf8 } from "../base/bytes.ts";
import type { Params } from "./method-table.ts";
import { turn } from "./methods/memory-write-methods.ts";
import { projectName, sessionName, storedTime } from "./schemas.ts";

export const CAPTURE_VERSION = 1;

export const capturedTurn = z.strictObject({
  project: projectName.nullable(),
  session: sessionName,
  source: z.string(),
  receivedAt: storedTime,
  turn,
});
export type CapturedTurn = z.infer<typeof capturedTurn>;

/**
 * One entry for each turn of a request.
 *
 * @param source - id of the client
 * @param receivedAt - milliseconds since the epoch
 */
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
