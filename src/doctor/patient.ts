/** What is examined, and the ways to it. */
import type { Clock } from "../base/clock.ts";
import { hasCode } from "../base/errors.ts";
import type { KeepsakeClient } from "../client/keepsake-client.ts";
import type { KnownPrivacy } from "../platform/privacy/privacy.ts";
import type { VaultLocks } from "../client/take-vault-locks.ts";
import type { ConfigurationFile } from "../platform/configuration.ts";
import type { LocksWish } from "../protocol/locks-report.ts";
import type { Result } from "../protocol/method-table.ts";
import type { ServiceSetup } from "../install/service-manager.ts";
import type { Setup } from "../setup/plan.ts";

export type VaultStatus = Result<"vault.status">;

/** The ways that a command has. */
export interface Ways {
  readonly setup: () => Setup;
  readonly service: () => ServiceSetup;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly connect: (how: "start" | "running") => Promise<KeepsakeClient>;
  readonly takeVaultLocks: (wish: LocksWish) => Promise<VaultLocks>;
  readonly hasVault: () => Promise<boolean>;
  readonly configuration: Pick<ConfigurationFile, "read">;
  readonly privatePlaces: () => Promise<KnownPrivacy>;
  readonly mayHaveKeychain: boolean;
  /** @param onRead - told how many bytes of how many were read; @returns undefined when no file of that host was changed meanwhile */
  readonly turnsBelow: (
    folders: readonly string[],
    host: string,
    changed: { readonly from: number; readonly until: number },
    onRead: (done: number, total: number) => void,
  ) => Promise<HostTurns | undefined>;
}

/** Turns in the files of a host. */
export interface HostTurns {
  readonly missing: number;
  readonly stored: number;
  /** The folders that hold them. */
  readonly holding: readonly string[];
  /** Stores those that are missing. */
  readonly bring: () => Promise<unknown>;
}

export interface Patient extends Omit<Ways, "setup"> {
  readonly setup: Setup;
  /** Asked once until `startAnew`. @throws whatever keeps the daemon from being asked */
  readonly status: () => Promise<VaultStatus>;
  /** Something was mended: what was seen before no longer holds. */
  readonly startAnew: () => void;
  /** Told how many bytes of how many were read. */
  readonly onRead: (done: number, total: number) => void;
}

/** @throws USAGE when a place is not known */
export function createPatient(ways: Ways, onRead: Patient["onRead"]): Patient {
  let status: Promise<VaultStatus> | undefined;
  const ask = async () => {
    const client = await ways.connect("running");
    return client.call("vault.status", {}, { signal: ways.signal });
  };
  return {
    ...ways,
    setup: ways.setup(),
    status: () => (status ??= ask()),
    startAnew: () => (status = undefined),
    onRead,
  };
}

/** @returns undefined where no daemon can be asked: that is another check's to say */
export async function knownStatus(patient: Patient): Promise<VaultStatus | undefined> {
  return patient.status().catch((error: unknown) => {
    if (hasCode(error)) return undefined;
    throw error;
  });
}
