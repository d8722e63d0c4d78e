/** A note of the person while the vault is locked: sealed into the inbox, with what only an open vault can check left out. */
import { checkProjectWrite } from "../../policy/project-grants.ts";
import type { Params, Result } from "../../protocol/method-table.ts";
import { encodeLeftNote } from "../../protocol/note-in-inbox.ts";
import type { VaultDoor } from "../../vault/vault.ts";
import { milliseconds } from "../memory-codec.ts";
import { checkExpiry, checkNotAhead } from "../memory-times.ts";
import type { CallContext } from "../service.ts";

interface LeaveDeps {
  /** The open session. */
  readonly session: () => { readonly drain: { run(): Promise<unknown> } };
  readonly door: Pick<VaultDoor, "state" | "capture">;
  readonly now: () => number;
}

/** @param save - stores it where the vault is open by now. @throws VAULT_MISSING, INVALID_PARAMS, INBOX_FULL, and as a write */
export async function leaveNote(
  { session, door, now }: LeaveDeps,
  params: Params<"memory.leave">,
  { client, signal, record }: CallContext,
  save: (note: Params<"memory.save">) => Promise<Result<"memory.save">>,
): Promise<Result<"memory.leave">> {
  const { keepSecrets, ...saving } = params;
  if (door.state() !== "sealed") {
    const saved = await save(saving);
    return { waiting: 0, ...("id" in saved && { id: saved.id }) };
  }
  const { project, at, expiresAt, ...given } = saving;
  const said = milliseconds(at) ?? now();
  const expiry = milliseconds(expiresAt);
  checkProjectWrite(project, client);
  checkNotAhead(said, now());
  checkExpiry(expiry, now());
  const note = { ...given, at: said, ...(expiry !== undefined && { expiresAt: expiry }) };
  signal.throwIfAborted();
  const result = { waiting: 1 };
  const left = encodeLeftNote({
    project,
    source: client.id,
    receivedAt: now(),
    ...(keepSecrets === true && { keepSecrets }),
    note,
  });
  await door.capture([left], record.inInbox(result));
  // As for a turn: it may have been drained before this was in it.
  if (isOpen(door)) await session().drain.run();
  return result;
}

/** Asked again, since time has passed. */
function isOpen(door: Pick<VaultDoor, "state">): boolean {
  return door.state() === "open";
}
