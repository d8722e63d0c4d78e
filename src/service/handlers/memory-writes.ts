/** Handlers that store memories. */
import { KeepsakeError } from "../../base/errors.ts";
import { checkProjectWrite } from "../../policy/project-grants.ts";
import type { Params, Result } from "../../protocol/method-table.ts";
import type { VaultDoor } from "../../vault/vault.ts";
import { capturedTurns, encodeCaptured, memoryOfTurn } from "../captured-turn.ts";
import type { Idempotency } from "../idempotency.ts";
import type { Memories } from "../memories.ts";
import { milliseconds } from "../memory-codec.ts";
import type { StoredMemory } from "../memory-codec.ts";
import type { CallContext, Handlers } from "../service.ts";
import { storeOnce } from "../store-once.ts";
import { readVisible } from "./memory-reads.ts";

export interface MemoryWritesDeps {
  readonly opened: () => Memories;
  readonly door: VaultDoor;
  readonly idempotency: Idempotency;
  readonly now: () => number;
}

type WriteMethods = "memory.save" | "memory.capture" | "memory.update";

export function memoryWrites(deps: MemoryWritesDeps): Pick<Handlers, WriteMethods> {
  return {
    "memory.save": (params, context) => save(deps, params, context),
    "memory.capture": (params, context) => capture(deps, params, context),
    "memory.update": (params, context) => update(deps, params, context),
  };
}

async function save(
  { opened, idempotency, now }: MemoryWritesDeps,
  params: Params<"memory.save">,
  { client, signal }: CallContext,
): Promise<Result<"memory.save">> {
  const memories = opened();
  checkProjectWrite(params.project, client);
  const savedAt = now();
  const { text, project, tags, pinned } = params;
  const expiresAt = milliseconds(params.expiresAt);
  return idempotency.run("memory.save", client.id, params, (remember) => {
    const store = async (supersedes: string | undefined) => {
      const stored: StoredMemory = {
        kind: "note",
        text,
        project,
        source: client.id,
        tags,
        at: milliseconds(params.at) ?? savedAt,
        savedAt,
        pinned,
        trust: "user",
        ...(expiresAt !== undefined && { expiresAt }),
        ...(supersedes !== undefined && { supersedes }),
      };
      const result = { id: memories.newId(), reused: false };
      const changes = remember(result);
      signal.throwIfAborted();
      await memories.insert([{ id: result.id, stored }], changes);
      return result;
    };
    const { supersedes } = params;
    if (supersedes === undefined) return store(undefined);
    return onNewestVersion(memories, supersedes, async (newest) => {
      await readVisible(memories, newest, client);
      return store(newest);
    });
  });
}

async function capture(
  { opened, door, idempotency, now }: MemoryWritesDeps,
  params: Params<"memory.capture">,
  { client, signal }: CallContext,
): Promise<Result<"memory.capture">> {
  checkProjectWrite(params.project, client);
  const turns = capturedTurns(params, client.id, now());
  if (door.state() !== "open") {
    await door.capture(turns.map(encodeCaptured));
    return { stored: 0, duplicates: 0, waiting: turns.length, reused: false };
  }
  const memories = opened();
  return idempotency.run("memory.capture", client.id, params, async (remember) => {
    const result = { stored: 0, duplicates: 0, waiting: 0, reused: false };
    signal.throwIfAborted();
    await storeOnce(
      memories,
      turns.map((each) => memoryOfTurn(memories, each)),
      (outcome) => remember(Object.assign(result, outcome)),
    );
    return result;
  });
}

async function update(
  { opened, idempotency, now }: MemoryWritesDeps,
  params: Params<"memory.update">,
  { client, signal }: CallContext,
): Promise<Result<"memory.update">> {
  const { text, tags, pinned, expiresAt } = params;
  if (text === undefined && tags === undefined && pinned === undefined && expiresAt === undefined) {
    throw new KeepsakeError("INVALID_PARAMS", "give at least one of text, tags, pinned and expiresAt");
  }
  const memories = opened();
  return idempotency.run("memory.update", client.id, params, (remember) =>
    onNewestVersion(memories, params.id, async (newest) => {
      await readVisible(memories, newest, client);
      const current = await memories.readStored(newest);
      if (current === undefined) throw new KeepsakeError("NOT_FOUND", `there is no memory ${params.id}`);
      const { expiresAt: currentExpiry, ...kept } = current;
      const expiry = expiresAt === undefined ? currentExpiry : milliseconds(expiresAt ?? undefined);
      const stored: StoredMemory = {
        ...kept,
        text: text ?? current.text,
        tags: tags ?? current.tags,
        pinned: pinned ?? current.pinned,
        ...(expiry !== undefined && { expiresAt: expiry }),
        savedAt: now(),
        source: client.id,
        trust: text === undefined ? current.trust : "user",
        supersedes: newest,
      };
      const result = { id: memories.newId(), supersedes: newest, reused: false };
      const changes = remember(result);
      signal.throwIfAborted();
      await memories.insert([{ id: result.id, stored }], changes);
      return result;
    }),
  );
}

/**
 * Runs `work` with the id of the newest version of a memory while no one else adds one: a chain of versions never
 * forks, whichever of its versions the caller knew.
 *
 * @throws NOT_FOUND
 */
async function onNewestVersion<T>(
  memories: Memories,
  id: string,
  work: (newest: string) => Promise<T>,
): Promise<T> {
  const index = await memories.complete();
  const oldest = index.versions(id)[0];
  if (oldest === undefined) throw new KeepsakeError("NOT_FOUND", `there is no memory ${id}`);
  return memories.serialise(`versions:${oldest}`, () => work(index.versions(id).at(-1) ?? id));
}
