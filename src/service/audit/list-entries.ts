/** Entries of the record by what is asked of them, newest first. */
import type { Params, Result } from "../../protocol/method-table.ts";
import type { AuditChain } from "./audit-chain.ts";
import { readLink } from "./audit-chunk.ts";
import type { AuditEntry } from "./audit-entry.ts";

type Query = Params<"audit.list">;
type Listed = Result<"audit.list">["entries"][number];

/** @throws what `signal` was aborted with */
export async function listEntries(
  chain: AuditChain,
  query: Query,
  signal: AbortSignal,
): Promise<{ readonly entries: readonly Listed[]; readonly more: boolean }> {
  const { mark } = chain;
  const isAskedFor = filterOf(query);
  const entries: Listed[] = [];
  for await (const { chunk } of chain.chunks(mark.lastChunk, mark.firstChunk, signal)) {
    for (const link of (chunk?.links ?? []).toReversed()) {
      if (link.sequence >= (query.below ?? Infinity)) continue;
      const entry = readLink(link);
      if (entry === undefined || !isAskedFor(entry)) continue;
      if (entries.length === query.limit) return { entries, more: true };
      entries.push(entry);
    }
  }
  return { entries, more: false };
}

function filterOf({ client, method, code, failed, after, before }: Query): (entry: AuditEntry) => boolean {
  const from = after === undefined ? -Infinity : Date.parse(after);
  const to = before === undefined ? Infinity : Date.parse(before);
  return (entry) => {
    const isWanted =
      (client === undefined || entry.client === client) &&
      (method === undefined || entry.method === method) &&
      (code === undefined || entry.code === code) &&
      (!failed || entry.code !== undefined);
    return isWanted && Date.parse(entry.until ?? entry.at) >= from && Date.parse(entry.at) < to;
  };
}
