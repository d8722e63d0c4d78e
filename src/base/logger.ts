import { CLIENT_ID_PATTERN } from "./client-id.ts";
import type { Clock } from "./clock.ts";
import type { ErrorCode } from "./error-table.ts";

/**
 * The log holds names of events, error codes, counts and record ids, nothing else: the type accepts no free text, so
 * nothing of a memory can reach it. One JSON object a line.
 */
export interface LogFields {
  readonly code?: ErrorCode;
  /** Error code of the system, such as `ENOSPC`. */
  readonly errno?: SystemErrorCode;
  readonly method?: `${string}.${string}`;
  readonly client?: ClientId;
  readonly traceId?: TraceId;
  readonly signal?: NodeJS.Signals;
  readonly counts?: Readonly<Record<string, number>>;
}

/** Branded strings: made only by the functions that check their alphabet. */
export type TraceId = string & { readonly __brand: "TraceId" };
export type SystemErrorCode = string & { readonly __brand: "SystemErrorCode" };
export type ClientId = string & { readonly __brand: "ClientId" };

/** Names of events: lower-case words with hyphens, fixed in the source. */
export type LogEvent = Lowercase<string>;

export interface Logger {
  log(event: LogEvent, fields?: LogFields): void;
}

export function createLogger(write: (line: string) => void, clock: Clock): Logger {
  return {
    log: (event, fields = {}) => {
      write(`${JSON.stringify({ at: new Date(clock.now()).toISOString(), event, ...fields })}\n`);
    },
  };
}

/** The system's error code of a thrown value, if it has one of the usual form. */
export function systemErrorCode(error: unknown): SystemErrorCode | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^[A-Z][A-Z0-9_]{1,40}$/.test(code)
    ? (code as SystemErrorCode)
    : undefined;
}

/** A client's id for the log, if it has the form of one. */
export function loggedClientId(id: string): ClientId | undefined {
  return CLIENT_ID_PATTERN.test(id) ? (id as ClientId) : undefined;
}

const TRACE_BYTES = 6;
/** Drawn for many ids at once: every call has one. */
let traceBytes = Buffer.alloc(0);

/** A new random trace id: 12 hexadecimal digits that tie an `INTERNAL` error to its line in the log. */
export function newTraceId(): TraceId {
  if (traceBytes.length < TRACE_BYTES) traceBytes = Buffer.from(crypto.getRandomValues(new Uint8Array(600)));
  const bytes = traceBytes.subarray(0, TRACE_BYTES);
  traceBytes = traceBytes.subarray(TRACE_BYTES);
  return bytes.toString("hex") as TraceId;
}
