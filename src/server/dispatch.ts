/**
 * The gates a request passes before its handler, in this order and nowhere else:
 *
 *     rate of requests → method known? → rate of its kind → scope → state (missing, sealed, open) → params
 *
 * The first that refuses ends it, and what no gate lets through by name is refused. Frame, the rate of its bytes, envelope
 * and hello lie before (`serve-connection.ts`), handler, result schema and size cap behind (`running-call.ts`).
 */
import { KeepsakeError } from "../base/errors.ts";
import type { ClientIdentity } from "../policy/clients.ts";
import type { Request } from "../protocol/envelope.ts";
import type { MethodDefinition } from "../protocol/method.ts";
import type { MethodName } from "../protocol/method-table.ts";
import { METHODS, isMethodName } from "../protocol/method-table.ts";
import { parseParams } from "../protocol/validate.ts";
import type { CheckedOptions } from "./server-options.ts";

/** A request that may run once its secret frames are there. */
export interface AdmittedCall extends GatedCall {
  /** Of the request's frame. */
  readonly bytesIn: number;
}

/** What the gates make of a request. */
export interface GatedCall {
  readonly id: number;
  readonly method: MethodName;
  readonly params: unknown;
  readonly identity: ClientIdentity;
  /** Secret frames that follow the request. */
  readonly secretCount: number;
  /** Whether stream frames follow the secrets. */
  readonly hasStream: boolean;
  /** Whether a secret frame belongs to the answer. */
  readonly givesSecret: boolean;
  readonly isLong: boolean;
  readonly isPassive: boolean;
}

/** @throws RATE_LIMITED, UNKNOWN_METHOD, SCOPE_DENIED, VAULT_MISSING, VAULT_SEALED, the vault's fault, INVALID_PARAMS */
export function admitRequest(
  request: Request,
  identity: ClientIdentity,
  { service, rateLimits, checkScope }: Pick<CheckedOptions, "service" | "rateLimits" | "checkScope">,
): GatedCall {
  const { id, method } = request;
  rateLimits.takeRequest(identity);
  if (!isMethodName(method)) throw new KeepsakeError("UNKNOWN_METHOD");
  const definition: MethodDefinition = METHODS[method];
  rateLimits.take(identity, method);
  checkScope(method, identity);
  checkState(definition, service);
  const params: unknown = parseParams(method, request.params);
  return {
    id,
    method,
    params,
    identity,
    secretCount: definition.secrets?.(params).length ?? 0,
    hasStream: definition.stream === "in",
    givesSecret: definition.secretResult?.(params) === true,
    isLong: definition.long === true,
    isPassive: definition.passive === true,
  };
}

function checkState({ sealed }: MethodDefinition, service: CheckedOptions["service"]): void {
  const state = service.state();
  if (sealed || state === "open") return;
  throw service.fault?.() ?? new KeepsakeError(state === "missing" ? "VAULT_MISSING" : "VAULT_SEALED");
}
