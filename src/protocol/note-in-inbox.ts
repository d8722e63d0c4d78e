/**
 * A note that the person saved while the vault was locked, as it waits in the inbox, before it is sealed: `version(1) = 2 ‖ JSON`.
 * Version 1 there is a captured turn; who does not know this one leaves it where it is.
 */
import * as z from "zod";
import { concatBytes, utf8 } from "../base/bytes.ts";
import { givenFields, noteText, projectName, storedTime } from "./schemas.ts";

export const LEFT_NOTE_VERSION = 2;

export const leftNote = z.strictObject({
  project: projectName.nullable(),
  /** Id of the client. */
  source: z.string(),
  /** Milliseconds since the epoch, as are all times here. */
  receivedAt: storedTime,
  /** The person has its secrets stored as they are. */
  keepSecrets: z.literal(true).optional(),
  note: z.strictObject({
    text: noteText,
    ...givenFields,
    muted: givenFields.muted.optional(),
    at: storedTime,
    expiresAt: storedTime.optional(),
  }),
});
export type LeftNote = z.infer<typeof leftNote>;

export function encodeLeftNote(left: LeftNote): Uint8Array {
  return concatBytes(Uint8Array.of(LEFT_NOTE_VERSION), utf8(JSON.stringify(left)));
}
