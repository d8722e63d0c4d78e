/**
 * Takes stock of a store that was just opened: finds the head, works out what should be there, compares it with what is,
 * and decides whether the vault may be written to.
 *
 *   head ── anchor ahead of it, or a journal entry behind it ──> rolled back: read-only until a repair that accepts it
 *     │  └─ epoch of head or anchor ahead of the keyring's ──> the keyring is an older one: not opened unless told to
 *     └─ checkpoint + journal ──> directories ── compared by keys ──> missing and extra records, by name
 *           └─ not usable: every record is listed and hashed ── compared with the head ──> how many are missing
 */
import { equalBytes } from "../../base/bytes.ts";
import { counted as countedOf } from "../../base/shown-values.ts";
import { termOfSealed } from "../../crypto/record-seal.ts";
import type { Keyring } from "../../keys/keyring.ts";
import type { Anchor, AnchorFile } from "../written/anchor.ts";
import type { Base, SealedStore } from "../checkpoint/load-checkpoint.ts";
import { hasJournalEntry, loadBase } from "../checkpoint/load-checkpoint.ts";
import { DamageRegister } from "../live/damage.ts";
import type { Directories } from "../written/directories.ts";
import type { Head } from "../written/head.ts";
import { decodeHead, EMPTY_HEAD, HEAD_KEY } from "../written/head.ts";
import { KEYSPACE_BYTES } from "../written/keyspaces.ts";
import { SINGLE_ID } from "../written/store-key.ts";
import type { Counted } from "./compare.ts";
import { compareKeys, hashDirectories, listFound } from "./compare.ts";
import type { ReadOnlyReason } from "../live/vault-state.ts";
import type { Progress } from "../vault.ts";

export interface Stock {
  readonly head: Head;
  readonly directories: Directories;
  readonly damage: DamageRegister;
  /** The checkpoint and journal the directories came from, when they did. */
  readonly base: Base | undefined;
  readonly refusal: Omit<ReadOnlyReason, "since"> | undefined;
  /** Sequence number of the anchor, 0 without one. */
  readonly anchored: number;
  /** The highest epoch of the keyring that head or anchor tell of; 0 when neither tells any. */
  readonly witnessedEpoch: number;
  /** What this keyring is behind those: changes of it, 0 for none. */
  readonly keyringLag: number;
}

/** More changes of the keyring than a crash, or a disk that fails for a while, can leave without a head that tells of them. */
const MAX_UNRECORDED_CHANGES = 8;

/**
 * @param from - the sealer goes on counting seals where the head says
 * @param isSalvaged - whether the store is a rebuilt copy
 * @throws UNSAFE_PATH
 */
export async function takeStock(
  from: SealedStore,
  isSalvaged: boolean,
  keyring: Keyring,
  anchorFile: AnchorFile,
  progress: (progress: Progress) => void,
): Promise<Stock> {
  const anchor = await anchorFile.read(keyring.content.vaultId, keyring.masterKey);
  const { head, isBeyond } = await readHead(from, keyring.activeTerm);
  const base = await loadBase(from, head);
  const damage = new DamageRegister();
  const total = head?.live ?? anchor?.live ?? 0;
  const counted = (records: number) => {
    progress({ stage: "read", done: Math.min(records, total), total });
  };
  const known =
    base === undefined
      ? await listUnknown(from, { head, anchor, damage, counted })
      : await compareKnown(from, { head, base, damage, counted });
  const { epoch } = keyring.content;
  const witnessedEpoch = Math.max(head?.epoch ?? 0, anchor?.epoch ?? 0);
  const keyringLag = Math.max(isBeyond ? 1 : 0, witnessedEpoch - epoch);
  const findings = { isSalvaged, head, anchor, sequence: known.head.sequence, keyringLag, epoch };
  const refusal = await findRefusal(from, findings, damage);
  return { ...known, damage, base, refusal, anchored: anchor?.sequence ?? 0, witnessedEpoch, keyringLag };
}

interface Known {
  readonly head: Head | undefined;
  readonly damage: DamageRegister;
  readonly counted: Counted;
}

/** What should be there is known: names every difference. A head that is lost is worked out again. */
async function compareKnown(
  from: SealedStore,
  { head, base, damage, counted }: Known & { readonly base: Base },
): Promise<Pick<Stock, "head" | "directories">> {
  const { directories, sequence } = base;
  await compareKeys(from.store, directories, damage, counted);
  if (head !== undefined) return { head, directories };
  const hash = await hashDirectories(directories, from.keys.headHash.bytes);
  return { head: { ...EMPTY_HEAD, sequence, live: directories.size, hash }, directories };
}

/** Only what is there is known: counts it. */
async function listUnknown(
  from: SealedStore,
  { head, anchor, damage, counted }: Known & { readonly anchor: Anchor | undefined },
): Promise<Pick<Stock, "head" | "directories">> {
  const { directories, hash } = await listFound(from.store, from.keys.headHash.bytes, damage, counted);
  const live = directories.size;
  if (head !== undefined && head.live === live && equalBytes(head.hash, hash)) return { head, directories };
  damage.noteUnexplained((head?.live ?? anchor?.live ?? live) - live);
  const sequence = anchor?.sequence ?? 0;
  return { head: head ?? { ...EMPTY_HEAD, sequence, live, hash }, directories };
}

interface Findings {
  readonly isSalvaged: boolean;
  readonly head: Head | undefined;
  readonly anchor: Anchor | undefined;
  /** The newest sequence number that the store knows of. */
  readonly sequence: number;
  readonly keyringLag: number;
  /** Of the keyring. */
  readonly epoch: number;
}

/** Why the vault must not be written to, if there is a reason. */
async function findRefusal(
  from: SealedStore,
  { isSalvaged, head, anchor, sequence, keyringLag, epoch }: Findings,
  damage: DamageRegister,
): Promise<Stock["refusal"]> {
  const writes = Math.max(0, (anchor?.sequence ?? 0) - sequence);
  if (writes + keyringLag > 0) return rolledBack(writes, keyringLag);
  // A head of version 1 knows nothing of epochs.
  const unrecorded = epoch - (head?.epoch || epoch);
  if (unrecorded > MAX_UNRECORDED_CHANGES) return storeOlderThanKeyring(unrecorded);
  if (isSalvaged) return damaged("the store's own files are damaged");
  if (head === undefined) return damaged("its head is missing or damaged");
  if (await hasJournalEntry(from, sequence + 1)) return rolledBack(1, 0);
  if (anchor === undefined) return damaged("its anchor is missing or damaged");
  if (damage.isUnexplained && damage.report(0).missingCount === 0) {
    return damaged("some records are not the newest version, and nothing says which");
  }
  return undefined;
}

function rolledBack(writes: number, keyringChanges: number): Stock["refusal"] {
  const behind = [
    ...(writes > 0 ? [countedOf(writes, "write")] : []),
    ...(keyringChanges > 0 ? [countedOf(keyringChanges, "keyring change")] : []),
  ];
  const message = `it is ${behind.join(" and ")} older than what was last written`;
  return { code: "ROLLBACK_DETECTED", message, facts: { writes, keyringChanges } };
}

function storeOlderThanKeyring(changes: number): Stock["refusal"] {
  const message = `its records are older than the keyring, which changed ${countedOf(changes, "time")} since`;
  return { code: "ROLLBACK_DETECTED", message, facts: { storeBehindKeyring: changes } };
}

function damaged(message: string): Stock["refusal"] {
  return { code: "VAULT_DAMAGED", message, facts: {} };
}

interface FoundHead {
  /** Undefined when it is missing or damaged. */
  readonly head: Head | undefined;
  /** Whether it is sealed under a later term than the keyring has: the keyring is an older one. */
  readonly isBeyond: boolean;
}

async function readHead({ store, sealer }: SealedStore, activeTerm: number): Promise<FoundHead> {
  let isBeyond = false;
  try {
    const sealed = await store.get(HEAD_KEY);
    if (sealed === undefined) return { head: undefined, isBeyond };
    const term = termOfSealed(sealed);
    isBeyond = term > activeTerm;
    const head = decodeHead(sealer.open(KEYSPACE_BYTES.head, SINGLE_ID, sealed));
    if (term === sealer.term) sealer.resumeAt(head.seals);
    return { head, isBeyond };
  } catch {
    return { head: undefined, isBeyond };
  }
}
