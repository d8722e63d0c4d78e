/**
 * The inbox token: 32 random bytes of this machine, 0600, outside the vault's folder. What is captured while the vault is locked
 * carries a MAC under it, so that an entry which somebody else put among the vault's files is told from one of a client here.
 */
import { dirname } from "node:path";
import { hasCode, KeepsakeError } from "../base/errors.ts";
import { secretBytes } from "../base/secret.ts";
import { dropFirstName, makeOnce } from "./make-once.ts";
import { ensurePrivateDirectory, readPrivateFile } from "./private-files.ts";

const TOKEN_BYTES = 32;

/**
 * Reads the token, or makes one where there is none: of several processes at once, all get the one that is there in the end.
 *
 * @returns 32 bytes; the caller wipes them
 * @throws UNSAFE_PATH when the file is not private or does not hold a token; DISK_FULL, WRITE_FAILED
 */
export async function ensureInboxToken(path: string): Promise<Uint8Array> {
  const found = await readToken(path);
  if (found !== undefined) return found;
  const token = crypto.getRandomValues(secretBytes(TOKEN_BYTES));
  try {
    await ensurePrivateDirectory(dirname(path));
    await makeOnce(path, token);
  } finally {
    token.fill(0);
  }
  const made = await readToken(path);
  if (made === undefined) throw new KeepsakeError("WRITE_FAILED", `${path} is gone again`);
  return made;
}

async function readToken(path: string): Promise<Uint8Array | undefined> {
  const found = await readPrivateFile(path, TOKEN_BYTES).catch(async (error: unknown) => {
    if (!hasCode(error, "UNSAFE_PATH")) throw error;
    // One that is being made has two names for a moment.
    await dropFirstName(path).catch(() => undefined);
    return readPrivateFile(path, TOKEN_BYTES);
  });
  if (found === undefined || found.length === TOKEN_BYTES) return found;
  throw new KeepsakeError("UNSAFE_PATH", `${path} does not hold an inbox token of ${TOKEN_BYTES} bytes`, {
    hint: "remove it: another one is made, and what waits in the inbox is then taken in as unverified",
  });
}
