/** The options by which reads and forget choose memories. */
import { KeepsakeError } from "../../base/errors.ts";
import type { Filter, Trust } from "../../protocol/schemas.ts";
import { isValid } from "../../protocol/client-view.ts";
import { MEMORY_TRUSTS } from "../../protocol/words.ts";
import { choice, text, texts } from "../framework/command.ts";
import type { Values } from "../framework/command.ts";
import { notOneOfError } from "../framework/not-one-of.ts";
import type { Context } from "../context.ts";
import { parseTime } from "../../client/spoken-times.ts";
import { readScope, readScopeOptions } from "./project-options.ts";

export const filterOptions = {
  ...readScopeOptions,
  tag: texts("TAG", "only memories with this tag; may be given more than once", {
    short: "-t",
    completes: "tag",
  }),
  kind: choice(["note", "turn"], "only notes, or only turns of conversations"),
  role: choice(["user", "assistant"], "only what the person or the assistant said"),
  trust: texts(
    "TRUST",
    "only what is vouched for like this: user, assistant, captured, imported, unverified; may be given more than once",
    { completes: MEMORY_TRUSTS },
  ),
  session: text("ID", "only this conversation"),
  after: text("TIME", "at or after: 7d, last week, 2026-05, 2026-05-03T14:00"),
  before: text("TIME", "before"),
};

type GivenFilter = Values<typeof filterOptions>;

/** @throws USAGE */
export async function readFilter(given: GivenFilter, context: Context): Promise<Filter> {
  const reading = { now: context.clock.now(), direction: "past" } as const;
  const { session, kind, role, after, before } = given;
  if (session !== undefined && !isValid("sessionName", session)) {
    throw new KeepsakeError("USAGE", "--session is at most 256 bytes");
  }
  const tags = readTags(given.tag);
  const trust = readTrust(given.trust);
  const project = await readScope(given, context);
  return {
    ...(project !== undefined && { project }),
    ...(tags.length > 0 && { tags }),
    ...(kind !== undefined && { kind }),
    ...(role !== undefined && { role }),
    ...(trust.length > 0 && { trust }),
    ...(session !== undefined && { session }),
    ...(after !== undefined && { after: await parseTime(after, "--after", reading) }),
    ...(before !== undefined && { before: await parseTime(before, "--before", reading) }),
  };
}

/** Tags as given: each once, a leading `#` is no part of one, commas part them. @throws USAGE */
export function readTags(given: readonly string[]): string[] {
  const tags = [
    ...new Set(given.flatMap((each) => each.split(",")).map((tag) => tag.trim().replace(/^#/, ""))),
  ];
  if (!isValid("tagList", tags)) {
    throw new KeepsakeError("USAGE", "--tag takes 1 to 64 characters without white space; at most 32 tags");
  }
  return tags;
}

/** Each once; commas part them. @throws USAGE */
function readTrust(given: readonly string[]): NonNullable<Filter["trust"]> {
  const words = [...new Set(given.flatMap((each) => each.split(",")))];
  const unknown = words.find((each) => !isTrust(each));
  if (unknown !== undefined)
    throw notOneOfError(`--trust takes ${MEMORY_TRUSTS.join(", ")}`, unknown, MEMORY_TRUSTS);
  return words.filter(isTrust);
}

function isTrust(word: string): word is Trust {
  return (MEMORY_TRUSTS as readonly string[]).includes(word);
}

/** Whether anything but the working folder says which memories are meant. */
export function isFiltered(given: GivenFilter): boolean {
  return (
    given.project !== undefined ||
    given.noProject ||
    given.allProjects ||
    given.tag.length > 0 ||
    given.trust.length > 0 ||
    [given.kind, given.role, given.session, given.after, given.before].some((value) => value !== undefined)
  );
}
