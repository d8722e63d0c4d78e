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
import { KeepsakeError, isErrorCode } from "../base/errors.ts";
import { parseJson } from "./json-guard.ts";
import { MESSAGE_CHARACTERS } from "./text-rules.ts";

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

export const daemonMessage = z.union([
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
