/**
 * The structured form of an answer that holds stored text. Hosts show their model this form and not the text with its
 * marks, so it says itself what it holds: a fixed sentence comes first and another one last, whatever stands between them.
 * Nobody can end it early: it is JSON, and its strings are escaped like those of the text.
 */
import * as z from "zod";
import { NOTICE } from "../../base/visible-text.ts";

const END = "end of stored notes" as const;

/** The schema of such an answer. */
export function storedOutput<S extends z.core.$ZodLooseShape>(shape: S) {
  return z.strictObject({ notice: z.literal(NOTICE), ...shape, end: z.literal(END) });
}

/** Such an answer, its fields in the order in which a model reads them. */
export function storedResult<T extends object>(fields: T) {
  return { notice: NOTICE, ...fields, end: END };
}
