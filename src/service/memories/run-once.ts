/** Idempotency keys over the vault: the entry goes into the same batch as what the call wrote. */
import { attempt } from "../../base/attempt.ts";
import { encodeParts } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { KeepsakeError } from "../../base/errors.ts";
import type { Json } from "../../base/canonical-json.ts";
import {
  decideIdempotency,
  decodeIdempotencyEntry,
  encodeIdempotencyEntry,
  idempotencyName,
  idempotentPayload,
  newIdempotencyEntry,
} from "../../policy/idempotency.ts";
import type { IdempotencyEntry } from "../../policy/idempotency.ts";
import type { MethodName } from "../../protocol/method-table.ts";
import type { Change, RecordId } from "../../vault/vault.ts";
import type { CallContext } from "../service.ts";
import type { Memories } from "./memories.ts";

/** Expired entries that are dropped side by side, in few fsyncs. */
const MAX_PARALLEL_DROPS = 100;

type KeyedParams = Readonly<Record<string, unknown>> & { readonly idempotencyKey?: string | undefined };

/** Turns the result into the changes that go with it: what remembers it when the call has a key, and what records it. */
export type Remember<R> = (result: R) => readonly Change[];

export class Idempotency {
  readonly #opened: () => Memories;
  readonly #clock: Clock;

  constructor(opened: () => Memories, clock: Clock) {
    this.#opened = opened;
    this.#clock = clock;
  }

  /**
   * Runs `work`, or answers as the first call with that key did, with `reused: true`. What `work` writes carries the call's
   * own entry in the record of calls along.
   *
   * @throws IDEMPOTENCY_CONFLICT when the key was used with other parameters, or for a memory that was forgotten since: nothing
   * is written
   * @throws RECORD_DAMAGED when what the key was used for cannot be read any more: nothing is written either
   */
  async run<R extends object>(
    method: MethodName,
    { client, record }: Pick<CallContext, "client" | "record">,
    params: KeyedParams,
    work: (remember: Remember<R>) => Promise<R>,
  ): Promise<R> {
    const { idempotencyKey } = params;
    if (idempotencyKey === undefined) return work((result) => record.inBatch(result));
    const memories = this.#opened();
    const { vault } = memories;
    const id = vault.deriveId(...idempotencyName(client.id, method, idempotencyKey));
    return memories.serialise(lockName(id), async () => {
      const payloadMac = vault.mac("idempotency", encodeParts(idempotentPayload(params)));
      const decision = decideIdempotency(await stored(memories, id), payloadMac, this.#clock.now());
      if (decision.kind === "conflict") throw new KeepsakeError("IDEMPOTENCY_CONFLICT");
      // The entry was written by `remember` with this method's own result, under a key of this vault.
      if (decision.kind === "reuse") {
        if (isForgotten(memories, decision.result)) throw forgottenError();
        return { ...(decision.result as unknown as R), reused: true };
      }
      return work((result) => [
        ...record.inBatch(result),
        {
          type: "put",
          keyspace: "idempotency",
          id,
          plaintext: encodeIdempotencyEntry(
            newIdempotencyEntry(payloadMac, { ...result } as unknown as Json, this.#clock.now()),
          ),
        },
      ]);
    });
  }

  /** Drops entries older than their time; @returns how many. */
  async dropExpired(): Promise<number> {
    const memories = this.#opened();
    const expired: RecordId[] = [];
    for await (const { id, plaintext } of memories.vault.scan("idempotency")) {
      if (this.#isExpired(plaintext)) expired.push(id);
    }
    let dropped = 0;
    for (let start = 0; start < expired.length; start += MAX_PARALLEL_DROPS) {
      const together = expired.slice(start, start + MAX_PARALLEL_DROPS);
      const outcomes = await Promise.all(together.map((id) => this.#drop(memories, id)));
      dropped += outcomes.filter(Boolean).length;
    }
    return dropped;
  }

  /** Looks again under the lock: the key may have been used anew meanwhile. */
  #drop(memories: Memories, id: RecordId): Promise<boolean> {
    return memories.serialise(lockName(id), async () => {
      const plaintext = await memories.vault.read("idempotency", id);
      if (plaintext === undefined || !this.#isExpired(plaintext)) return false;
      await memories.vault.write([{ type: "delete", keyspace: "idempotency", id }]);
      return true;
    });
  }

  /** An entry that cannot be read is kept: it still refuses its key. */
  #isExpired(plaintext: Uint8Array): boolean {
    const entry = attempt(() => decodeIdempotencyEntry(plaintext));
    return entry !== undefined && entry.expiresAt <= this.#clock.now();
  }
}

/** Of a result that names the memory it stored. */
function isForgotten(memories: Memories, result: Json): boolean {
  if (typeof result !== "object" || result === null || !("id" in result)) return false;
  const { id } = result;
  return typeof id === "string" && (!memories.vault.has("memory", id) || memories.isExpired(id, {}));
}

/** Neither claimed to be stored nor brought back by a repeated call. */
function forgottenError(): KeepsakeError {
  return new KeepsakeError("IDEMPOTENCY_CONFLICT", "what was stored under that key was forgotten since", {
    hint: "use another key to store it anew",
  });
}

function lockName(id: RecordId): string {
  return `idempotency:${id}`;
}

async function stored(memories: Memories, id: RecordId): Promise<IdempotencyEntry | undefined> {
  const plaintext = await memories.vault.read("idempotency", id);
  if (plaintext === undefined) return undefined;
  const entry = attempt(() => decodeIdempotencyEntry(plaintext));
  if (entry === undefined) throw new KeepsakeError("RECORD_DAMAGED", "the record of that key cannot be read");
  return entry;
}
