/**
 * The error table: every code keepsake can answer with, what it means, the exit code of the CLI and what to do next.
 * Codes are permanent: others script against them. `docs/errors.md` is generated from here.
 */

export interface ErrorEntry {
  readonly summary: string;
  /** Exit code of the CLI. */
  readonly exit: 1 | 2 | 3 | 4 | 5 | 6 | 7 | 130;
  readonly hint?: string;
}

/** The hint for what only a client or a daemon of another version sends. */
const RESTART =
  'stop the daemon as README.md says under "Where things are"; the next command starts the installed version';

export const ERROR_TABLE = {
  // input
  USAGE: { summary: "the command line is not valid", exit: 2, hint: 'run "keepsake --help"' },
  INVALID_PARAMS: {
    summary: "a parameter is missing, unknown, of the wrong type or over its cap",
    exit: 2,
    hint: "correct what the message names, then retry",
  },
  INVALID_INPUT: {
    summary: "the input is not in a format keepsake reads",
    exit: 1,
    hint: '"keepsake import --help" says what is read',
  },
  NO_INPUT: {
    summary: "an answer is needed and there is no terminal to ask on",
    exit: 2,
    hint: "give the value by an option, standard input or a file descriptor",
  },
  NOT_FOUND: {
    summary: "no memory, slot or client has that name",
    exit: 5,
    hint: "look it up: searches and lists print the ids and names there are",
  },
  WEAK_PASSPHRASE: {
    summary: "the passphrase is shorter than 8 characters, or one of the first that anybody would guess",
    exit: 2,
    hint: "choose a longer one, such as four random words",
  },
  // protocol
  MALFORMED_FRAME: { summary: "the bytes are not a frame of this protocol", exit: 1, hint: RESTART },
  FRAME_TOO_LARGE: { summary: "a frame is over its size cap", exit: 1, hint: "send less at a time" },
  MALFORMED_REQUEST: { summary: "the frame does not hold a request", exit: 1, hint: RESTART },
  HELLO_REQUIRED: { summary: "the first request on a connection must be the hello", exit: 1, hint: RESTART },
  HELLO_FAILED: {
    summary: "the client could not prove that it holds its token",
    exit: 1,
    hint: 'run "keepsake client list"; a revoked client needs "keepsake client add" again',
  },
  UNSUPPORTED_VERSION: {
    summary: "client and daemon speak no common version of the protocol",
    exit: 1,
    hint: RESTART,
  },
  UNKNOWN_METHOD: { summary: "there is no such method", exit: 1, hint: RESTART },
  SCOPE_DENIED: {
    summary: "this client does not have the scope for that",
    exit: 1,
    hint: 'the person may do it in a terminal; "keepsake client list" shows what each client may do',
  },
  PROJECT_DENIED: {
    summary: "this client is limited to other projects",
    exit: 1,
    hint: 'name a project it may see; "keepsake client list" shows them',
  },
  RATE_LIMITED: { summary: "too many requests of this kind", exit: 1, hint: "wait, then retry" },
  TOO_MANY_CONNECTIONS: {
    summary: "the daemon has all the connections it accepts",
    exit: 3,
    hint: "end a host or a command that uses keepsake, then retry",
  },
  BUSY: {
    summary: "the daemon is working on too many requests of this kind",
    exit: 1,
    hint: "retry shortly",
  },
  TIMEOUT: { summary: "the request took longer than its deadline", exit: 1, hint: "retry" },
  CANCELLED: { summary: "the request was cancelled; nothing is written any more", exit: 130 },
  INTERRUPTED: { summary: "interrupted", exit: 130 },
  RESULT_TOO_LARGE: { summary: "the result is over 1 MiB", exit: 1, hint: "ask for fewer memories" },
  INTERNAL: {
    summary: "something unexpected happened in keepsake",
    exit: 1,
    hint: 'see the log for the trace id; README.md says under "Where things are" where it is',
  },
  // idempotency and confirmation
  IDEMPOTENCY_CONFLICT: {
    summary: "that idempotency key was used with other parameters",
    exit: 1,
    hint: "use a new key",
  },
  CONFIRMATION_INVALID: {
    summary: "the confirmation token is not valid for this request",
    exit: 1,
    hint: "ask again without a token",
  },
  CONFIRMATION_STALE: {
    summary: "what would be changed is no longer what was confirmed",
    exit: 1,
    hint: "ask again without a token",
  },
  CONFIRMATION_REFUSED: {
    summary: "the person refused this request",
    exit: 1,
    hint: "do not ask for it again unless the person wants it",
  },
  // daemon
  DAEMON_UNREACHABLE: {
    summary: "the daemon does not answer",
    exit: 3,
    hint: 'run "keepsake status"; the log says why it ended',
  },
  DAEMON_UNTRUSTED: {
    summary: "what answers on the socket could not prove that it is the keepsake daemon",
    exit: 3,
    hint: 'nothing was sent; look at who owns the socket, and with "keepsake client list" whether this client was revoked',
  },
  INVALID_RESULT: {
    summary: "the daemon's answer does not have the shape of the protocol",
    exit: 3,
    hint: RESTART,
  },
  UNSAFE_PATH: {
    summary: "a file or folder is not private, not ours or not of the right type",
    exit: 1,
    hint: "keepsake never changes what it finds; look at it and set its mode and owner yourself",
  },
  PATH_TOO_LONG: {
    summary: "the socket path is over 103 bytes",
    exit: 1,
    hint: "set KEEPSAKE_SOCKET or KEEPSAKE_HOME to a shorter path",
  },
  INVALID_CONFIG: {
    summary: "the configuration file does not hold a valid setting",
    exit: 2,
    hint: "correct the file or delete it: without one the defaults hold",
  },
  // vault
  VAULT_MISSING: { summary: "there is no vault yet", exit: 4, hint: 'run "keepsake init" in a terminal' },
  VAULT_EXISTS: { summary: "there is a vault already", exit: 1, hint: 'run "keepsake unlock"' },
  VAULT_SEALED: {
    summary: "the vault is locked",
    exit: 4,
    hint: 'run "keepsake unlock" in a terminal, then retry',
  },
  VAULT_READ_ONLY: {
    summary: "the vault does not accept writes at the moment; reading goes on",
    exit: 1,
    hint: 'run "keepsake status" to see why',
  },
  DISK_FULL: {
    summary: "the disk is full; nothing was written",
    exit: 1,
    hint: "free some room, then retry",
  },
  INBOX_FULL: {
    summary: "what waits in the inbox takes all the room it may; nothing of this was stored",
    exit: 1,
    hint: 'run "keepsake unlock" in a terminal: it takes in what waits',
  },
  WRITE_FAILED: { summary: "the disk refused a write; nothing was acknowledged", exit: 1, hint: "retry" },
  VAULT_DAMAGED: {
    summary: "the vault's files do not hold what keepsake wrote",
    exit: 7,
    hint: 'run "keepsake verify", then "keepsake repair"',
  },
  VAULT_INCOMPLETE: {
    summary: "a part of the vault is missing; the rest is there and was not changed",
    exit: 7,
    hint: 'put it back, from a backup or from where a sync tool moved it; "keepsake init --set-aside" begins anew and keeps what is there',
  },
  KEYRING_DAMAGED: {
    summary: "neither copy of the keyring is readable",
    exit: 7,
    hint: 'put keyring.a or keyring.b back from a backup; without one nothing can be opened, and "keepsake init --set-aside" begins anew and keeps what is there',
  },
  KEYRING_TAMPERED: {
    summary: "the keyring was changed by something other than keepsake",
    exit: 7,
    hint: "restore the keyring from a backup",
  },
  RECORD_DAMAGED: {
    summary: "a memory's record does not authenticate",
    exit: 7,
    hint: 'run "keepsake verify"',
  },
  ROLLBACK_DETECTED: {
    summary: "the vault is older than the last state keepsake wrote",
    exit: 7,
    hint: 'if you restored it on purpose, run "keepsake repair --accept-rollback"',
  },
  WRONG_PASSPHRASE: {
    summary: "no slot opens with that",
    exit: 6,
    hint: 'try again; "keepsake unlock --recovery" takes the recovery key',
  },
  KDF_OUT_OF_BOUNDS: {
    summary: "a slot asks for key derivation outside the accepted bounds",
    exit: 7,
    hint: "restore the keyring from a backup",
  },
  LAST_SLOT: {
    summary: "that is the last passphrase or recovery slot",
    exit: 1,
    hint: "add another slot first",
  },
  TOO_MANY_SLOTS: { summary: "a vault has at most 8 slots", exit: 1, hint: "remove one first" },
  KEYCHAIN_UNAVAILABLE: {
    summary: "the keychain is locked, absent or does not answer",
    exit: 1,
    hint: "unlock with the passphrase",
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERROR_TABLE;
