/** Finds the end of the chain in a vault that was just opened, also where what says where it is was lost. */
import { attempt } from "../../base/attempt.ts";
import { hasCode } from "../../base/errors.ts";
import type { OpenVault } from "../../vault/vault.ts";
import type { Chunk, Link, Mark } from "./audit-chunk.ts";
import { chunkId, decodeChunk, decodeMark, encodeChunk, linkHash, markId, newMark } from "./audit-chunk.ts";

/** Method of the entry that says that the mark was lost: what came right before it may be missing. */
export const LOST_MARK = "audit.lost";

/** The end of the chain. */
export interface Tail {
  readonly mark: Mark;
  /** The last chunk, encoded: it may be empty. */
  readonly chunk: Uint8Array;
}

/** The end to go on from; `isLost`: nothing says whether it is the newest there was. */
interface FoundTail {
  readonly tail: Tail;
  readonly isLost: boolean;
}

export async function findTail(vault: OpenVault, now: number): Promise<FoundTail> {
  const mark = await readMark(vault);
  return mark === undefined ? lostTail(vault, now) : tailOf(vault, mark);
}

/** @returns undefined when there is none that can be read */
async function readMark(vault: OpenVault): Promise<Mark | undefined> {
  return unlessDamaged(async () => {
    const bytes = await vault.read("audit", markId(vault));
    return bytes === undefined ? undefined : decodeMark(bytes);
  });
}

/** @returns undefined when the chunk is not there or does not hold what was written */
export async function readChunk(vault: OpenVault, number: number): Promise<Chunk | undefined> {
  const open = openChunk(vault);
  if (open?.number === number) return open;
  return unlessDamaged(async () => {
    const bytes = await vault.read("audit", chunkId(vault, number));
    const chunk = bytes === undefined ? undefined : decodeChunk(bytes);
    return chunk?.number === number ? chunk : undefined;
  });
}

/** The last chunk as the vault carries it. */
function openChunk(vault: OpenVault): Chunk | undefined {
  return attempt(() => decodeChunk(vault.carried()));
}

/**
 * Goes on in the last chunk, which may know of entries that came after the mark, or behind one that is gone: what is wrong
 * with it stays to be found.
 */
async function tailOf(vault: OpenVault, mark: Mark): Promise<FoundTail> {
  const chunk = await readChunk(vault, mark.lastChunk);
  const links = chunk?.links ?? [];
  const newest = links.at(-1);
  if (newest !== undefined && newest.sequence > mark.sequence) {
    const further = { ...mark, sequence: newest.sequence, hash: linkHash(vault, newest) };
    return { tail: tailAt(further, links), isLost: false };
  }
  const isThere = mark.sequence === 0 || chunk !== undefined;
  const tail = isThere ? tailAt(mark, links) : tailAt({ ...mark, lastChunk: mark.lastChunk + 1 });
  return { tail, isLost: false };
}

function tailAt(mark: Mark, links: readonly Link[] = []): Tail {
  return { mark, chunk: encodeChunk({ number: mark.lastChunk, links }) };
}

/** Without a mark: a new chain, or what is left of one, which goes on in its last chunk or in one behind it. */
async function lostTail(vault: OpenVault, now: number): Promise<FoundTail> {
  const isNew = !vault.has("audit", markId(vault));
  const open = openChunk(vault);
  let first = open;
  let last = open;
  for await (const { plaintext } of vault.scan("audit")) {
    const chunk = await unlessDamaged(() => Promise.resolve(decodeChunk(plaintext)));
    if (chunk === undefined || chunk.links.length === 0) continue;
    if (first === undefined || chunk.number < first.number) first = chunk;
    if (last === undefined || chunk.number > last.number) last = chunk;
  }
  const [oldest] = first?.links ?? [];
  const newest = last?.links.at(-1);
  const fresh = newMark(now);
  if (first === undefined || last === undefined || oldest === undefined || newest === undefined) {
    return { tail: tailAt(fresh), isLost: !isNew };
  }
  const dropped = { ...fresh.dropped, sequence: oldest.sequence - 1, hash: oldest.previous };
  const mark: Mark = {
    firstChunk: first.number,
    lastChunk: last === open ? last.number : last.number + 1,
    sequence: newest.sequence,
    hash: linkHash(vault, newest),
    dropped,
  };
  return { tail: tailAt(mark, last === open ? last.links : []), isLost: true };
}

async function unlessDamaged<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (hasCode(error, "RECORD_DAMAGED")) return undefined;
    throw error;
  }
}
