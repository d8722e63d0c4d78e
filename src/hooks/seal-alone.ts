/**
 * Captures turns without a daemon: seals them to the vault's public key, as a locked daemon does, and puts them into the drop folder,
 * whole and durable. The daemon takes them in.
 *
 *   keyring ─> seal ─> temporary, fsync, rename, fsync of the folder ─> keyring again ─┬─ same pair: kept
 *                                                                                      └─ another: seal anew, remove the first
 *
 * A daemon looks into the drop folder after it changed the pair and before it wipes the old key. So what is there, and was sealed to
 * the pair that the keyring still has then, is never lost; what comes too late for that is noticed here.
 *
 * Loaded when it is needed: nothing else of a hook has to do with keys.
 */
import { lstat, mkdir, opendir, rmdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { equalBytes } from "../base/bytes.ts";
import { CLIENT_ID_PATTERN } from "../base/client-id.ts";
import { hasCode, KeepsakeError } from "../base/errors.ts";
import { LIMITS } from "../base/limits.ts";
import { systemErrorCode } from "../base/logger.ts";
import { RECORD_ID_BYTES } from "../base/record-id.ts";
import { Secret } from "../base/secret.ts";
import { systemRandomness } from "../crypto/random.ts";
import { KeyringFile } from "../keys/keyring-file.ts";
import type { KeyringContent } from "../keys/keyring-format.ts";
import { ensureInboxToken } from "../platform/inbox-token.ts";
import type { Places } from "../platform/places.ts";
import {
  checkPrivateDirectory,
  checkPrivateFile,
  refusalError,
  replacePrivateFile,
  syncDirectory,
} from "../platform/private-files.ts";
import { readOnlyPlaces } from "../platform/read-only-disk.ts";
import { readTokenFile } from "../platform/token-file.ts";
import { findUnsafePlace } from "../platform/unsafe-places.ts";
import { checkScope } from "../policy/clients.ts";
import { checkProjectWrite } from "../policy/project-grants.ts";
import type { Params } from "../protocol/method-table.ts";
import { capturedTurns, encodeCaptured } from "../protocol/turn-in-inbox.ts";
import { parseParams } from "../protocol/validate.ts";
import { createRedaction } from "../redaction/redact.ts";
import { withoutSecrets } from "../redaction/said.ts";
import {
  DROP_FOLDER,
  dropFileName,
  encodeDropFile,
  isDropFileName,
  MAX_DROP_FILE_BYTES,
  MAX_DROP_FILES,
} from "../vault/written/drop-file.ts";
import { sealInboxEntry } from "../vault/written/inbox-entry.ts";
import { KEYSPACE_BYTES } from "../vault/written/keyspaces.ts";
import { storeKey } from "../vault/written/store-key.ts";

const NAME_BYTES = 16;
/** Each time the daemon has put a fresh pair in the place of the one before, which takes it longer than sealing takes here. */
const MAX_TRIES = 50;

/** One turn on its way: the same id whatever pair it is sealed to. */
type Waiting = { readonly id: Uint8Array; readonly plaintext: Uint8Array };

/**
 * Resolves once the turns are durable, and sealed to a pair that will open them.
 *
 * @param client - id of a client that may capture; its token file is read and nothing sent
 * @throws HELLO_FAILED without a token, SCOPE_DENIED, PROJECT_DENIED, INVALID_PARAMS; VAULT_MISSING, VAULT_READ_ONLY,
 *   KEYRING_DAMAGED, KEYRING_TAMPERED, UNSUPPORTED_VERSION; UNSAFE_PATH, INBOX_FULL, DISK_FULL, WRITE_FAILED, BUSY: in the drop folder
 *   there is nothing then, or what the next capture of the same turns makes a second copy of, which is stored once
 */
export async function sealAlone(
  places: Places,
  capture: Params<"memory.capture">,
  client: string,
): Promise<void> {
  const params = parseParams("memory.capture", capture);
  if (params.idempotencyKey !== undefined) {
    throw new KeepsakeError("INVALID_PARAMS", "an idempotency key cannot be checked without the daemon");
  }
  if ((await readOnlyPlaces(places)) !== undefined) throw new KeepsakeError("VAULT_READ_ONLY");
  await checkMayCapture(places, params, client);
  const keyring = await readKeyring(places);
  const redact = createRedaction();
  const said = params.turns.map((turn) => withoutSecrets(redact, turn).said);
  const turns = capturedTurns({ ...params, turns: said }, client, Date.now()).map(encodeCaptured);
  const waiting = turns.map((plaintext) => ({ id: systemRandomness.bytes(RECORD_ID_BYTES), plaintext }));
  // Before anything is looked at: one that was made in a hurry may still have two names.
  const author = new Secret(await ensureInboxToken(places.inboxToken));
  try {
    const unsafe = await findUnsafePlace(places);
    if (unsafe !== undefined) throw unsafe;
    await drop(places, keyring, waiting, author);
  } finally {
    author.wipe();
    for (const { plaintext } of waiting) plaintext.fill(0);
  }
}

/** What the daemon would ask before it took the turns. */
async function checkMayCapture(
  { clients }: Places,
  { project }: Params<"memory.capture">,
  client: string,
): Promise<void> {
  const file = CLIENT_ID_PATTERN.test(client)
    ? await readTokenFile(join(clients, `${client}.json`))
    : undefined;
  if (file === undefined) throw new KeepsakeError("HELLO_FAILED");
  file.token.fill(0);
  checkScope("memory.capture", { id: client, scopes: file.scopes });
  checkProjectWrite(project, file);
}

async function drop(
  places: Places,
  first: KeyringContent,
  waiting: readonly Waiting[],
  author: Secret,
): Promise<void> {
  const folder = await openDropFolder(places.vault);
  let keyring = first;
  let outdated: string | undefined;
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const bytes = encodeDropFile(waiting.map((each) => seal(keyring, each, author)));
    await checkRoom(folder, bytes.length);
    const path = join(folder, dropFileName(systemRandomness.bytes(NAME_BYTES)));
    await replacePrivateFile(path, bytes);
    if (outdated !== undefined) await unlink(outdated).catch(() => undefined);
    const present = await readKeyring(places).catch(async (error: unknown) => {
      if (hasCode(error, "VAULT_MISSING")) await leave(folder, path);
      throw error;
    });
    if (isSamePair(keyring, present)) return;
    outdated = path;
    keyring = present;
  }
  throw new KeepsakeError("BUSY");
}

function seal({ vaultId, inbox }: KeyringContent, { id, plaintext }: Waiting, author: Secret) {
  const value = sealInboxEntry({ vaultId, inbox, author }, id, plaintext, systemRandomness);
  return { key: storeKey(KEYSPACE_BYTES.inbox, id), value };
}

function isSamePair(a: KeyringContent, b: KeyringContent): boolean {
  const isSameVault = equalBytes(a.vaultId, b.vaultId);
  return isSameVault && a.inbox.epoch === b.inbox.epoch && equalBytes(a.inbox.publicKey, b.inbox.publicKey);
}

/** What stands in it in clear; its MAC can be checked by nobody without a key. */
async function readKeyring({ vault }: Places): Promise<KeyringContent> {
  const found = await new KeyringFile(vault).read();
  if (found === undefined) throw new KeepsakeError("VAULT_MISSING");
  return found.stored.content;
}

/** @returns its path; @throws UNSAFE_PATH, DISK_FULL, WRITE_FAILED */
async function openDropFolder(vault: string): Promise<string> {
  const folder = join(vault, DROP_FOLDER);
  try {
    await mkdir(folder, { mode: 0o700 });
    await syncDirectory(vault);
  } catch (error) {
    if (systemErrorCode(error) !== "EEXIST") throw refusalError(error, folder);
  }
  await checkPrivateDirectory(folder);
  return folder;
}

/** @throws INBOX_FULL */
async function checkRoom(folder: string, added: number): Promise<void> {
  let [files, bytes] = [1, added];
  for await (const { name } of await opendir(folder)) {
    const taken = isDropFileName(name) ? await bytesTaken(join(folder, name)) : undefined;
    if (taken === undefined) continue;
    files += 1;
    bytes += taken;
    if (files > MAX_DROP_FILES || bytes > LIMITS.inboxBytes) break;
  }
  if (added <= MAX_DROP_FILE_BYTES && files <= MAX_DROP_FILES && bytes <= LIMITS.inboxBytes) return;
  throw new KeepsakeError(
    "INBOX_FULL",
    `what programs seal by themselves may take ${MAX_DROP_FILES} files of ${MAX_DROP_FILE_BYTES} bytes, and ${LIMITS.inboxBytes} bytes in all`,
    { facts: { maxBytes: LIMITS.inboxBytes } },
  );
}

/** @returns undefined for what the daemon sets aside, which so takes no room from what it will take in */
async function bytesTaken(path: string): Promise<number | undefined> {
  try {
    const found = await lstat(path);
    checkPrivateFile(found, path);
    return found.size <= MAX_DROP_FILE_BYTES ? found.size : undefined;
  } catch {
    return undefined;
  }
}

/** The vault was taken out of this folder meanwhile. */
async function leave(folder: string, path: string): Promise<void> {
  await unlink(path).catch(() => undefined);
  await rmdir(folder).catch(() => undefined);
}
