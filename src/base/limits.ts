/** The longest that an unlock may keep the vault open for, whatever its settings say. */
export const MAX_OPEN_FOR_MS = 7 * 24 * 3_600_000;

/** Every cap and deadline in one place; sizes in bytes, times in milliseconds. */
export const LIMITS = {
  // frames and connections
  frameBytes: 1 << 20,
  secretFrameBytes: 4 << 10,
  /** The most a JSON frame may hold before the hello is done. */
  helloFrameBytes: 4 << 10,
  jsonDepth: 16,
  /** Members of objects and elements of arrays in the JSON of a client, at any depth; the largest capture has 9,000. */
  jsonValues: 10_000,
  /** Of all clients but the owner, who has `connectionsPerClient` places beside them. */
  connections: 32,
  connectionsPerClient: 8,
  /** Connections whose hello is not done; a newcomer over it takes the place of one that is silent. */
  connectionsBeforeHello: 128,
  /** Connections that were accepted and that no engine has yet, as when one is being replaced; one more is refused. */
  connectionsUnclaimed: 512,
  requestsInFlight: 16,
  helloMs: 5_000,
  partialFrameMs: 10_000,
  requestMs: 30_000,
  connectionIdleMs: 600_000,
  resultBytes: 1 << 20,
  /** Bytes a connection may leave unread before it is destroyed; the answers of all its requests in flight fit. */
  unreadBytes: 17 << 20,
  /** How long a client may leave a full socket unread before it is destroyed. */
  unreadMs: 10_000,
  /** Stream bytes that wait for a handler before the connection is no longer read. */
  streamWaitingBytes: 1 << 20,
  /** Stream bytes dropped behind a refused request before the connection ends. */
  streamDroppedBytes: 8 << 20,
  /** How long a refused client has to read the last error before its connection is destroyed. */
  lingerMs: 1_000,
  /** Progress of a request is sent at most this often. */
  progressMs: 50,
  lockGraceMs: 2_000,
  /** How long a client waits for a daemon that is there. */
  daemonAnswerMs: 5_000,
  /** How long it waits for one that it started and that has not ended. */
  daemonStartMs: 30_000,
  // memories
  textBytes: 64 << 10,
  tags: 32,
  tagCharacters: 64,
  turnsPerCapture: 200,
  projectBytes: 1_024,
  sessionBytes: 256,
  /** Of the path of a file that notes are imported from. */
  sourceBytes: 4_096,
  /** Of one heading above a section, and how many there may be. */
  headingCharacters: 256,
  headings: 8,
  formerProjects: 8,
  speakerCharacters: 128,
  /** Names of a message beside its own. */
  otherNames: 4,
  /** How many memories of version 0.1.0 a text may be looked for in. */
  joinedMessages: 4,
  queryBytes: 8 << 10,
  listDefault: 20,
  /** What all entries may take that wait in the inbox of a locked vault, sealed. */
  inboxBytes: 256 << 20,
  /** Beside that, for the record of who did what. */
  inboxReserveBytes: 16 << 20,
  maxListed: 100,
  maxIds: 20,
  maxContext: 20,
  snippetCharacters: 200,
  // policy
  idempotencyKeptMs: 24 * 3_600_000,
  confirmationMs: 300_000,
  unlockQueue: 4,
  minPassphraseCharacters: 8,
  slots: 8,
} as const;

/**
 * Whether a new passphrase is long enough, in code points. They are counted in its UTF-8 bytes, so that no string is made: every byte but
 * a continuation byte begins one (RFC 3629). The CLI normalises to NFC and sends the bytes that it counted.
 */
export function isLongEnough({ bytes }: { readonly bytes: Uint8Array }): boolean {
  let characters = 0;
  for (const byte of bytes) if ((byte & 0xc0) !== 0x80) characters += 1;
  return characters >= LIMITS.minPassphraseCharacters;
}
