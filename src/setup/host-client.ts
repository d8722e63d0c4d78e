/** The client of a host, as its token file says: also while no daemon runs. */
import { join } from "node:path";
import { KeepsakeError } from "../base/errors.ts";
import type { Places } from "../platform/places.ts";
import { readTokenFile } from "../platform/token-file.ts";

/** `unreadable`: its name is taken, and nobody can say hello with it. */
export type HostClient =
  | { readonly state: "absent" }
  | { readonly state: "there"; readonly scopes: readonly string[] }
  | { readonly state: "unreadable"; readonly fault: KeepsakeError };

export async function hostClient({ clients }: Pick<Places, "clients">, id: string): Promise<HostClient> {
  try {
    const file = await readTokenFile(join(clients, `${id}.json`));
    if (file === undefined) return { state: "absent" };
    file.token.fill(0);
    return { state: "there", scopes: file.scopes };
  } catch (fault) {
    if (!(fault instanceof KeepsakeError)) throw fault;
    return { state: "unreadable", fault };
  }
}
