/** The parts an engine is made of outside tests. */
import { readFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { argon2id } from "../crypto/argon2.ts";
import { kdfPolicyFor } from "../crypto/kdf-policy.ts";
import { createKeychain } from "../keys/keychain.ts";
import { ensureInboxToken } from "../platform/inbox-token.ts";
import type { Places } from "../platform/places.ts";
import type { Redact } from "../redaction/redact.ts";
import { createRedaction } from "../redaction/redact.ts";
import { searchIndexFactory, warmUpSearch } from "../search/create-search-index.ts";
import type { VaultDoorDeps } from "../vault/create-vault-door.ts";
import { createVaultDoor } from "../vault/create-vault-door.ts";

export const engineParts = {
  openDoor: (
    { vault, inboxToken }: Pick<Places, "vault" | "inboxToken">,
    means: Pick<VaultDoorDeps, "clock" | "logger" | "readOnly">,
  ) =>
    createVaultDoor({
      directory: vault,
      ...means,
      inboxToken: () => ensureInboxToken(inboxToken),
      kdf: argon2id,
      kdfPolicy: kdfPolicyFor(availableParallelism(), totalmem()),
      keychain: createKeychain(),
    }),
  index: searchIndexFactory,
  loadRedaction,
  warmUp,
  version: readVersion(),
};

let redaction: Redact | undefined;

function loadRedaction(): Redact {
  return (redaction ??= createRedaction());
}

async function* warmUp(): AsyncGenerator<void> {
  // A capture may come before anything is searched, and while the vault is locked.
  loadRedaction()("the token of the first turn is not here");
  yield;
  yield* warmUpSearch();
}

/** @throws Error when the package is not whole */
function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  if (typeof manifest === "object" && manifest !== null && "version" in manifest) {
    if (typeof manifest.version === "string") return manifest.version;
  }
  throw new Error("package.json names no version");
}
