/** Idempotency keys over the vault: the entry goes into the same batch as what the call wrote. */
import { encodeParts } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { KeepsakeError } from "../base/errors.ts";
import type { Json } from "../base/canonical-json.ts";
import {
  decideIdempotency,
  decodeIdempotencyEntry,
  encodeIdempotencyEntry,
  idempotencyName,
  idempotentPayload,
  newIdempotencyEntry,
} from "../policy/idempotency.ts";
import type { IdempotencyEntry } from "../policy/idempotency.ts";
import type { MethodName } from "../protocol/method-table.ts";
import type { Change, RecordId } from "../vault/vault.ts";
import type { Memories } from "./memories.ts";

type KeyedParams = Readonly<Record<string, unknown>> & { readonly idempotencyKey?: string | undefined };

/** Turns the result into the change that remembers it; none when the call has no key. */
export type Remember<R> = (result: R) => readonly Change[];

export class Idempotency {
  readonly #opened: () => Memories;
  readonly #clock: Clock;

  constructor(opened: () => Memories, clock: Clock) {
    this.#opened = opened;
    this.#clock = clock;
  }

  /**
   * Runs `work`, or answers as the first call with that key did, with `reused: true`.
   *
   * @throws IDEMPOTENCY_CONFLICT when the key was used with other parameters: nothing is written
   */
  async run<R extends object>(
    method: MethodName,
    client: string,
    params: KeyedParams,
    work: (remember: Remember<R>) => Promise<R>,
  ): Promise<R> {
    const { idempotencyKey } = params;
    if (idempotencyKey === undefined) return work(() => []);
    const memories = this.#opened();
    const { vault } = memories;
    const id = vault.deriveId(...idempotencyName(client, method, idempotencyKey));
    return memories.serialise(`idempotency:${id}`, async () => {
      const payloadMac = vault.mac("idempotency", encodeParts(idempotentPayload(params)));
      const decision = decideIdempotency(await this.#stored(memories, id), payloadMac, this.#clock.now());
      if (decision.kind === "conflict") throw new KeepsakeError("IDEMPOTENCY_CONFLICT");
      // The entry was written by `remember` with this method's own result, under a key of this vault.
      if (decision.kind === "reuse") return { ...(decision.result as unknown as R), reused: true };
      return work((result) => [
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
    const { vault } = this.#opened();
    const expired: Change[] = [];
    for await (const { id, plaintext } of vault.scan("idempotency")) {
      if (decodeIdempotencyEntry(plaintext).expiresAt > this.#clock.now()) continue;
      expired.push({ type: "delete", keyspace: "idempotency", id });
    }
    if (expired.length > 0) await vault.write(expired);
    return expired.length;
  }

  async #stored(memories: Memories, id: RecordId): Promise<IdempotencyEntry | undefined> {
    const plaintext = await memories.vault.read("idempotency", id);
    return plaintext === undefined ? undefined : decodeIdempotencyEntry(plaintext);
  }
}
