/** Methods on the vault as a whole. */
import * as z from "zod";
import { ERRORS } from "../../base/errors.ts";
import type { ErrorCode } from "../../base/errors.ts";
import { MAX_OPEN_FOR_MS } from "../../base/limits.ts";
import { CONFIRMATION_ERRORS, WRITE_ERRORS, method } from "../method.ts";
import { confirmationRequired, confirmationToken, count, damage, instant } from "../schemas.ts";

const errorCode = z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]);

export const vaultState = z.enum(["missing", "sealed", "open"]);

/** Why writes are refused at the moment; absent while they are not. */
const readOnly = z.strictObject({
  code: errorCode,
  since: instant,
  /** What is wrong, as a clause that says "it" of the vault. */
  message: z.string().optional(),
});

export const vaultMethods = {
  "vault.create": method({
    summary: "Create the vault with a passphrase and, unless refused, a recovery key; it is open afterwards.",
    scope: "admin",
    sealed: true,
    recall: "none",
    onRecord: "after",
    secrets: () => ["new"],
    secretResult: (params) => params.recovery,
    long: true,
    params: z.strictObject({
      recovery: z.boolean().default(true),
      /** Moves what is in the vault's folder to one beside it first; nothing is removed. */
      setAside: z.boolean().default(false),
    }),
    result: z.strictObject({
      vaultId: z.string(),
      kdf: z.strictObject({ memoryKiB: count, passes: count, parallelism: count, milliseconds: count }),
      /** The folder that holds what was there before, if anything was. */
      setAside: z.string().optional(),
    }),
    errors: [
      "VAULT_EXISTS",
      "VAULT_INCOMPLETE",
      "KEYRING_DAMAGED",
      "WEAK_PASSPHRASE",
      "WRITE_FAILED",
      "DISK_FULL",
      "UNSAFE_PATH",
    ],
  }),
  "vault.status": method({
    summary: "Say what state the vault is in; works sealed and does not count as activity.",
    scope: "read",
    sealed: true,
    recall: "none",
    passive: true,
    params: z.strictObject({}),
    result: z.strictObject({
      state: vaultState,
      version: z.string(),
      vaultId: z.string().optional(),
      /** Of the engine, which every lock replaces. */
      pid: count,
      /** Of the front: the process to end when the daemon is to stop. */
      frontPid: count.optional(),
      /**
       * Turns that wait encrypted in the inbox or the drop folder, of any project: not told to a client that is limited to some, nor
       * while a large store is looked through, a moment after the lock.
       */
      waiting: count.optional(),
      /** What they take on the disk; a capture that would make the inbox more than 256 MiB is refused. */
      waitingBytes: count.optional(),
      /** What lies in the drop folder and cannot be taken in: no private file, damaged, or a copy of what was. Absent: nothing. */
      dropsSetAside: count.optional(),
      /** Why a sealed vault cannot be opened as its folder is; the message, which names paths, is not told to a limited client. */
      fault: z.strictObject({ code: errorCode, message: z.string().optional() }).optional(),
      keychain: z.boolean(),
      /** Why the keychain did not open a vault that is sealed, when the daemon started and was to open it. */
      keychainFault: errorCode.optional(),
      /** Since the engine began, which every lock replaces, of every project: not told to a client that is limited to some. Absent: none. */
      secrets: z
        .strictObject({
          /** Replaced by `[redacted: kind]` before anything was stored. */
          redacted: count,
          /** Stored as they are, since the person wanted that. */
          kept: count,
        })
        .optional(),
      unlockRetryAfterMs: count.optional(),
      open: z
        .strictObject({
          /** How many the client may see, each in its newest version. */
          memories: count,
          /** And those with their older versions. */
          versions: count.optional(),
          since: instant,
          locksAt: instant.optional(),
          /** Generation, purge, what was forgotten, counts and damage are of every project: not told to a client that is limited to some. */
          generation: count.optional(),
          purgePending: z.boolean().optional(),
          purgeDueAt: instant.optional(),
          /** Records that were forgotten, and are refused when they come again. */
          forgotten: count.optional(),
          index: z.strictObject({ complete: z.boolean(), done: count.optional(), total: count.optional() }),
          readOnly: readOnly.optional(),
          damage: damage.optional(),
          /** Since the unlock, of every project. */
          inbox: z
            .strictObject({
              /** Entries taken in, or removed where they held no turn, of which nobody can say which client captured them. */
              unverified: count,
              /** Entries that open under no key: copies of what was taken in before, or damaged. The next purge removes them. */
              setAside: count,
            })
            .optional(),
        })
        .optional(),
    }),
    errors: [],
    tool: { name: "memory_status", title: "Memory status", destructive: false, idempotent: true },
  }),
  "vault.unlock": method({
    summary: "Open the vault with a passphrase, the recovery key or the keychain.",
    scope: "control",
    sealed: true,
    recall: "none",
    idempotent: "natural",
    long: true,
    secrets: (params) => (params.with === "keychain" ? [] : ["current"]),
    params: z.strictObject({
      with: z.enum(["passphrase", "recovery", "keychain"]),
      /** Opens a vault whose keyring is older than its records, to be read and repaired. */
      acceptRollback: z.boolean().default(false),
      /**
       * Stays open for so many milliseconds from now, whatever the settings say of idle time and of the longest time; it locks
       * then. A machine that slept locks it before. For the client `cli` alone.
       */
      forMs: z.int().min(1_000).max(MAX_OPEN_FOR_MS).optional(),
    }),
    result: z.strictObject({
      state: z.literal("open"),
      already: z.boolean(),
      /** When it locks, with `forMs`. */
      locksAt: instant.optional(),
      /** Of every project, like `drained` and `damage`: not told to a client that is limited to some. */
      memories: count.optional(),
      /** Turns taken from the inbox into the vault. */
      drained: count.optional(),
      /** How many of them were not stored: they are there already, or were forgotten. */
      known: count.optional(),
      /** How many of them nobody vouches for; their trust says so. */
      unverified: count.optional(),
      readOnly: readOnly.optional(),
      damage: damage.optional(),
    }),
    errors: [
      "VAULT_MISSING",
      "VAULT_INCOMPLETE",
      "ROLLBACK_DETECTED",
      "WRONG_PASSPHRASE",
      "RATE_LIMITED",
      "BUSY",
      "KDF_OUT_OF_BOUNDS",
      "KEYRING_DAMAGED",
      "KEYRING_TAMPERED",
      "VAULT_DAMAGED",
      "KEYCHAIN_UNAVAILABLE",
      "UNSAFE_PATH",
    ],
  }),
  "vault.lock": method({
    summary: "Finish the writes in flight, drop every key and end the engine process.",
    scope: undefined,
    sealed: true,
    recall: "none",
    idempotent: "natural",
    passive: true,
    params: z.strictObject({}),
    result: z.strictObject({ state: vaultState }),
    errors: [],
  }),
  "vault.verify": method({
    summary: "Read and authenticate every record.",
    scope: "admin",
    sealed: false,
    recall: "none",
    long: true,
    params: z.strictObject({}),
    result: z.strictObject({
      records: count,
      ok: z.boolean(),
      readOnly: readOnly.optional(),
      damage,
      /** As in `vault.status`: no damage, since it is not of the vault. */
      dropsSetAside: count.optional(),
    }),
    errors: [],
  }),
  "vault.purge": method({
    summary: "Re-seal every live record under a new data key and erase everything forgotten.",
    scope: "admin",
    sealed: false,
    recall: "none",
    onRecord: "before",
    destructive: true,
    long: true,
    params: z.strictObject({ confirmationToken: confirmationToken.optional() }),
    result: z.discriminatedUnion("status", [
      z.strictObject({ status: z.literal("purged"), records: count, generation: count, damage }),
      confirmationRequired,
    ]),
    errors: [...WRITE_ERRORS, "BUSY", ...CONFIRMATION_ERRORS],
  }),
  "vault.rotate": method({
    summary: "Replace the data key, and with `master` the master key and every slot.",
    scope: "admin",
    sealed: false,
    recall: "none",
    onRecord: "before",
    long: true,
    secrets: (params) => (params.master ? ["current"] : []),
    secretResult: (params) => params.master && params.recovery,
    params: z.strictObject({ master: z.boolean().default(false), recovery: z.boolean().default(true) }),
    result: z.strictObject({
      records: count,
      generation: count,
      /** Labels of slots that could not be carried over, because their secret was not given. */
      droppedSlots: z.array(z.string()),
      damage,
    }),
    errors: ["WRONG_PASSPHRASE", ...WRITE_ERRORS, "BUSY"],
  }),
  "vault.repair": method({
    summary: "Salvage every record that still authenticates and report exactly what does not.",
    scope: "admin",
    sealed: false,
    recall: "none",
    onRecord: "after",
    destructive: true,
    long: true,
    params: z.strictObject({ acceptRollback: z.boolean().default(false) }),
    result: z.strictObject({ records: count, generation: count, damage }),
    errors: ["ROLLBACK_DETECTED", "DISK_FULL", "WRITE_FAILED", "BUSY"],
  }),
};
