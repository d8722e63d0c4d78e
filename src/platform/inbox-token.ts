/**
 * The inbox token: 32 random bytes of this machine, 0600, outside the vault's folder. What is captured while the vault is locked
 * carries a MAC under it, so that an entry which somebody else put among the vault's files is told from one of a client here.
 */
import { dirname } from "node:path";
import { KeepsakeError } from "../base/errors.ts";
import { secretBytes } from "../base/secret.ts";
import { ensurePrivateDirectory, readPrivateFile, replacePrivateFile } from "./private-files.ts";

const TOKEN_BYTES = 32;

/**
 * Reads the token, or makes one where there is none. One process at a time: two that both found none would each have its own.
 *
 * @returns 32 bytes; the caller wipes them
 * @throws UNSAFE_PATH when the file is not private or does not hold a token; DISK_FULL, WRITE_FAILED
 */
export async function ensureInboxToken(path: string): Promise<Uint8Array> {
  const found = await readPrivateFile(path, TOKEN_BYTES);
  if (found === undefined) return makeToken(path);
  if (found.length === TOKEN_BYTES) return found;
  throw new KeepsakeError("UNSAFE_PATH", `${path} does not hold an inbox token of ${TOKEN_BYTES} bytes`, {
    hint: "remove it: another one is made, and what waits in the inbox is then taken in as unverified",
  });
}

async function makeToken(path: string): Promise<Uint8Array> {
  const token = crypto.getRandomValues(secretBytes(TOKEN_BYTES));
  try {
    await ensurePrivateDirectory(dirname(path));
    await replacePrivateFile(path, token);
    return token;
  } catch (error) {
    token.fill(0);
    throw error;
  }
}
