/** Files of the drop folder as a program that reaches no daemon writes them, and as it never would. */
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { utf8 } from "../../../src/base/bytes.ts";
import { Secret } from "../../../src/base/secret.ts";
import { systemRandomness } from "../../../src/crypto/random.ts";
import { KeyringFile } from "../../../src/keys/keyring-file.ts";
import type { StoredInbox } from "../../../src/keys/keyring-format.ts";
import { DROP_FOLDER, dropFileName, encodeDropFile } from "../../../src/vault/written/drop-file.ts";
import { sealInboxEntry } from "../../../src/vault/written/inbox-entry.ts";
import type { InboxKind } from "../../../src/vault/written/inbox-layout.ts";
import { KEYSPACE_BYTES } from "../../../src/vault/written/keyspaces.ts";
import { storeKey } from "../../../src/vault/written/store-key.ts";
import { testInboxToken } from "./vault-home.ts";

interface Sealed {
  readonly inbox?: Pick<StoredInbox, "epoch" | "publicKey">;
  readonly kind?: InboxKind;
  readonly isAuthored?: boolean;
}

/** The pair that the keyring on disk names, and the vault's id. */
async function pairOf(directory: string) {
  const found = await new KeyringFile(directory).read();
  const { vaultId, inbox } = found!.stored.content;
  return { vaultId, inbox };
}

/** Bytes of a file that holds these texts. @param sealed - `inbox` is the present pair unless given */
export async function dropOf(
  directory: string,
  texts: readonly string[],
  { kind = "turn", isAuthored = true, ...sealed }: Sealed = {},
): Promise<Uint8Array> {
  const { vaultId, inbox } = { ...(await pairOf(directory)), ...sealed };
  const author = isAuthored ? new Secret(await testInboxToken()) : undefined;
  const entries = texts.map((text) => {
    const id = systemRandomness.bytes(16);
    const value = sealInboxEntry({ vaultId, inbox, author }, id, utf8(text), systemRandomness, kind);
    return { key: storeKey(KEYSPACE_BYTES.inbox, id), value };
  });
  return encodeDropFile(entries);
}

/** @returns the path of the file */
export async function drop(directory: string, bytes: Uint8Array): Promise<string> {
  await mkdir(join(directory, DROP_FOLDER), { mode: 0o700, recursive: true });
  const path = join(directory, DROP_FOLDER, dropFileName(systemRandomness.bytes(16)));
  await writeFile(path, bytes, { mode: 0o600 });
  return path;
}

export function dropped(directory: string): Promise<readonly string[]> {
  return readdir(join(directory, DROP_FOLDER));
}
