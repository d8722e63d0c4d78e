/** One engine's service over a vault in memory, called the way the server calls it. */
import assert from "node:assert/strict";
import { utf8 } from "../../src/base/bytes.ts";
import { KeepsakeError } from "../../src/base/errors.ts";
import { LIMITS } from "../../src/base/limits.ts";
import { createLogger } from "../../src/base/logger.ts";
import { Secret } from "../../src/base/secret.ts";
import type { ClientIdentity, ClientRegistry } from "../../src/policy/clients.ts";
import { createConfirmations } from "../../src/policy/confirmations.ts";
import { createRateLimits } from "../../src/policy/rate-limits.ts";
import type { Redact } from "../../src/redaction/redact.ts";
import { createRedaction } from "../../src/redaction/redact.ts";
import { SCOPES } from "../../src/protocol/method.ts";
import type { MethodDefinition } from "../../src/protocol/method.ts";
import type { MethodName, Params, ParamsInput, Result } from "../../src/protocol/method-table.ts";
import { METHODS } from "../../src/protocol/method-table.ts";
import { parseParams, parseResult } from "../../src/protocol/validate.ts";
import { searchIndexFactory } from "../../src/search/create-search-index.ts";
import type { SearchIndexFactory } from "../../src/search/search-index.ts";
import { createService } from "../../src/service/create-service.ts";
import type { CallContext, CallRecord, Service } from "../../src/service/service.ts";
import type { VaultDoor } from "../../src/vault/vault.ts";
import { FakeClock, START } from "../support/fake-clock.ts";
import { MemoryDisk, MemoryDoor } from "./memory-vault.ts";

export const PASSPHRASE = "correct horse battery staple";

export class MemoryRegistry implements ClientRegistry {
  readonly clients = new Map<string, ClientIdentity>();
  /** Fields no client may ever see. */
  internal: Record<string, unknown> = {};

  readonly #listeners: ((id: string) => void)[] = [];

  list(): Promise<readonly ClientIdentity[]> {
    return Promise.resolve([...this.clients.values()]);
  }

  find(id: string): ReturnType<ClientRegistry["find"]> {
    const identity = this.clients.get(id);
    return Promise.resolve(identity && { identity, token: new Secret(new Uint8Array(32)) });
  }

  holds(id: string): Promise<boolean> {
    return Promise.resolve(this.clients.has(id));
  }

  add(client: Pick<ClientIdentity, "id" | "scopes" | "projects">): Promise<ClientIdentity> {
    if (this.clients.has(client.id)) return Promise.reject(new KeepsakeError("INVALID_PARAMS"));
    const added = { ...client, created: START, ...this.internal };
    this.clients.set(client.id, added);
    return Promise.resolve(added);
  }

  revoke(id: string): Promise<boolean> {
    for (const listener of this.#listeners) listener(id);
    return Promise.resolve(this.clients.delete(id));
  }

  onRevoked(listener: (id: string) => void): void {
    this.#listeners.push(listener);
  }
}

/** Of calls that tests make past the server. */
export const UNRECORDED: CallRecord = { inBatch: () => [], inInbox: () => [], confirmed: () => {} };

export interface CallOptions {
  readonly client?: ClientIdentity;
  readonly secrets?: readonly string[];
  readonly stream?: AsyncIterable<Uint8Array>;
  readonly signal?: AbortSignal;
  /** Where the call goes on record; nowhere unless it is given. */
  readonly record?: CallRecord;
  /** Told of progress as it is made. */
  readonly onProgress?: (done: number) => void;
}

export interface HarnessOptions {
  readonly disk?: MemoryDisk;
  readonly clock?: FakeClock;
  readonly index?: SearchIndexFactory;
  /** Whether the vault exists and is unlocked; otherwise it is what the disk says. */
  readonly isOpen?: boolean;
  readonly locksAt?: () => number | undefined;
  readonly keepOpen?: (ms: number) => void;
  /** Takes the place of the door in memory. */
  readonly realDoor?: VaultDoor;
  readonly auditKeptMs?: () => Promise<number>;
  /** Rules that tell secrets; the real ones unless given. */
  readonly loadRedaction?: () => Redact;
  readonly confirmations?: ReturnType<typeof createConfirmations>;
}

/** Of saves and updates what is said when they are done; of everything else any answer. */
type Stored<M extends MethodName> = M extends "memory.save" | "memory.update"
  ? Extract<Result<M>, { id: string }>
  : Result<M>;

export class Harness {
  readonly disk: MemoryDisk;
  readonly clock: FakeClock;
  readonly door: MemoryDoor;
  readonly registry = new MemoryRegistry();
  readonly service: Service;
  readonly log: string[] = [];
  readonly given: Secret[] = [];
  readonly progress: { stage: string; done: number; total: number }[] = [];
  lockCalls = 0;
  openCalls = 0;
  lastRequestAt = 0;

  constructor(options: HarnessOptions) {
    this.disk = options.disk ?? new MemoryDisk();
    this.clock = options.clock ?? new FakeClock();
    const now = () => this.clock.now();
    this.door = new MemoryDoor(this.disk, now);
    this.service = createService({
      door: options.realDoor ?? this.door,
      index: options.index ?? searchIndexFactory,
      registry: this.registry,
      confirmations: options.confirmations ?? createConfirmations(this.clock),
      rateLimits: createRateLimits(this.clock),
      clock: this.clock,
      logger: createLogger((line) => this.log.push(line), this.clock),
      version: "0.0.0-test",
      lock: () => (this.lockCalls += 1),
      onOpen: () => (this.openCalls += 1),
      briefSize: () => Promise.resolve("full"),
      keepOpen: options.keepOpen ?? (() => undefined),
      locksAt: options.locksAt ?? (() => undefined),
      lastRequestAt: () => this.lastRequestAt,
      loadRedaction: options.loadRedaction ?? createRedaction,
      auditKeptMs: options.auditKeptMs ?? (() => Promise.resolve(Infinity)),
    });
  }

  /** The answer of a call that is not asked to be confirmed where the test looks at what was stored. */
  async call<M extends MethodName>(
    method: M,
    params: ParamsInput<M>,
    options: CallOptions = {},
  ): Promise<Stored<M>> {
    const answer = await this.answer(method, params, options);
    const isStoring = method === "memory.save" || method === "memory.update";
    assert.ok(!isStoring || "id" in answer, "the call asks to be confirmed");
    return answer as Stored<M>;
  }

  /** Calls a method as the server does: strict params in, checked result out. */
  async answer<M extends MethodName>(
    method: M,
    params: ParamsInput<M>,
    { client = CLI, secrets = [], stream = chunks(), signal, onProgress, record }: CallOptions = {},
  ): Promise<Result<M>> {
    const parsed = parseParams(method, params);
    const definition: MethodDefinition = METHODS[method];
    const context: CallContext = {
      client,
      signal: signal ?? new AbortController().signal,
      secrets: secrets.map((secret) => new Secret(utf8(secret))),
      stream,
      record: record ?? UNRECORDED,
      progress: (progress) => {
        assert.ok(definition.long, "only long methods report progress");
        this.progress.push(progress);
        onProgress?.(progress.done);
      },
      giveSecret: (secret) => {
        assert.ok(definition.secretResult?.(parsed), "this method announces no secret");
        this.given.push(secret);
      },
    };
    const handler = this.service.handlers[method] as unknown as (
      params: Params<M>,
      context: CallContext,
    ) => Promise<unknown>;
    const result = parseResult(method, await handler(parsed, context));
    assert.ok(Buffer.byteLength(JSON.stringify(result)) <= LIMITS.resultBytes, "the result is over its cap");
    return result;
  }

  /** A note, saved; @returns its id. */
  async save(text: string, fields: Partial<ParamsInput<"memory.save">> = {}, client = CLI): Promise<string> {
    const { id } = await this.call("memory.save", { text, ...fields }, { client });
    return id;
  }

  /** The ids of what a search finds. */
  async found(
    query: string,
    fields: Partial<ParamsInput<"memory.search">> = {},
    client = CLI,
  ): Promise<string[]> {
    const { hits } = await this.call("memory.search", { query, ...fields }, { client });
    return hits.map(({ id }) => id);
  }

  unlock(): Promise<Result<"vault.unlock">> {
    return this.call("vault.unlock", { with: "passphrase" }, { secrets: [PASSPHRASE] });
  }

  /** The next engine over the same disk, sealed; this one is gone as in a crash. */
  restarted(options: Omit<HarnessOptions, "disk" | "clock"> = {}): Harness {
    this.door.crash();
    return new Harness({ ...options, disk: this.disk, clock: this.clock });
  }

  events(name: string): Record<string, unknown>[] {
    return this.log
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ event }) => event === name);
  }
}

/** The token of an answer that asks to be confirmed. */
export function tokenOf(answer: object): string {
  const token: unknown = "confirmationToken" in answer ? answer.confirmationToken : undefined;
  assert.ok(typeof token === "string", "not asked to confirm");
  return token;
}

/** A service whose vault exists and is open. */
export async function openHarness(options: HarnessOptions = {}): Promise<Harness> {
  const harness = new Harness(options);
  if (harness.door.state() === "missing") {
    await harness.call("vault.create", { recovery: false }, { secrets: [PASSPHRASE] });
  } else await harness.unlock();
  return harness;
}

/** A service whose vault exists and is sealed. */
export async function sealedHarness(): Promise<Harness> {
  return (await openHarness()).restarted();
}

export function clientOf(id: string, projects?: readonly string[]): ClientIdentity {
  return { id, scopes: SCOPES, projects, created: START };
}

export const CLI = clientOf("cli");

/** A turn of a capture. */
export function said(
  messageId: string,
  text: string,
  fields: { role?: "user" | "assistant"; at?: string; tags?: string[]; speaker?: string } = {},
) {
  return { messageId, role: "user", text, at: "2026-05-01T10:00:00Z", ...fields } as const;
}

/** A stream of these byte strings. */
export async function* chunks(...parts: readonly (Uint8Array | string)[]): AsyncIterable<Uint8Array> {
  for (const part of parts) yield await Promise.resolve(typeof part === "string" ? utf8(part) : part);
}

/** A promise that someone else resolves. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

/** Lets everything that is ready run. */
export async function settle(turns = 20): Promise<void> {
  for (let round = 0; round < turns; round++) await new Promise((resolve) => setImmediate(resolve));
}
