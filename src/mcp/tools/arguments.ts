/** Arguments that several tools share, described in as few words as a model needs. */
import * as z from "zod";
import { LIMITS } from "../../base/limits.ts";
import { parseExpiry, parseTime } from "../../client/spoken-times.ts";
import type { ProjectScope } from "../project-scope.ts";
import type { Filter } from "../../protocol/schemas.ts";
import {
  memoryKind,
  memoryRole,
  projectName,
  sessionName,
  tagList,
} from "../../protocol/schemas.ts";

const timeText = z.string().min(1).max(64);
const project = z.string().refine((value) => value === "" || projectName.safeParse(value).success, {
  error: `at most ${LIMITS.projectBytes} bytes without NUL or line end`,
});

export const readProject = project.optional().describe('default: this repository; "*": all');
export const saveProject = project.optional().describe('default: this repository; "": none, seen everywhere');
export const tags = tagList.optional();
export const kind = memoryKind.optional();
const role = memoryRole.optional();
export const session = sessionName.optional();
export const limit = z.int().min(1).max(LIMITS.maxListed).optional();
/** How a model's times are read. */
const MODELS_TIMES = { refusal: "INVALID_PARAMS", isSteady: true } as const;

/** What `memory_save` says of a memory besides its text, as the daemon takes it but for the time. */
export const newArguments = {
  tags,
  pinned: z.boolean().optional(),
  expires_at: timeText.optional().describe("ISO 8601, or 30d from now"),
};
/** What `memory_update` may change. */
export const changeArguments = {
  ...newArguments,
  tags: tags.describe("replaces all"),
  expires_at: timeText.optional().describe('or "never"'),
};
/** What models call these arguments and the text. */
export const givenSlips = { content: "text", tag: "tags", expiresAt: "expires_at" };

/** What is given, with its time as the daemon takes it. @throws INVALID_PARAMS */
export async function readGiven<Given extends { readonly expires_at?: string | undefined }>(
  { expires_at: expiry, ...given }: Given,
  now: number,
) {
  if (expiry === undefined) return given;
  return { ...given, expiresAt: await parseExpiry(expiry, "expires_at", { ...MODELS_TIMES, now }) };
}

const timeRange = {
  after: timeText.optional().describe("ISO 8601, or 7d for a week ago"),
  before: timeText.optional(),
};

export const filterArguments = { project: readProject, tags, kind, role, session, ...timeRange };

/** The filter of a request to the daemon. @throws INVALID_PARAMS when a time is none */
export async function requestFilter(
  given: Partial<z.output<z.ZodObject<typeof filterArguments>>>,
  scope: ProjectScope,
  now: number,
  signal: AbortSignal,
): Promise<Filter> {
  const reading = { ...MODELS_TIMES, now, direction: "past" } as const;
  return {
    ...(await scope.forRead(given.project, signal)),
    ...(given.tags !== undefined && { tags: given.tags }),
    ...(given.kind !== undefined && { kind: given.kind }),
    ...(given.role !== undefined && { role: given.role }),
    ...(given.session !== undefined && { session: given.session }),
    ...(given.after !== undefined && { after: await parseTime(given.after, "after", reading) }),
    ...(given.before !== undefined && { before: await parseTime(given.before, "before", reading) }),
  };
}
