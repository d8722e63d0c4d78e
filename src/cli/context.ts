/** What a command can reach: everything outside it is passed in here, so that tests can stand in for all of it. */
import type { Clock } from "../base/clock.ts";
import type { KeepsakeClient } from "../client/keepsake-client.ts";
import type { ChangeablePrivacy } from "../platform/privacy/privacy.ts";
import type { VaultLocks } from "../client/take-vault-locks.ts";
import type { ConfigurationFile } from "../platform/configuration.ts";
import type { Secret } from "../base/secret.ts";
import type { ServiceSetup } from "../install/service-manager.ts";
import type { Setup } from "../setup/plan.ts";
import type { LocksWish } from "../protocol/locks-report.ts";

/** The few ways text is set off on a terminal; each does nothing where colours are unwanted. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  /** A match, a state, a name that matters. */
  readonly accent: (text: string) => string;
  readonly good: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly bad: (text: string) => string;
}

/** Results go to one, all else to the other. */
export interface Sink {
  readonly isTerminal: boolean;
  readonly style: Style;
  readonly write: (text: string | Uint8Array) => void;
  /**
   * Resolves once all that was written has arrived.
   *
   * @param isNeeded - whether it counts that a reader, such as head, closed the pipe before it had seen everything
   * @throws WRITE_FAILED when something could not be written
   */
  readonly delivered: (isNeeded?: boolean) => Promise<void>;
}

export interface Screen {
  readonly out: Sink;
  readonly err: Sink;
  /** Columns to wrap prose at. */
  readonly width: number;
  /** Columns that a line of a table or a head may take: those of the terminal, and any number in a pipe. */
  readonly lineWidth: number;
}

export interface Questions {
  /** A secret as typed, not shown meanwhile; nor is what is typed afterwards, which may be the next one. The caller wipes it. @throws INTERRUPTED */
  readonly secret: (question: string) => Promise<Secret>;
  /** Esc means no. @throws INTERRUPTED */
  readonly confirm: (question: string, initial: boolean) => Promise<boolean>;
  /** From now on nothing typed is shown, even before the first question: a secret may be typed ahead of it. */
  readonly quieten: () => void;
  /** Leaves the terminal as it was; what was typed ahead and not asked for is dropped. */
  readonly close: () => void;
}

/** Progress of something that may take a while; shows itself only on a terminal, and only when it does take a while. */
export interface Progress {
  readonly update: (progress: {
    readonly stage: string;
    readonly done: number;
    readonly total: number;
  }) => void;
  readonly stop: () => void;
}

interface StandardInput {
  readonly isTerminal: boolean;
  readonly bytes: () => AsyncIterable<Uint8Array>;
}

export interface Context {
  readonly screen: Screen;
  readonly input: StandardInput;
  /** `undefined`: there is nobody to ask, off a terminal or with `--no-input`. */
  readonly ask: Questions | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The working folder; where it was deleted, where it was. */
  readonly folder: string;
  /** Paths from a folder that was deleted lead nowhere. */
  readonly isFolderGone: boolean;
  readonly clock: Clock;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly configuration: Pick<ConfigurationFile, "read" | "replace">;
  /** As they are now. */
  readonly privatePlaces: () => Promise<ChangeablePrivacy>;
  /** The connection, one a run; started: the daemon is started when it does not run. @throws DAEMON_UNREACHABLE */
  readonly connect: (how: "start" | "running") => Promise<KeepsakeClient>;
  /** Asks the person for what opens the vault, once a run. @throws VAULT_SEALED when there is nobody to ask, or they decline */
  readonly openLocked: (client: KeepsakeClient) => Promise<void>;
  /** Path of the socket that the daemon is looked for at. */
  readonly socket: string;
  /** What set-up of a host is done with. @throws USAGE when a place is not known */
  readonly setup: () => Setup;
  /** What a service is made of. @throws USAGE when a place is not known */
  readonly service: () => ServiceSetup;
  /** Takes the vault's own locks or finds out who has them; to be released. @throws DAEMON_UNREACHABLE when that cannot be told */
  readonly takeVaultLocks: (wish: LocksWish) => Promise<VaultLocks>;
  /** Whether the vault's folder holds a keyring or a store, seen without the daemon; `true` when that cannot be told. */
  readonly hasVault: () => Promise<boolean>;
  readonly progress: (label: string) => Progress;
  /** The power of ten of the guesses that a new passphrase takes; `undefined` when it cannot be told. The caller keeps and wipes it. */
  readonly guessesFor: (passphrase: Secret) => Promise<number | undefined>;
  /** Whether this session can have a keychain at all; whether it answers, only trying tells. */
  readonly mayHaveKeychain: boolean;
}
