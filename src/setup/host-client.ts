/** The client of a host, as its token file says: also while no daemon runs. */
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import { KeepsakeError } from "../base/errors.ts";
import type { Places } from "../platform/places.ts";
import { checkPrivateFile } from "../platform/private-files.ts";
import { readTokenFile } from "../platform/token-file.ts";

/**
 * Of both others the name is taken, and nobody can say hello with it. `unreadable`: the file is this user's alone, and damaged. `unsafe`: it
 * is not, so nothing of keepsake removes it.
 */
export type HostClient =
  | { readonly state: "absent" }
  | { readonly state: "there"; readonly scopes: readonly string[] }
  | { readonly state: "unreadable"; readonly fault: KeepsakeError }
  | { readonly state: "unsafe"; readonly fault: KeepsakeError };

export async function hostClient({ clients }: Pick<Places, "clients">, id: string): Promise<HostClient> {
  const path = join(clients, `${id}.json`);
  try {
    const file = await readTokenFile(path);
    if (file === undefined) return { state: "absent" };
    file.token.fill(0);
    return { state: "there", scopes: file.scopes };
  } catch (fault) {
    if (!(fault instanceof KeepsakeError)) throw fault;
    return { state: (await isPrivate(path)) ? "unreadable" : "unsafe", fault };
  }
}

async function isPrivate(path: string): Promise<boolean> {
  try {
    checkPrivateFile(await lstat(path), path);
    return true;
  } catch {
    return false;
  }
}
