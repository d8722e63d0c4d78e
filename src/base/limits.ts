/** Every cap and deadline in one place; sizes in bytes, times in milliseconds. */
export const LIMITS = {
  // frames and connections
  frameBytes: 1 << 20,
  secretFrameBytes: 4 << 10,
  jsonDepth: 16,
  connections: 32,
  connectionsPerClient: 8,
  requestsInFlight: 16,
  helloMs: 5_000,
  partialFrameMs: 10_000,
  requestMs: 30_000,
  connectionIdleMs: 600_000,
  resultBytes: 1 << 20,
  /** Bytes a connection may leave unread before it is destroyed. */
  unreadBytes: 8 << 20,
  lockGraceMs: 2_000,
  // memories
  textBytes: 64 << 10,
  tags: 32,
  tagCharacters: 64,
  turnsPerCapture: 200,
  projectBytes: 1_024,
  sessionBytes: 256,
  speakerCharacters: 128,
  queryBytes: 8 << 10,
  listDefault: 20,
  listMost: 100,
  getMost: 20,
  contextMost: 20,
  snippetCharacters: 200,
  // policy
  idempotencyKeptMs: 24 * 3_600_000,
  confirmationMs: 300_000,
  unlockQueue: 4,
  passphraseBytesLeast: 8,
  slots: 8,
} as const;
