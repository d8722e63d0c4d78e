/** The method that looks for secrets in what is stored already. */
import * as z from "zod";
import { CONFIRMATION_ERRORS, WRITE_ERRORS, method } from "../method.ts";
import {
  confirmationRequired,
  confirmationToken,
  count,
  damage,
  instant,
  memoryKind,
  projectName,
  recordId,
} from "../schemas.ts";

/** What was found; never a secret, nor any other word of a memory. */
const found = {
  /** Records that hold any: every version counts. */
  memories: count,
  secrets: count,
  kinds: z.array(z.strictObject({ kind: z.string(), count })),
  /** The first of the records. */
  places: z.array(
    z.strictObject({
      id: recordId,
      kind: memoryKind,
      project: projectName.nullable(),
      at: instant,
      secrets: z.array(z.string()),
    }),
  ),
  /** Records that cannot be read, and so not looked through; absent: none. */
  unread: count.optional(),
};

export const scrubMethods = {
  "memory.scrub": method({
    summary: "Replace secrets in what is stored, all versions, in place, then purge; the person alone may.",
    scope: "admin",
    sealed: false,
    recall: "removes",
    personOnly: true,
    onRecord: "before",
    destructive: true,
    long: true,
    params: z.strictObject({
      /** Only says what there is. */
      dryRun: z.boolean().default(false),
      /** Forgets the memories that hold any, with all their versions, instead of masking what they hold. */
      forget: z.boolean().default(false),
      confirmationToken: confirmationToken.optional(),
    }),
    result: z.discriminatedUnion("status", [
      /** Nothing was changed: none were found, or it was asked no more. */
      z.strictObject({
        status: z.literal("found"),
        ...found,
        /** What was scrubbed or forgotten before is still on the disk, until the next purge; absent: nothing is. */
        purgePending: z.literal(true).optional(),
      }),
      z.strictObject({
        status: z.literal("scrubbed"),
        ...found,
        forgotten: count,
        records: count,
        generation: count,
        damage,
      }),
      confirmationRequired,
    ]),
    errors: [...WRITE_ERRORS, "BUSY", ...CONFIRMATION_ERRORS],
  }),
};
