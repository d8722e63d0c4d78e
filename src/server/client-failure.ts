/** What a client learns of something that was thrown: errors of the table as they are, anything else as a trace id. */
import { codeOf, KeepsakeError } from "../base/errors.ts";
import type { LogFields, Logger, TraceId } from "../base/logger.ts";
import { loggedClientId, newTraceId, systemErrorCode } from "../base/logger.ts";
import type { MethodName } from "../protocol/method-table.ts";

/**
 * The error that may cross the socket. What is not of the error table goes to the log as a trace id and the system's
 * error code, since its message, cause and stack may hold anything.
 */
export function clientError(
  thrown: unknown,
  logger: Logger,
  where: {
    readonly client?: string | undefined;
    readonly method?: MethodName | undefined;
    /** Under which the call is on record, too. */
    readonly traceId?: TraceId;
  } = {},
): KeepsakeError {
  if (thrown instanceof KeepsakeError && thrown.code !== "INVALID_RESULT") return thrown;
  const { traceId = newTraceId() } = where;
  const errno =
    systemErrorCode(thrown) ?? systemErrorCode(thrown instanceof Error ? thrown.cause : undefined);
  const client = where.client === undefined ? undefined : loggedClientId(where.client);
  const fields: LogFields = {
    code: codeOf(thrown),
    traceId,
    ...(errno !== undefined && { errno }),
    ...(client !== undefined && { client }),
    ...(where.method !== undefined && { method: where.method }),
  };
  logger.log("request-failed", fields);
  return new KeepsakeError("INTERNAL", undefined, { facts: { traceId } });
}

/** Under which an error is on record: the one it names, or a new one. */
export function traceIdOf({ facts }: KeepsakeError): TraceId {
  const named = facts?.["traceId"];
  // Only `clientError` puts one into the facts of an error.
  return typeof named === "string" ? (named as TraceId) : newTraceId();
}
