/** Who may connect, and what for: named programs with a token, scopes and, if limited, projects. */
import { OWNER_CLIENT } from "../base/client-id.ts";
import { KeepsakeError } from "../base/errors.ts";
import type { Secret } from "../base/secret.ts";
import type { ClientScope, MethodDefinition } from "../protocol/method.ts";
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

/** What the owner's client writes is the person's own word; everything else that has a token speaks for somebody. */
export function isPerson({ id }: Pick<ClientIdentity, "id">): boolean {
  return id === OWNER_CLIENT;
}

/** The clients folder: one private file a client. Works while the vault is sealed or missing. */
export interface ClientRegistry {
  list(): Promise<readonly ClientIdentity[]>;
  /** The identity and a copy of its 32-byte token, which the caller wipes. */
  find(id: string): Promise<{ readonly identity: ClientIdentity; readonly token: Secret } | undefined>;
  /** Whether the name is taken, also by a file that nobody can say hello with. */
  holds(id: string): Promise<boolean>;
  /** Writes a new token file. @throws INVALID_PARAMS when the id is taken, UNSAFE_PATH */
  add(client: Pick<ClientIdentity, "id" | "scopes" | "projects">): Promise<ClientIdentity>;
  /** @returns false when there was no such client */
  revoke(id: string): Promise<boolean>;
  /** Calls `listener` after a client was revoked, so that its connections end. */
  onRevoked(listener: (id: string) => void): void;
}

/** Methods without a scope, such as `vault.lock`, are open to every client that said hello. @throws SCOPE_DENIED */
export function checkScope(
  method: MethodName,
  identity: { readonly id: string; readonly scopes: readonly string[] },
): void {
  const { scope, personOnly }: MethodDefinition = METHODS[method];
  if (personOnly === true && !isPerson(identity)) {
    throw new KeepsakeError("SCOPE_DENIED", `${method} is for the person at the terminal alone`);
  }
  if (scope === undefined || identity.scopes.includes(scope)) return;
  const isImplied = scope === "capture" && identity.scopes.includes("write");
  if (!isImplied) {
    throw new KeepsakeError("SCOPE_DENIED", `${method} needs the scope ${scope}`);
  }
}
