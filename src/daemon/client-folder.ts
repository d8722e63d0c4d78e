/** The clients folder as the registry of who may connect: one token file a client, read anew for every hello. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { OWNER_CLIENT } from "../base/client-id.ts";
import type { Clock } from "../base/clock.ts";
import { codeOf, KeepsakeError } from "../base/errors.ts";
import type { Logger } from "../base/logger.ts";
import { Secret } from "../base/secret.ts";
import { Turns } from "../base/turns/turns.ts";
import { removePrivateFile, replacePrivateFile } from "../platform/private-files.ts";
import type { TokenFile } from "../platform/token-file.ts";
import { encodeTokenFile, readTokenFile } from "../platform/token-file.ts";
import type { ClientIdentity, ClientRegistry } from "../policy/clients.ts";
import { TOKEN_BYTES } from "../protocol/handshake.ts";
import { SCOPES } from "../protocol/method.ts";
import { scopeList } from "../protocol/methods/client-methods.ts";
import { clientId } from "../protocol/schemas.ts";

const MAX_CLIENTS = 64;

export interface ClientFolderDeps {
  /** Made and checked by the caller. */
  readonly folder: string;
  readonly clock: Pick<Clock, "now">;
  readonly logger: Logger;
}

export class ClientFolder implements ClientRegistry {
  readonly #deps: ClientFolderDeps;
  readonly #listeners: ((id: string) => void)[] = [];
  readonly #changes = new Turns();

  constructor(deps: ClientFolderDeps) {
    this.#deps = deps;
  }

  async list(): Promise<readonly ClientIdentity[]> {
    const clients: ClientIdentity[] = [];
    for (const id of await this.#ids()) {
      const found = await this.#readListed(id);
      if (found === undefined) continue;
      found.token.wipe();
      clients.push(found.identity);
    }
    return clients;
  }

  /** @throws UNSAFE_PATH when there is a file, but not a private one that holds a token */
  async find(id: string): Promise<{ readonly identity: ClientIdentity; readonly token: Secret } | undefined> {
    if (!clientId.safeParse(id).success) return undefined;
    const path = this.#path(id);
    const file = await readTokenFile(path);
    if (file === undefined) return undefined;
    const token = new Secret(file.token);
    const scopes = scopeList.safeParse(file.scopes);
    if (!scopes.success) {
      token.wipe();
      throw new KeepsakeError("UNSAFE_PATH", `${path} names a scope that does not exist`);
    }
    const { projects, created } = file;
    // It could make itself a client that is not limited.
    if (projects !== undefined && scopes.data.includes("admin")) {
      token.wipe();
      throw new KeepsakeError("UNSAFE_PATH", `${path} limits a client with the scope admin to projects`);
    }
    return { identity: { id, scopes: scopes.data, projects, created }, token };
  }

  async holds(id: string): Promise<boolean> {
    return (await this.#ids()).includes(id);
  }

  add(client: Pick<ClientIdentity, "id" | "scopes" | "projects">): Promise<ClientIdentity> {
    return this.#change(async () => {
      const ids = await this.#ids();
      if (ids.includes(client.id)) {
        throw new KeepsakeError("INVALID_PARAMS", "a client of that name is there already", {
          hint: '"keepsake client list" shows them, "keepsake client revoke" removes one',
        });
      }
      if (ids.length >= MAX_CLIENTS) {
        throw new KeepsakeError("INVALID_PARAMS", `there are at most ${MAX_CLIENTS} clients`, {
          hint: '"keepsake client revoke" removes one',
        });
      }
      const identity: ClientIdentity = {
        id: clientId.parse(client.id),
        scopes: client.scopes,
        projects: client.projects,
        created: this.#deps.clock.now(),
      };
      await this.#write({ ...identity, token: crypto.getRandomValues(new Uint8Array(TOKEN_BYTES)) });
      return identity;
    });
  }

  async revoke(id: string): Promise<boolean> {
    if (!clientId.safeParse(id).success) return false;
    const wasThere = await this.#change(() => removePrivateFile(this.#path(id)));
    if (wasThere) for (const listener of this.#listeners) listener(id);
    return wasThere;
  }

  onRevoked(listener: (id: string) => void): void {
    this.#listeners.push(listener);
  }

  /** Makes the command line's client, which has every scope, unless it is there. */
  async ensureCli(): Promise<void> {
    const ids = await this.#ids();
    if (!ids.includes(OWNER_CLIENT))
      await this.add({ id: OWNER_CLIENT, scopes: SCOPES, projects: undefined });
  }

  async #ids(): Promise<readonly string[]> {
    const names = await readdir(this.#deps.folder);
    return names
      .filter((name) => name.endsWith(".json"))
      .map((name) => name.slice(0, -".json".length))
      .filter((id) => clientId.safeParse(id).success)
      .toSorted();
  }

  /** A file that is not private is no client: nobody can say hello with it. */
  async #readListed(id: string): ReturnType<ClientFolder["find"]> {
    try {
      return await this.find(id);
    } catch (error) {
      this.#deps.logger.log("client-file-refused", { code: codeOf(error) });
      return undefined;
    }
  }

  async #write(file: TokenFile): Promise<void> {
    const bytes = encodeTokenFile(file);
    try {
      await replacePrivateFile(this.#path(file.id), bytes);
    } finally {
      bytes.fill(0);
      file.token.fill(0);
    }
  }

  #path(id: string): string {
    return join(this.#deps.folder, `${id}.json`);
  }

  /** One change at a time, so that two adds of a name cannot both succeed. */
  #change<T>(change: () => Promise<T>): Promise<T> {
    return this.#changes.run(change);
  }
}
