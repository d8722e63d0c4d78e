/** Who may connect, and what for: named programs with a token, scopes and, if limited, projects. */
import { KeepsakeError } from "../base/errors.ts";
import type { Secret } from "../base/secret.ts";
import type { ClientScope } from "../protocol/method.ts";
import type { MethodName } from "../protocol/method-table.ts";
import { METHODS } from "../protocol/method-table.ts";

export interface ClientIdentity {
  readonly id: string;
  readonly scopes: readonly ClientScope[];
  /** `undefined`: every project. */
  readonly projects: readonly string[] | undefined;
  /** Milliseconds since the epoch. */
  readonly created: number;
}

/** The clients folder: one private file a client. Works while the vault is sealed or missing. */
export interface ClientRegistry {
  list(): Promise<readonly ClientIdentity[]>;
  /** The identity and a copy of its 32-byte token, which the caller wipes. */
  find(id: string): Promise<{ readonly identity: ClientIdentity; readonly token: Secret } | undefined>;
  /** Writes a new token file. @throws INVALID_PARAMS when the id is taken, UNSAFE_PATH */
  add(client: Pick<ClientIdentity, "id" | "scopes" | "projects">): Promise<ClientIdentity>;
  /** @returns false when there was no such client */
  revoke(id: string): Promise<boolean>;
  /** Calls `listener` after a client was revoked, so that its connections end. */
  onRevoked(listener: (id: string) => void): void;
}

/** Methods without a scope, such as `vault.lock`, are open to every client that said hello. @throws SCOPE_DENIED */
export function checkScope(method: MethodName, identity: Pick<ClientIdentity, "scopes">): void {
  const { scope } = METHODS[method];
  if (scope === undefined || identity.scopes.includes(scope)) return;
  const isImplied = scope === "capture" && identity.scopes.includes("write");
  if (!isImplied) {
    throw new KeepsakeError("SCOPE_DENIED", `${method} needs the scope ${scope}`);
  }
}
