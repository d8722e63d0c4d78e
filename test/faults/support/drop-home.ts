/** A home whose daemon is played by the process at hand: it takes in what was dropped, and drains as the service does. */
import { mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { utf8 } from "../../../src/base/bytes.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { ensureInboxToken } from "../../../src/platform/inbox-token.ts";
import type { Places } from "../../../src/platform/places.ts";
import { resolvePlaces } from "../../../src/platform/places.ts";
import { decodeCaptured } from "../../../src/service/memories/captured-turn.ts";
import { createVaultDoor } from "../../../src/vault/create-vault-door.ts";
import type { OpenVault, VaultDoor } from "../../../src/vault/vault.ts";
import { addClient } from "../../hooks/support.ts";
import { cheapKdf, cheapPolicy, MemoryKeychain, passphrase, work } from "../../vault/support/vault-home.ts";

export async function doorOf({ vault, inboxToken }: Places): Promise<VaultDoor> {
  return createVaultDoor({
    directory: vault,
    clock: systemClock,
    logger: { log: () => undefined },
    kdf: cheapKdf,
    kdfPolicy: cheapPolicy,
    keychain: new MemoryKeychain(),
    inboxToken: () => ensureInboxToken(inboxToken),
    timing: { retryFirst: 5, maxRetry: 40, scrubSlice: 3_600_000, inboxCount: 10_000 },
  });
}

export async function unlocked(door: VaultDoor): Promise<OpenVault> {
  // Whoever was killed in the middle of an unlock may have set the brake on guessing.
  await new Promise((resolve) => setTimeout(resolve, door.unlockRetryAfterMs() + 1));
  return door.unlock({ kind: "passphrase", secret: passphrase() }, work());
}

/** A closed vault, and a client that may capture. */
export async function makeHome(
  folder: string = tmpdir(),
): Promise<{ readonly root: string; readonly places: Places }> {
  const root = await mkdtemp(join(folder, "ks-drop-"));
  const places = resolvePlaces({ KEEPSAKE_HOME: root });
  await mkdir(places.vault, { mode: 0o700 });
  await addClient(places);
  const door = await doorOf(places);
  const { recoveryKey } = await door.create(passphrase(), { recovery: false }, work());
  recoveryKey?.wipe();
  await door.close();
  return { root, places };
}

/** Every entry becomes a memory under an id that follows from its message, in the batch that removes it. */
export async function drainOnce(door: VaultDoor): Promise<void> {
  const vault = door.opened();
  for (let isOver = false; !isOver;) {
    isOver = true;
    for await (const { id, plaintext, isAuthored } of door.inbox()) {
      isOver = false;
      const { messageId } = decodeCaptured(plaintext).turn;
      const memory = vault.deriveId(utf8(isAuthored ? messageId : `${messageId}, by nobody`));
      const put = { type: "put", keyspace: "memory", id: memory, plaintext } as const;
      const drained = { type: "drained", id } as const;
      await vault.write(vault.has("memory", memory) ? [drained] : [put, drained]);
    }
    await door.settleInbox();
  }
}

/** Message ids of all memories, sorted. */
export async function messagesIn(vault: OpenVault): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { plaintext } of vault.scan("memory")) ids.push(decodeCaptured(plaintext).turn.messageId);
  return ids.toSorted();
}
