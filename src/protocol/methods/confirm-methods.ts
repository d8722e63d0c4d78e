/** Methods by which the person answers calls that wait for their word; nobody else may call them. */
import * as z from "zod";
import { method } from "../method.ts";
import { count, recordId } from "../schemas.ts";

/** Of no use to anyone but the person's client. */
export const waitingId = z.string().regex(/^[0-9a-f]{8}$/, "not the id of a request that waits");

export const waitingCall = z.strictObject({
  id: waitingId,
  client: z.string(),
  operation: z.string(),
  /** Fixed words and numbers. */
  description: z.string(),
  targetCount: count,
  ageSeconds: count,
  expiresInSeconds: count,
  /** Some of the memories it is about. */
  memories: z.array(recordId),
  /** The text that would come in their place; only when one request is asked for. */
  newText: z.string().optional(),
  /** When they would be forgotten; `null`: never. */
  newExpiry: z.string().nullable().optional(),
});

export const confirmMethods = {
  "confirm.list": method({
    summary: "List what waits for the person's word, oldest first; of one request also what it would write.",
    scope: "admin",
    sealed: false,
    recall: "none",
    personOnly: true,
    params: z.strictObject({ id: waitingId.optional() }),
    result: z.strictObject({ waiting: z.array(waitingCall) }),
    errors: [],
  }),
  "confirm.answer": method({
    summary:
      "Agree to a request that waits, or refuse it; made again within 300 s it goes through once, or is refused.",
    scope: "admin",
    sealed: false,
    recall: "none",
    onRecord: "before",
    personOnly: true,
    params: z.strictObject({ id: waitingId, agree: z.boolean() }),
    result: z.strictObject({ id: waitingId, agreed: z.boolean() }),
    errors: ["NOT_FOUND"],
  }),
};
