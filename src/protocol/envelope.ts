/**
 * What JSON frames hold.
 *
 *     client   {id, method, params}                          a request; its secret and stream frames follow directly
 *              {id, cancel: true}                            give request `id` up; also ends its stream
 *     daemon   {id, result}                                  the answer
 *              {id, result, secret: true}                    the answer; one secret frame follows directly
 *              {id, error: {code, message, hint?, data?}}    the refusal; `id: null` concerns the whole connection,
 *                                                            which ends behind it
 *              {id, progress: {stage, done, total}}          any number of times before the answer of a long method
 *
 * `id` is a positive integer that no other request in flight on the connection has. Requests may overlap and are
 * answered in any order, except that secret and stream frames directly follow their request: while a stream is open,
 * the only JSON frame the client may send is the cancel.
 */
import * as z from "zod";
import { utf8 } from "../base/bytes.ts";
import type { ErrorFacts } from "../base/errors.ts";
import { KeepsakeError, isErrorCode } from "../base/errors.ts";
import { parseJson } from "./json-guard.ts";

const MESSAGE_CHARACTERS = 1_024;

const PEEKED_BYTES = 32;
const REQUEST_START = /^\{"id":([1-9]\d*),/;

const requestId = z.int().positive();
const safeText = z
  .string()
  .max(MESSAGE_CHARACTERS)
  .regex(/^\P{Cc}*$/u);

const clientMessage = z.union([
  z.strictObject({ id: requestId, method: z.string().max(64), params: z.unknown() }),
  z.strictObject({ id: requestId, cancel: z.literal(true) }),
]);

/** How far a long method has come; `stage` is a few words fixed in the source. */
export const progress = z.strictObject({
  stage: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9 ,.:_-]{0,63}$/),
  done: z.number().nonnegative(),
  total: z.number().nonnegative(),
});

const wireError = z.strictObject({
  code: z.string().refine(isErrorCode),
  message: safeText,
  hint: safeText.optional(),
  data: z.record(z.string().max(64), z.union([safeText, z.number(), z.boolean()])).optional(),
});

const daemonMessage = z.union([
  z.strictObject({ id: requestId, result: z.unknown(), secret: z.literal(true).optional() }),
  z.strictObject({ id: requestId.nullable(), error: wireError }),
  z.strictObject({ id: requestId, progress }),
]);

export interface Request {
  readonly id: number;
  readonly method: string;
  readonly params: unknown;
}
export interface Cancel {
  readonly id: number;
  readonly cancel: true;
}
export type ClientMessage = Request | Cancel;
export type Progress = z.infer<typeof progress>;
export type WireError = z.infer<typeof wireError>;
export type DaemonMessage = z.infer<typeof daemonMessage>;

/** @throws MALFORMED_REQUEST, the only word about what arrived */
export function parseClientMessage(body: Uint8Array): ClientMessage {
  const parsed = clientMessage.safeParse(parseJson(body));
  if (!parsed.success) {
    throw new KeepsakeError(
      "MALFORMED_REQUEST",
      "a request is {id, method, params}, its id a positive integer",
    );
  }
  return parsed.data;
}

/** The id of a request whose frame begins with it, as those of keepsake's own clients do; nothing else of it is read. */
export function peekRequestId(body: Uint8Array): number | undefined {
  const [, id] = REQUEST_START.exec(Buffer.from(body.subarray(0, PEEKED_BYTES)).toString("latin1")) ?? [];
  return requestId.safeParse(Number(id)).data;
}

/** @throws INVALID_RESULT when the daemon's frame is none of the shapes above */
export function parseDaemonMessage(body: Uint8Array): DaemonMessage {
  try {
    return daemonMessage.parse(parseJson(body, { maxValues: Infinity }));
  } catch (cause) {
    throw new KeepsakeError("INVALID_RESULT", undefined, { cause });
  }
}

/** The body of a JSON frame. */
export function encodeMessage(message: ClientMessage | DaemonMessage): Uint8Array {
  return utf8(JSON.stringify(message));
}

/** An error as it crosses the socket: code, message, hint and facts; never `cause`, never the stack. */
export function toWireError(error: KeepsakeError): WireError {
  return {
    code: error.code,
    message: safe(error.message),
    ...(error.hint !== undefined && { hint: safe(error.hint) }),
    ...(error.facts !== undefined && { data: safeFacts(error.facts) }),
  };
}

/** The daemon's error as the client throws it. */
export function fromWireError(wire: WireError): KeepsakeError {
  return new KeepsakeError(wire.code, wire.message, {
    ...(wire.hint !== undefined && { hint: wire.hint }),
    ...(wire.data !== undefined && { facts: wire.data }),
  });
}

function safeFacts(facts: ErrorFacts): Record<string, string | number | boolean> {
  return Object.fromEntries(
    Object.entries(facts).map(([name, fact]) => [name, typeof fact === "string" ? safe(fact) : fact]),
  );
}

/** A path may hold control characters; a terminal must not see them, nor the half of a character that was cut. */
function safe(text: string): string {
  return text
    .slice(0, MESSAGE_CHARACTERS)
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, "\u{FFFD}");
}
