/**
 * Where keepsake works for a vault that may not be written to: on a disk that is mounted to be read only, or in a folder whose
 * owner took away the right. Lock, socket and log, and a copy of what is sealed, are in a folder of this user under `/tmp` then, whose
 * name follows from the vault's: client and daemon meet there. What the person configured is read where it is.
 */
import { constants } from "node:fs";
import { access, readdir } from "node:fs/promises";
import { join } from "node:path";
import { utf8 } from "../base/bytes.ts";
import { systemErrorCode } from "../base/logger.ts";
import { isVaultPart } from "./part-names.ts";
import type { Places } from "./places.ts";

const SCRATCH = "/tmp";
const REFUSALS: ReadonlySet<string> = new Set(["EROFS", "EACCES", "EPERM"]);
/** FNV-1a, 64 bits: tells the vaults of one user apart and keeps no secret. */
const FNV_OFFSET = 0xcbf2_9ce4_8422_2325n;
const FNV_PRIME = 0x100_0000_01b3n;

/** @returns `undefined` for a vault that may be written to, and where there is none */
export async function readOnlyPlaces(places: Places): Promise<Places | undefined> {
  return (await isReadOnlyVault(places.vault)) ? standInPlaces(places) : undefined;
}

/** The places that stand in for those of a vault while it may not be written to. */
export function standInPlaces(places: Places): Places {
  const root = join(SCRATCH, `keepsake-${process.getuid?.() ?? 0}-${nameOf(places.vault)}`);
  const state = join(root, "state");
  const run = join(root, "run");
  return {
    ...places,
    vault: join(root, "vault"),
    state,
    log: join(state, "keepsake.log"),
    run,
    socket: join(run, "keepsake.sock"),
  };
}

async function isReadOnlyVault(folder: string): Promise<boolean> {
  try {
    await access(folder, constants.W_OK | constants.X_OK);
    return false;
  } catch (error) {
    if (!REFUSALS.has(systemErrorCode(error) ?? "")) return false;
    return (await readdir(folder).catch(() => [])).some((name) => isVaultPart(name));
  }
}

function nameOf(path: string): string {
  let hash = FNV_OFFSET;
  for (const byte of utf8(path)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * FNV_PRIME);
  return hash.toString(16).padStart(16, "0");
}
