/** What an update of a memory takes away, in words that a person confirms; undefined where it takes nothing. */
import type { StoredMemory } from "../memory-codec.ts";

/** What it is found by no more: a tag or a pin that is added takes nothing away, one that is removed does. */
export function lossOf(
  current: StoredMemory,
  { tags, pinned }: { readonly tags?: readonly string[] | undefined; readonly pinned?: boolean | undefined },
): string | undefined {
  const isTagLost = tags !== undefined && current.tags.some((tag) => !tags.includes(tag));
  return isTagLost || (pinned === false && current.pinned) ? "take tags or the pin off 1 memory" : undefined;
}

/** What an update takes out of recall. */
export function effectOf(isNewText: boolean, isNewExpiry: boolean): string | undefined {
  if (isNewText && isNewExpiry) return "replace the text of 1 memory and change when it is forgotten";
  if (isNewText) return "replace the text of 1 memory";
  return isNewExpiry ? "change when 1 memory is forgotten" : undefined;
}
