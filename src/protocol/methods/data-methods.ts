/** Methods that move many memories at once. */
import * as z from "zod";
import { LIMITS } from "../../base/limits.ts";
import { WRITE_ERRORS, method } from "../method.ts";
import {
  count,
  instant,
  listOf,
  memoryKind,
  memoryRole,
  memoryText,
  messageName,
  newFields,
  otherNames,
  projectName,
  recordId,
  sessionName,
  shortText,
  sourceName,
  speakerName,
} from "../schemas.ts";

/** Where a note stands in a file that may change and be imported again. */
const section = z.strictObject({
  source: sourceName,
  /** From the outermost heading in; none above the first. */
  headings: listOf(shortText(LIMITS.headingCharacters), LIMITS.headings),
  /** What keepsake 0.1.0 made of the same section, where that is another text: this many characters at its beginning are new. */
  added: count.optional(),
  /** And the projects it put it in, where that may be another. */
  formerProjects: listOf(projectName.nullable(), LIMITS.formerProjects).optional(),
});
export type SectionPlace = z.output<typeof section>;

/** One line of the import stream: JSON, one memory a line. */
export const importEntry = z.strictObject({
  kind: memoryKind,
  text: memoryText,
  project: projectName.nullable(),
  session: sessionName.optional(),
  messageId: messageName.optional(),
  alsoNamed: otherNames.optional(),
  role: memoryRole.optional(),
  speaker: speakerName.optional(),
  ...newFields,
  at: instant,
  expiresAt: instant.optional(),
  /** Message ids under which version 0.1.0 stored this text joined to others of the same answer. */
  partOf: listOf(messageName, LIMITS.joinedMessages, 1).optional(),
  /** It is of the same line of its file as the entry before it. */
  sameLine: z.literal(true).optional(),
  /** Ids of an export of keepsake's own: kept only with `ownExport`, so that links between versions survive. */
  id: recordId.optional(),
  supersedes: recordId.optional(),
  /** It takes the place of what that section said before. Kept until the file is whole. */
  section: section.optional(),
});
export type ImportEntry = z.input<typeof importEntry>;

/**
 * A line that is no memory but says something of a file of sections: it is among those that this stream brings (before the first
 * section of any file); all its sections were given; all of it that a private mark which is not closed does not hide; it is a folder
 * of which every file was given.
 */
export const importMark = z.strictObject({
  mark: z.enum(["coming", "whole", "cut", "folder"]),
  source: sourceName,
});
export type ImportMark = z.output<typeof importMark>;

/** Memories whose section is no longer in its file, and that were not changed by hand. */
const goneSections = z.strictObject({
  source: sourceName,
  /** Whether the file itself was not among those of the stream, though its folder was given as a whole. */
  isFile: z.boolean(),
  ids: z.array(recordId),
});
export type GoneSections = z.output<typeof goneSections>;

export const dataMethods = {
  "data.import": method({
    summary: "Store a stream of memories, each once.",
    scope: "admin",
    sealed: false,
    recall: "removes",
    onRecord: "before",
    long: true,
    stream: "in",
    params: z.strictObject({
      /** Name of the format, kept as the memories' source. */
      format: z.string().regex(/^[a-z0-9-]{1,32}$/),
      dryRun: z.boolean().default(false),
      /**
       * The stream is an export of the person's own: its ids, pins and links between versions count, also those that put a version
       * behind a stored memory. Only the person's own client may say so.
       */
      ownExport: z.boolean().default(false),
      /** What was forgotten comes back, and is refused no more. */
      again: z.boolean().default(false),
      /** The person has secrets stored as they are; everyone else is refused. */
      keepSecrets: z.literal(true).optional(),
    }),
    result: z.strictObject({
      stored: count,
      duplicates: count,
      /** Lines that are not a valid entry or would close a circle of versions; the numbers of the first 100 of them, from 1. */
      rejected: count,
      /** How many of the rejected are versions that would supersede each other in a circle. */
      circular: count,
      rejectedLines: z.array(count),
      /** How many lines of their file these entries are, where one line gave several; absent: as many as entries. */
      lines: z.strictObject({ stored: count, known: count, forgotten: count }).optional(),
      /** Lines that name a memory they supersede, stored without that link since this is no export of the person's own; absent: none. */
      unlinked: count.optional(),
      /** Lines whose time is over: not stored, and not among the rejected; absent: none. */
      expired: count.optional(),
      /** Not stored, since they were forgotten; absent: none. */
      forgotten: count.optional(),
      /** Of the stored, sections that took the place of what they said before; absent: none. */
      replaced: count.optional(),
      /** Sections that were edited in their file, and by hand in keepsake too: left as they are; absent: none. */
      kept: count.optional(),
      /** Of the duplicates, turns and sections that belong to another project than the one they came for; absent: none. */
      elsewhere: count.optional(),
      /** Absent: none. */
      gone: z.array(goneSections).optional(),
      /** How many more there are than `gone` has room for; absent: none. */
      goneLeft: count.optional(),
      /** How many secrets of what came, new or not, were replaced by `[redacted: kind]`; absent: none. */
      redacted: count.optional(),
      /** How many were stored as they are, since the person wanted that; absent: none. */
      keptSecrets: count.optional(),
    }),
    errors: WRITE_ERRORS,
  }),
};
