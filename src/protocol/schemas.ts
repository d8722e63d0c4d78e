/** The shapes that methods share: what a memory looks like to clients, and the fields people and models fill in. */
import * as z from "zod";
import { EARLIEST_TIME, LATEST_TIME, isWritableTime } from "../base/clock.ts";
import { CLIENT_ID_PATTERN, CLIENT_ID_RULE } from "../base/client-id.ts";
import { LIMITS } from "../base/limits.ts";
import { RECORD_ID_PATTERN } from "../base/record-id.ts";
import { bytesAtMost, isWellFormed } from "./text-rules.ts";
import { MEMORY_TRUSTS } from "./words.ts";

/** Milliseconds since the epoch, of a time that can be written as ISO 8601. */
export const storedTime = z.int().min(EARLIEST_TIME).max(LATEST_TIME);

const NOT_WELL_FORMED = { error: "not well-formed Unicode" };

/** A string of 1 to `limit` UTF-8 bytes without lone surrogates. */
function boundedText(limit: number) {
  return z
    .string()
    .min(1)
    .refine(bytesAtMost(limit), { error: `at most ${limit} bytes of UTF-8` })
    .refine(isWellFormed, NOT_WELL_FORMED);
}

/** The same, counted in characters. */
export function shortText(limit: number) {
  return z.string().min(1).max(limit).refine(isWellFormed, NOT_WELL_FORMED);
}

/**
 * Every list of the parameters of a method: `least` to `most` elements. One that is longer is refused before an element of it
 * is looked at, since the cap is its first check (zod 4.6; `test/protocol/lists.test.ts` holds it to that).
 */
export function listOf<T extends z.core.$ZodType>(element: T, most: number, least = 0): z.ZodArray<T> {
  const list = z.array(element).max(most);
  return least > 0 ? list.min(least) : list;
}

export const recordId = z.string().regex(RECORD_ID_PATTERN, "not a record id");
export const memoryText = boundedText(LIMITS.textBytes);
/** What a caller writes: a blank one would say nothing. Captured and imported texts are taken as they are. */
export const noteText = memoryText.refine((text) => !/^\s+$/u.test(text), {
  error: "nothing but white space",
});
export const queryText = boundedText(LIMITS.queryBytes);
/** The scope a memory belongs to; NUL and line ends never belong to a folder's name. */
export const projectName = boundedText(LIMITS.projectBytes).regex(/^[^\0\r\n]+$/, "no NUL or line end");
export const sessionName = boundedText(LIMITS.sessionBytes);
/** Path of a file that notes come from. */
export const sourceName = boundedText(LIMITS.sourceBytes);
export const speakerName = shortText(LIMITS.speakerCharacters);
export const tag = z
  .string()
  .min(1)
  .max(LIMITS.tagCharacters)
  .regex(/^[^\s,]+$/u, "no white space or comma")
  .refine(isWellFormed, NOT_WELL_FORMED);
export const tagList = listOf(tag, LIMITS.tags);
/** ISO 8601 with offset, in a year of four digits in UTC too, so that it can be written back the same way. */
export const instant = z.iso
  .datetime({ offset: true })
  .refine(isWritableTime, { error: "not a time in UTC" });
/** The host's id of a message. */
export const messageName = shortText(128);
/** What else a message may be stored under: known or forgotten by any of its names, it is known or forgotten. */
export const otherNames = listOf(messageName, LIMITS.otherNames, 1);
export const idempotencyKey = z.string().regex(/^[A-Za-z0-9._:-]{8,128}$/, "8 to 128 of A-Z a-z 0-9 . _ : -");
export const clientId = z.string().regex(CLIENT_ID_PATTERN, CLIENT_ID_RULE);
export const slotId = z.string().regex(/^[a-z0-9]{8}$/, "not a slot id");
export const label = z
  .string()
  .max(64)
  .regex(/^[\w .:-]*$/, "letters, digits, space . : - _");
export const count = z.int().nonnegative();

export const memoryKind = z.enum(["note", "turn"]);
export const memoryRole = z.enum(["user", "assistant"]);
export const memoryTrust = z.enum(MEMORY_TRUSTS);
export type Trust = z.infer<typeof memoryTrust>;

/**
 * What a caller says of a memory besides its text. Everything a memory is derives from these fields and `memory` below: save,
 * update, import, the sealed record, what searches and lists return. A new field is a row here and there.
 */
export const givenFields = { tags: tagList, pinned: z.boolean(), muted: z.boolean() };
/** As a caller writes a new memory. */
export const newFields = {
  tags: tagList.default([]),
  pinned: z.boolean().default(false),
  muted: z.boolean().optional(),
};

/** A memory as clients see it. `null` as a project means: belongs to no project. */
export const memory = z.strictObject({
  id: recordId,
  kind: memoryKind,
  text: z.string(),
  project: projectName.nullable(),
  session: sessionName.optional(),
  role: memoryRole.optional(),
  speaker: speakerName.optional(),
  source: z.string().max(64),
  tags: tagList,
  at: instant,
  savedAt: instant,
  expiresAt: instant.optional(),
  pinned: z.boolean(),
  /** Found when it is searched for, and never recalled unasked. Absent: it is not muted. */
  muted: z.literal(true).optional(),
  supersedes: recordId.optional(),
  supersededBy: recordId.optional(),
  trust: memoryTrust,
});
export type Memory = z.infer<typeof memory>;

/** Turns of the same session beside a memory, oldest first. */
export const neighbours = z.strictObject({
  before: z.array(memory),
  after: z.array(memory),
  /** Not all that were asked for fit into the result: the nearest are there. */
  more: z.literal(true).optional(),
});

/** Versions that did not fit into a result; `older` and `newer` are the next ones on each side, to go on from. */
export const versionsLeft = z.strictObject({ count, older: recordId.optional(), newer: recordId.optional() });

/**
 * Which memories a read looks at. `project`: a name (that project and memories of no project), `null` (only memories of
 * no project), `"*"` or absent (everything the client may see).
 */
export const filterFields = {
  project: projectName.nullable().optional(),
  tags: tagList.optional(),
  kind: memoryKind.optional(),
  role: memoryRole.optional(),
  /** Any of these. */
  trust: z.array(memoryTrust).min(1).max(memoryTrust.options.length).optional(),
  session: sessionName.optional(),
  after: instant.optional(),
  before: instant.optional(),
};
export const filter = z.strictObject(filterFields);
export type Filter = z.infer<typeof filter>;

export const listLimit = z.int().min(1).max(LIMITS.maxListed).default(LIMITS.listDefault);

export const confirmationToken = z.string().regex(/^[A-Za-z0-9_-]{43}$/, "not a confirmation token");
/**
 * First answer of a method that needs a confirmation: nothing was changed. Without a token the person has to agree in a
 * terminal (`keepsake confirm`), and the same call goes through after that.
 */
export const confirmationRequired = z.strictObject({
  status: z.literal("confirmation_required"),
  operation: z.string(),
  description: z.string(),
  targetCount: count,
  confirmationToken: confirmationToken.optional(),
  expiresInSeconds: z.int(),
});

/** What a check of the vault found wrong. */
export const damage = z.strictObject({
  /** Records that do not authenticate. */
  damaged: z.array(recordId),
  damagedCount: count,
  /** Records the head counts that are not there (negative: more than it counts). */
  missingCount: z.int(),
});
