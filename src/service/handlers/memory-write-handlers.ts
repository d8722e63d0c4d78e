/** Handlers that store memories. */
import { KeepsakeError } from "../../base/errors.ts";
import type { ClientIdentity } from "../../policy/clients.ts";
import { checkProjectWrite } from "../../policy/project-grants.ts";
import type { RecallGate } from "../../policy/recall-gate.ts";
import { trustOf, trustOfVersion } from "../../policy/trust.ts";
import type { Params, Result } from "../../protocol/method-table.ts";
import type { VaultDoor } from "../../vault/vault.ts";
import { capturedTurns, encodeCaptured } from "../../protocol/turn-in-inbox.ts";
import { memoryOfTurn } from "../memories/captured-turn.ts";
import type { Idempotency } from "../memories/run-once.ts";
import type { Memories } from "../memories/memories.ts";
import { isoTime, milliseconds } from "../memory-codec.ts";
import type { StoredMemory } from "../memory-codec.ts";
import type { OpenSession } from "../open-session.ts";
import type { CallContext, Handlers } from "../service.ts";
import { checkExpiry, checkNotAhead } from "../memory-times.ts";
import { leaveNote } from "./leave-note.ts";
import { effectOf, lossOf } from "../memories/update-effect.ts";
import { storeOnce } from "../memories/store-once.ts";
import { notFoundError, requireVisible } from "../memories/visible-memories.ts";

export interface MemoryWriteDeps {
  /** The open session; throws VAULT_SEALED or VAULT_MISSING. */
  readonly session: () => OpenSession;
  readonly door: Pick<VaultDoor, "state" | "capture" | "takeInDrops">;
  readonly idempotency: Idempotency;
  readonly gate: RecallGate;
  readonly now: () => number;
}

type WriteMethods = "memory.save" | "memory.leave" | "memory.capture" | "memory.update";

export function memoryWriteHandlers(deps: MemoryWriteDeps): Pick<Handlers, WriteMethods> {
  return {
    "memory.save": (params, context) => save(deps, params, context),
    "memory.leave": (params, context) =>
      leaveNote(deps, params, context, (note) => save(deps, note, context)),
    "memory.capture": (params, context) => capture(deps, params, context),
    "memory.update": (params, context) => update(deps, params, context),
  };
}

async function save(
  { session, idempotency, gate, now }: MemoryWriteDeps,
  params: Params<"memory.save">,
  context: CallContext,
): Promise<Result<"memory.save">> {
  const { client, signal } = context;
  const { memories } = session();
  const { supersedes, at = isoTime(now()), expiresAt, project: named, ...rest } = params;
  const { idempotencyKey: _key, confirmationToken: _token, ...given } = rest;
  if (supersedes === undefined || named !== undefined) checkProjectWrite(named ?? null, client);
  const expiry = milliseconds(expiresAt);
  return idempotency.run<Result<"memory.save">>("memory.save", context, params, (remember) => {
    checkNotAhead(milliseconds(at), now());
    checkExpiry(expiry, now());
    const store = async (replaced: readonly (readonly string[])[], link: SavedLink) => {
      const effect = replaced.length === 0 ? undefined : "put a note in the place of 1 memory";
      const change = { method: "memory.save", params, effect, chains: replaced } as const;
      const entry = await gate.enter(change, context);
      if ("asks" in entry) return entry.asks;
      const stored: StoredMemory = {
        kind: "note",
        ...given,
        source: client.id,
        at: milliseconds(at),
        ...(expiry !== undefined && { expiresAt: expiry }),
        ...link,
      };
      const result = { id: memories.newId(), reused: false };
      const changes = remember(result);
      signal.throwIfAborted();
      await memories.insert([{ id: result.id, stored }], changes, entry.pass);
      gate.noteSaved(client, result.id);
      return result;
    };
    if (supersedes === undefined)
      return store([], { project: named ?? null, savedAt: now(), trust: trustOf(client) });
    return onNewestVersion(memories, supersedes, client, async ({ newest, versions, current }) => {
      if (named !== undefined && named !== current.project) throw otherProjectError();
      return store([versions], {
        project: current.project,
        supersedes: newest,
        savedAt: after(current, now()),
        trust: trustOfVersion(current.trust, client),
      });
    });
  });
}

async function capture(
  { session, door, idempotency, now }: MemoryWriteDeps,
  params: Params<"memory.capture">,
  context: CallContext,
): Promise<Result<"memory.capture">> {
  const { client, signal, record } = context;
  checkProjectWrite(params.project, client);
  const turns = capturedTurns(params, client.id, now());
  if (door.state() !== "open") {
    if (door.state() === "sealed" && params.idempotencyKey !== undefined) throw uncheckableKeyError();
    signal.throwIfAborted();
    const result = { stored: 0, duplicates: 0, waiting: turns.length, reused: false };
    await door.capture(turns.map(encodeCaptured), record.inInbox(result));
    // Unlocked meanwhile: the inbox may have been drained before these were in it.
    if (isOpen(door)) await session().drain.run();
    return result;
  }
  const { memories, drain } = session();
  await door.takeInDrops();
  if (drain.isWorthwhile) await drain.run();
  return idempotency.run("memory.capture", context, params, async (remember) => {
    const result = { stored: 0, duplicates: 0, waiting: 0, reused: false };
    const arrivals = turns.map((turn) => memoryOfTurn(memories, turn));
    await storeOnce(memories, arrivals, {
      signal,
      more: ({ forgotten, ...outcome }) =>
        remember(Object.assign(result, outcome, forgotten > 0 && { forgotten })),
    });
    return result;
  });
}

/** Only a new text makes another author: who adds a tag or a pin has not said what the memory says. */
async function update(
  { session, idempotency, gate, now }: MemoryWriteDeps,
  params: Params<"memory.update">,
  context: CallContext,
): Promise<Result<"memory.update">> {
  const { client, signal } = context;
  const { id, expiresAt, idempotencyKey: _key, confirmationToken: _token, ...given } = params;
  const changes = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  if (Object.keys(changes).length === 0 && expiresAt === undefined) {
    throw new KeepsakeError("INVALID_PARAMS", "give at least one of text, tags, pinned, muted and expiresAt");
  }
  const { memories } = session();
  return idempotency.run<Result<"memory.update">>("memory.update", context, params, (remember) =>
    onNewestVersion(memories, id, client, async ({ newest, versions, current }) => {
      if (given.text !== undefined && current.kind === "turn") throw verbatimError();
      const { expiresAt: currentExpiry, supersedes: older, ...kept } = current;
      const expiry = expiresAt === undefined ? currentExpiry : milliseconds(expiresAt ?? undefined);
      if (expiry !== currentExpiry) checkExpiry(expiry, now());
      const isNewText = given.text !== undefined && given.text !== current.text;
      const effect = effectOf(isNewText, expiry !== currentExpiry) ?? lossOf(current, given);
      const change = { method: "memory.update", params, effect, chains: [versions] } as const;
      const entry = await gate.enter(change, context);
      if ("asks" in entry) return entry.asks;
      const isSame = effect === undefined && isAlready(current, changes);
      const result = isSame
        ? { id: newest, ...(older !== undefined && { supersedes: older }), reused: true }
        : { id: memories.newId(), supersedes: newest, reused: false };
      const stored: StoredMemory = {
        ...kept,
        ...changes,
        ...(expiry !== undefined && { expiresAt: expiry }),
        savedAt: after(current, now()),
        ...(isNewText && { source: client.id, trust: trustOfVersion(current.trust, client) }),
        supersedes: newest,
      };
      const remembered = remember(result);
      signal.throwIfAborted();
      const fresh = isSame ? [] : [{ id: result.id, stored }];
      // That nothing had to change is no reason for a batch.
      if (isSame && remembered.every(({ type }) => type === "noted")) return result;
      await memories.insert(fresh, remembered, entry.pass);
      if (!isSame) gate.noteSaved(client, result.id);
      return result;
    }),
  );
}

function isAlready(current: StoredMemory, changes: Partial<StoredMemory>): boolean {
  const now: Readonly<Record<string, unknown>> = { muted: false, ...current };
  return Object.entries(changes).every(
    ([name, value]) => JSON.stringify(value) === JSON.stringify(now[name]),
  );
}

function verbatimError(): KeepsakeError {
  return new KeepsakeError("INVALID_PARAMS", "the text of a turn never changes", {
    hint: "save the correction as a note that supersedes it",
  });
}

type SavedLink = Pick<StoredMemory, "project" | "savedAt" | "supersedes" | "trust">;

interface Chain {
  readonly newest: string;
  /** All of them, oldest first. */
  readonly versions: readonly string[];
  /** The newest. */
  readonly current: StoredMemory;
}

/**
 * Runs `work` with the newest version of a memory while no one else adds one: a chain of versions never forks, whichever
 * of its versions the caller knew.
 *
 * @throws NOT_FOUND when there is no such memory, or when the client may not see its newest version
 */
async function onNewestVersion<T>(
  memories: Memories,
  id: string,
  client: ClientIdentity,
  work: (chain: Chain) => Promise<T>,
): Promise<T> {
  for (;;) {
    const [oldest] = (await memories.complete()).versions(id);
    if (oldest === undefined) throw notFoundError();
    const done = await memories.onChain(oldest, async () => {
      const versions = (await memories.complete()).versions(id);
      const newest = versions.at(-1);
      // Forgotten meanwhile, or an import brought an older version, under whose name others wait: look again.
      if (newest === undefined || versions[0] !== oldest) return undefined;
      return {
        value: await work({ newest, versions, current: await requireVisible(memories, newest, client) }),
      };
    });
    if (done !== undefined) return done.value;
  }
}

/** Whether the key was used before, and for what, stands in a sealed record: to accept it would be an empty promise. */
function uncheckableKeyError(): KeepsakeError {
  return new KeepsakeError("VAULT_SEALED", "an idempotency key cannot be checked while the vault is locked", {
    hint: "leave it out: a turn is stored once by its messageId",
  });
}

/** When a version is saved: later than the one before it, also when both come in the same millisecond. */
function after({ savedAt }: StoredMemory, now: number): number {
  return Math.max(now, savedAt + 1);
}

/** Asked again, since time has passed. */
function isOpen(door: Pick<VaultDoor, "state">): boolean {
  return door.state() === "open";
}

/** Versions are of one project: who sees that project only would otherwise miss what took a memory's place. */
function otherProjectError(): KeepsakeError {
  return new KeepsakeError("INVALID_PARAMS", "a memory is superseded in its own project", {
    hint: "leave the project out, or save the memory there and forget the old one",
  });
}
