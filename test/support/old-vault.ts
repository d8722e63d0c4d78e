/** The vault that keepsake 0.1.0 wrote; see test/fixtures/vault-0.1.0/README.md. */
import { chmod, copyFile, mkdir, readdir } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const FIXTURE = fileURLToPath(new URL("../fixtures/vault-0.1.0", import.meta.url));

interface OldVault {
  readonly passphrase: string;
  readonly recoveryKey: string;
  readonly ids: Readonly<
    Record<"crane" | "gate" | "tea" | "forgotten" | "lampOld" | "lamp" | "wheel", string>
  >;
  /** Keys of the store of the entries that wait, in hexadecimal. */
  readonly waiting: readonly string[];
  /** Of an entry that left the inbox, in hexadecimal; the memory it became is forgotten. */
  readonly drainedEntry: { readonly key: string; readonly value: string };
}

export const OLD_VAULT = JSON.parse(readFileSync(join(FIXTURE, "contents.json"), "utf8")) as OldVault;

/** Puts the vault into `folder`, which may exist, with the modes it had: a checkout does not keep them. */
export async function placeOldVault(folder: string): Promise<void> {
  await placeTree(join(FIXTURE, "vault"), folder);
}

async function placeTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o700 });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) {
      await placeTree(source, target);
      continue;
    }
    await copyFile(source, target);
    await chmod(target, 0o600);
  }
}
