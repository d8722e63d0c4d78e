/** One call on its way to the record. It has one entry, two when it is written down before it begins, or when it failed late. */
import { codeOf } from "../../base/errors.ts";
import type { ErrorCode } from "../../base/errors.ts";
import type { Logger, TraceId } from "../../base/logger.ts";
import { newTraceId } from "../../base/logger.ts";
import type { MethodDefinition } from "../../protocol/method.ts";
import type { MethodName } from "../../protocol/method-table.ts";
import { METHODS } from "../../protocol/method-table.ts";
import type { Change } from "../../vault/vault.ts";
import type { AuditedCall, CallAudit, Refusal } from "../service.ts";
import type { AuditEntry } from "./audit-entry.ts";
import { encodeWaiting } from "./audit-entry.ts";
import type { Facts } from "./audit-facts.ts";
import { factsOf, isDryRun } from "./audit-facts.ts";
import type { AuditTrail } from "./audit-trail.ts";
import { PASSIVE_PACE, READ_PACE, REFUSAL_PACE } from "./counted-calls.ts";

type Admitted = Parameters<CallAudit["admitted"]>[0];

export function callAudit(trail: AuditTrail, logger: Logger): CallAudit {
  return {
    admitted: (call) => new RecordedCall(trail, logger, call),
    refused: (refusal) => trail.note(refusedEntry(trail.now(), refusal), REFUSAL_PACE),
  };
}

export class RecordedCall implements AuditedCall {
  readonly traceId: TraceId = newTraceId();
  readonly #trail: AuditTrail;
  readonly #logger: Logger;
  readonly #call: Admitted;
  readonly #definition: MethodDefinition;
  readonly #at: string;
  readonly #startedAt: number;
  #bytesIn: number;
  #facts: Facts | undefined;
  #isAsked = false;
  #isConfirmed = false;
  #isOnRecord = false;

  constructor(trail: AuditTrail, logger: Logger, call: Admitted) {
    this.#trail = trail;
    this.#logger = logger;
    this.#call = call;
    this.#definition = METHODS[call.method];
    this.#at = trail.now();
    this.#startedAt = trail.monotonic();
    this.#bytesIn = call.bytesIn;
  }

  /** @throws what keeps the record from being written, when it must be `before` anything is done */
  async begin(before: boolean): Promise<void> {
    await this.#trail.ready();
    if (before) await this.#trail.write(this.#entry("begun"));
  }

  /** Bytes of a stream count as they come. */
  async *counting(stream: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    for await (const chunk of stream) {
      this.#bytesIn += chunk.length;
      yield chunk;
    }
  }

  inBatch(result: object): readonly Change[] {
    return this.#trail.deed(() => {
      this.#take(result);
      this.#isOnRecord = true;
      return this.#entry("done");
    });
  }

  inInbox(result: object): readonly Uint8Array[] {
    this.#take(result);
    this.#isOnRecord = true;
    return [encodeWaiting([this.#entry("done")])];
  }

  confirmed(): void {
    this.#isConfirmed = true;
  }

  /** @param isAwaited - whether the entry is to be durable before the answer, as far as that is possible by now */
  async done(result: object, isAwaited: boolean): Promise<void> {
    this.#take(result);
    if (!isAwaited) return;
    this.#isOnRecord = true;
    // It is done, whatever the disk says now; that it was begun is on record where it had to be.
    await this.#trail.write(this.#entry(this.#isAsked ? "asked" : "done")).catch((error: unknown) => {
      this.#isOnRecord = false;
      this.#logger.log("audit-not-written", { code: codeOf(error), traceId: this.traceId });
    });
  }

  answered({ code, bytesOut }: { readonly code: ErrorCode | undefined; readonly bytesOut: number }): void {
    if (code === undefined && this.#isOnRecord) return;
    const conflict = code === "IDEMPOTENCY_CONFLICT" ? { idempotency: "conflict" as const } : {};
    const outcome = this.#isAsked ? "asked" : "done";
    const entry: AuditEntry = {
      ...this.#entry(code === undefined ? outcome : "failed"),
      ...conflict,
      ...(code !== undefined && { code }),
      bytesOut,
    };
    this.#trail.note(entry, this.#pace(code));
  }

  #pace(code: ErrorCode | undefined) {
    const { onRecord, passive } = this.#definition;
    if (code === undefined) return passive === true ? PASSIVE_PACE : READ_PACE;
    // What was begun has an end of its own.
    return onRecord === "before" ? undefined : REFUSAL_PACE;
  }

  #take(result: object): void {
    const given = this.#isConfirmed ? { confirmation: "given" as const } : {};
    this.#facts = { ...factsOf(this.#call.params, result), ...given };
    this.#isAsked = this.#facts.confirmation === "asked" || isDryRun(this.#call.params);
  }

  #entry(outcome: AuditEntry["outcome"]): AuditEntry {
    const { scope } = this.#definition;
    return {
      at: this.#at,
      traceId: this.traceId,
      client: this.#call.client.id,
      method: this.#call.method,
      ...(scope !== undefined && { scope }),
      outcome,
      ...(outcome !== "begun" && { milliseconds: Math.round(this.#trail.monotonic() - this.#startedAt) }),
      bytesIn: this.#bytesIn,
      ...(this.#facts ?? factsOf(this.#call.params)),
    };
  }
}

function refusedEntry(at: string, { client, method, code, traceId, bytesIn }: Refusal): AuditEntry {
  const scope = method === undefined || method === "hello" ? undefined : scopeOf(method);
  return {
    at,
    traceId,
    ...(client !== undefined && { client }),
    ...(method !== undefined && { method }),
    ...(scope !== undefined && { scope }),
    outcome: "refused",
    code,
    bytesIn,
  };
}

function scopeOf(method: MethodName): AuditEntry["scope"] {
  return METHODS[method].scope;
}
