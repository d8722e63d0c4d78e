/**
 * A memory as it is sealed: version byte, then JSON. Decrypted records are checked against the schema before anything
 * trusts them. Times are milliseconds since the epoch.
 */
import * as z from "zod";
import { OWNER_CLIENT } from "../base/client-id.ts";
import { concatBytes, fromUtf8, utf8 } from "../base/bytes.ts";
import { KeepsakeError } from "../base/errors.ts";
import { memory, storedTime } from "../protocol/schemas.ts";
import type { Memory } from "../protocol/schemas.ts";
import type { IndexedMemory } from "../search/search-index.ts";

const MEMORY_VERSION = 2;
/** Of 0.1.0, which called `user` what any client wrote. */
const FIRST_VERSION = 1;

/** The record: what clients see of a memory but its id and what other records say of it. */
const storedMemory = memory.omit({ id: true, supersededBy: true }).extend({
  at: storedTime,
  savedAt: storedTime,
  expiresAt: storedTime.optional(),
  muted: z.boolean().optional(),
});
export type StoredMemory = z.infer<typeof storedMemory>;

/** A memory that is not muted says nothing of it, like those of before there was such a thing. */
export function encodeMemory({ muted, ...stored }: StoredMemory): Uint8Array {
  const written = { ...stored, ...(muted === true && { muted }) };
  return concatBytes(Uint8Array.of(MEMORY_VERSION), utf8(JSON.stringify(written)));
}

/** @throws RECORD_DAMAGED when the plaintext authenticates but does not hold a memory of a known version */
export function decodeMemory(plaintext: Uint8Array): StoredMemory {
  if (plaintext[0] !== FIRST_VERSION) return decodeVersioned(storedMemory, MEMORY_VERSION, plaintext);
  const stored = decodeVersioned(storedMemory, FIRST_VERSION, plaintext);
  return { ...stored, trust: trustOfFirstVersion(stored) };
}

/**
 * In 0.1.0 `user` was also what hosts' clients wrote, and a turn that was given another text: such a turn is no longer what was
 * captured, and is not what the person typed as a note.
 */
function trustOfFirstVersion({ kind, source, trust }: StoredMemory): StoredMemory["trust"] {
  if (trust !== "user") return trust;
  if (source !== OWNER_CLIENT) return "assistant";
  return kind === "turn" ? "captured" : "user";
}

/** Reads a version byte and JSON of a schema; for every sealed JSON record of the service. */
export function decodeVersioned<S extends z.ZodType>(
  schema: S,
  version: number,
  plaintext: Uint8Array,
): z.output<S> {
  if (plaintext[0] !== version) throw new KeepsakeError("RECORD_DAMAGED", "a record has an unknown version");
  let json: unknown;
  try {
    json = JSON.parse(fromUtf8(plaintext.subarray(1)));
  } catch (cause) {
    throw new KeepsakeError("RECORD_DAMAGED", "a record does not hold JSON", { cause });
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success)
    throw new KeepsakeError("RECORD_DAMAGED", "a record does not have the shape of its kind");
  return parsed.data;
}

/** What clients see; `undefined` fields are left out. */
export function presentMemory(id: string, stored: StoredMemory, supersededBy: string | undefined): Memory {
  const { at, savedAt, expiresAt, muted, ...rest } = stored;
  return {
    id,
    ...rest,
    ...(muted === true && { muted }),
    at: isoTime(at),
    savedAt: isoTime(savedAt),
    ...(expiresAt !== undefined && { expiresAt: isoTime(expiresAt) }),
    ...(supersededBy !== undefined && { supersededBy }),
  };
}

/** What the search needs, and nothing more. */
export function indexedMemory(id: string, stored: StoredMemory): IndexedMemory {
  const { kind, text, project, session, role, speaker, tags, at, savedAt, expiresAt, pinned } = stored;
  const { muted = false, supersedes, trust } = stored;
  return {
    id,
    kind,
    text,
    project,
    session,
    role,
    speaker,
    tags,
    at,
    savedAt,
    expiresAt,
    pinned,
    muted,
    supersedes,
    trust,
  };
}

export function isoTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** Milliseconds of a checked ISO 8601 time, or `undefined` for none. */
export function milliseconds(time: string): number;
export function milliseconds(time: string | undefined): number | undefined;
export function milliseconds(time: string | undefined): number | undefined {
  return time === undefined ? undefined : Date.parse(time);
}
