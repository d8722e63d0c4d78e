/** What a command can reach: everything outside it is passed in here, so that tests can stand in for all of it. */
import type { Clock } from "../base/clock.ts";
import type { KeepsakeClient } from "../client/keepsake-client.ts";
import type { ConfigurationFile } from "../platform/configuration.ts";
import type { Questions } from "./asking/questions.ts";
import type { Screen } from "./output/screen.ts";

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
  /** The working folder. */
  readonly folder: string;
  readonly clock: Clock;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly configuration: Pick<ConfigurationFile, "read" | "replace">;
  /** The connection, one a run; started: the daemon is started when it does not run. @throws DAEMON_UNREACHABLE */
  readonly connect: (how: "start" | "running") => Promise<KeepsakeClient>;
  /** Whether the vault's folder holds a keyring, seen without the daemon; `true` when that cannot be told. */
  readonly hasVault: () => Promise<boolean>;
  readonly progress: (label: string) => Progress;
  /** Whether this session can have a keychain at all; whether it answers, only trying tells. */
  readonly mayHaveKeychain: boolean;
}
