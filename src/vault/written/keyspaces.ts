/** The keyspaces of the store, and what follows from them. */

/**
 * Every keyspace, a row each. Bytes are permanent: they are bound into every sealed record. The head counts the records of
 * some; the others hold what is sealed to the inbox key, and what the vault keeps about itself.
 */
const KEYSPACES = {
  memory: { byte: 0x01, isCounted: true },
  idempotency: { byte: 0x02, isCounted: true },
  audit: { byte: 0x03, isCounted: true },
  tombstone: { byte: 0x04, isCounted: true },
  source: { byte: 0x05, isCounted: true },
  name: { byte: 0x06, isCounted: true },
  inbox: { byte: 0x10, isCounted: false },
  inboxTally: { byte: 0x11, isCounted: false },
  head: { byte: 0x20, isCounted: false },
  journal: { byte: 0x21, isCounted: false },
  checkpoint: { byte: 0x22, isCounted: false },
} as const satisfies Record<string, { readonly byte: number; readonly isCounted: boolean }>;

type AnyKeyspace = keyof typeof KEYSPACES;

/** A keyspace whose records the head counts. */
export type CountedKeyspace = {
  [Name in AnyKeyspace]: (typeof KEYSPACES)[Name]["isCounted"] extends true ? Name : never;
}[AnyKeyspace];

const NAMES = Object.keys(KEYSPACES) as readonly AnyKeyspace[];

export const KEYSPACE_BYTES = Object.fromEntries(
  NAMES.map((name) => [name, KEYSPACES[name].byte]),
) as Readonly<Record<AnyKeyspace, number>>;

export const COUNTED_KEYSPACES = NAMES.filter((name): name is CountedKeyspace => KEYSPACES[name].isCounted);

const COUNTED_BY_BYTE = Array.from({ length: 256 }, (_, byte) =>
  COUNTED_KEYSPACES.find((keyspace) => KEYSPACE_BYTES[keyspace] === byte),
);

const COUNTED_BYTES = COUNTED_KEYSPACES.map((keyspace) => KEYSPACE_BYTES[keyspace]);

/** From the first counted keyspace to the last. What else may lie between them is no live record of any directory. */
export const COUNTED_RANGE = {
  from: Uint8Array.of(Math.min(...COUNTED_BYTES)),
  to: Uint8Array.of(Math.max(...COUNTED_BYTES) + 1),
};

/** @returns the counted keyspace of a byte, undefined for any other byte */
export function countedKeyspace(byte: number): CountedKeyspace | undefined {
  return COUNTED_BY_BYTE[byte];
}

/** What a walk through one keyspace covers. */
export function keyspaceRange(keyspaceByte: number): { readonly from: Uint8Array; readonly to: Uint8Array } {
  return { from: Uint8Array.of(keyspaceByte), to: Uint8Array.of(keyspaceByte + 1) };
}
