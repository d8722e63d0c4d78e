/** Which methods a client may call: the scope in the method table against the scopes of the client. */
import { KeepsakeError } from "../base/errors.ts";
import type { MethodName } from "../protocol/method-table.ts";
import { METHODS } from "../protocol/method-table.ts";
import type { ClientIdentity } from "./clients.ts";

/**
 * Methods without a scope, such as `vault.lock`, are open to every client that said hello.
 *
 * @throws SCOPE_DENIED
 */
export function checkScope(method: MethodName, identity: Pick<ClientIdentity, "scopes">): void {
  const { scope } = METHODS[method];
  if (scope !== undefined && !identity.scopes.includes(scope)) {
    throw new KeepsakeError("SCOPE_DENIED", `${method} needs the scope ${scope}`);
  }
}
