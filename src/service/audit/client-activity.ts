/** What the record says of each client: when it was last there, and how often it asked for what. */
import type { ClientScope } from "../../protocol/method.ts";
import type { AuditChain } from "./audit-chain.ts";
import { readLink } from "./audit-chunk.ts";

export interface Activity {
  /** Milliseconds since the epoch. */
  readonly lastSeen: number;
  /** Calls that were done, by the scope they need. */
  readonly calls: Readonly<Partial<Record<ClientScope, number>>>;
  /** Calls that were refused or failed. */
  readonly refused: number;
}

/** Kept from one question to the next, so that only the first one reads all of the record. */
export class ClientActivity {
  readonly #chain: AuditChain;
  readonly #clients = new Map<string, Activity>();
  #chunk: number;
  #sequence: number;

  constructor(chain: AuditChain) {
    this.#chain = chain;
    this.#chunk = chain.mark.firstChunk;
    this.#sequence = chain.mark.dropped.sequence;
  }

  /** By client, since the record began or the vault was opened, whatever came first. */
  async read(signal: AbortSignal): Promise<ReadonlyMap<string, Activity>> {
    const { firstChunk, lastChunk } = this.#chain.mark;
    const from = Math.max(this.#chunk, firstChunk);
    for await (const { number, chunk } of this.#chain.chunks(from, lastChunk, signal)) {
      for (const link of chunk?.links ?? []) {
        if (link.sequence <= this.#sequence) continue;
        this.#sequence = link.sequence;
        this.#add(readLink(link));
      }
      this.#chunk = number;
    }
    return this.#clients;
  }

  #add(entry: ReturnType<typeof readLink>): void {
    if (entry?.client === undefined || entry.method === "hello") return;
    const { client, scope, outcome, times = 1 } = entry;
    const known = this.#clients.get(client) ?? { lastSeen: 0, calls: {}, refused: 0 };
    const isDone = outcome === "done";
    const isRefused = outcome === "refused" || outcome === "failed";
    this.#clients.set(client, {
      lastSeen: Math.max(known.lastSeen, Date.parse(entry.until ?? entry.at)),
      calls:
        isDone && scope !== undefined
          ? { ...known.calls, [scope]: (known.calls[scope] ?? 0) + times }
          : known.calls,
      refused: known.refused + (isRefused ? times : 0),
    });
  }
}
