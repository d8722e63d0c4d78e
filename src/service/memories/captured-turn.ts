/** A captured turn, or a note of the person, on its way: sealed in the inbox while the vault is locked, then a memory. */
import type { CapturedTurn } from "../../protocol/turn-in-inbox.ts";
import { CAPTURE_VERSION, capturedTurn } from "../../protocol/turn-in-inbox.ts";
import type { LeftNote } from "../../protocol/note-in-inbox.ts";
import { LEFT_NOTE_VERSION, leftNote } from "../../protocol/note-in-inbox.ts";
import { trustOf } from "../../policy/trust.ts";
import type { Arrival, Memories, TurnName } from "./memories.ts";
import type { StoredMemory } from "../memory-codec.ts";
import { decodeVersioned } from "../memory-codec.ts";
import { saidAt } from "../memory-times.ts";

/** No client can be called that. */
const UNKNOWN_SOURCE = "(unknown)";

/** @throws RECORD_DAMAGED */
export function decodeCaptured(plaintext: Uint8Array): CapturedTurn {
  return decodeVersioned(capturedTurn, CAPTURE_VERSION, plaintext);
}

/** The memory a turn becomes; the same message always becomes the same one. */
export function memoryOfTurn(memories: Memories, captured: CapturedTurn): Arrival {
  const turnName = nameOf(captured);
  const id = memories.messageId(turnName.project, turnName.messageId);
  return { id, turnName, stored: storedTurn(captured, { source: captured.source, trust: "captured" }) };
}

/**
 * The memory a turn becomes that nobody vouches for: whoever can write the vault's files may have made it up. It never takes
 * the id, and so never the place, of a turn that a client captured; where that one is there already it adds nothing.
 */
export function memoryOfUnverifiedTurn(memories: Memories, captured: CapturedTurn): Arrival {
  const turnName = nameOf(captured);
  const { project, session, messageId } = turnName;
  const id = memories.unverifiedTurnId(project, session, messageId);
  const stored = storedTurn(captured, { source: UNKNOWN_SOURCE, trust: "unverified" });
  return { id, turnName, keepsId: true, stored };
}

/** @returns undefined for what is no note. @throws RECORD_DAMAGED for one that cannot be read */
export function decodeLeftNote(plaintext: Uint8Array): LeftNote | undefined {
  if (plaintext[0] !== LEFT_NOTE_VERSION) return undefined;
  return decodeVersioned(leftNote, LEFT_NOTE_VERSION, plaintext);
}

/**
 * The memory a note becomes that waited in the inbox: as if its client had saved it then. One that nobody vouches for is nobody's.
 *
 * @param id - of the entry: a note is stored once, also when a crash comes in between
 */
export function memoryOfLeftNote(
  id: string,
  { project, source, receivedAt, note }: LeftNote,
  isAuthored: boolean,
): Arrival {
  const origin = isAuthored
    ? { source, trust: trustOf({ id: source }) }
    : { source: UNKNOWN_SOURCE, trust: "unverified" as const };
  return { id, isById: true, stored: { kind: "note", project, savedAt: receivedAt, ...note, ...origin } };
}

function nameOf({ project, session, turn: { messageId, alsoNamed = [] } }: CapturedTurn): TurnName {
  return { project, session, messageId, alsoNamed };
}

function storedTurn(
  {
    project,
    session,
    receivedAt,
    turn: { messageId: _id, alsoNamed: _names, at, tags = [], ...said },
  }: CapturedTurn,
  origin: Pick<StoredMemory, "source" | "trust">,
): StoredMemory {
  return {
    kind: "turn",
    project,
    session,
    tags,
    at: saidAt(at, receivedAt),
    savedAt: receivedAt,
    pinned: false,
    ...said,
    ...origin,
  };
}
