/** What save and update say of a memory besides its text. A field that callers give has its options here. */
import { KeepsakeError } from "../../base/errors.ts";
import { parseExpiry } from "../../client/spoken-times.ts";
import type { ParamsInput } from "../../protocol/method-table.ts";
import { flag, text, texts } from "../framework/command.ts";
import type { Values } from "../framework/command.ts";
import { readTags } from "./filter-options.ts";

const tagOption = { short: "-t", completes: "tag" } as const;

export const newOptions = {
  tag: texts("TAG", "a tag; may be given more than once", tagOption),
  pin: flag("keep it in every brief of its project"),
  mute: flag("never recall it unasked: only a search finds it"),
  expires: text("TIME", "forget it by itself: 7d, next month, 2027-01-31; never unless given"),
};

export const changeOptions = {
  tag: texts("TAG", "the tags from now on, instead of the old ones; may be given more than once", tagOption),
  noTags: flag("no tags from now on"),
  pin: flag("pin it"),
  unpin: flag("no longer pin it"),
  mute: flag("never recall it unasked: only a search finds it"),
  noMute: flag("recall it again"),
  expires: text("TIME", 'forget it by itself then; "never" keeps it'),
};

const NEVER = "never";

/** What is said, and nothing else. @throws USAGE */
export async function readGiven({ tag, pin, mute, expires }: Values<typeof newOptions>, now: number) {
  return {
    ...(tag.length > 0 && { tags: readTags(tag) }),
    ...(pin && { pinned: true }),
    ...(mute && { muted: true }),
    // A new memory is kept unless something else is said.
    ...(expires && expires !== NEVER && { expiresAt: await parseExpiry(expires, "--expires", { now }) }),
  };
}

/** What changes, and nothing else. @throws USAGE, also when options exclude each other */
export async function readChanges(
  { noTags, unpin, noMute, ...given }: Values<typeof changeOptions>,
  now: number,
): Promise<Omit<ParamsInput<"memory.update">, "id">> {
  if (given.pin && unpin) throw new KeepsakeError("USAGE", "--pin and --unpin exclude each other");
  if (given.mute && noMute) throw new KeepsakeError("USAGE", "--mute and --no-mute exclude each other");
  if (given.tag.length > 0 && noTags)
    throw new KeepsakeError("USAGE", "--tag and --no-tags exclude each other");
  const isKept = given.expires === NEVER;
  return {
    ...(await readGiven({ ...given, expires: isKept ? undefined : given.expires }, now)),
    ...(noTags && { tags: [] }),
    ...(unpin && { pinned: false }),
    ...(noMute && { muted: false }),
    ...(isKept && { expiresAt: null }),
  };
}
