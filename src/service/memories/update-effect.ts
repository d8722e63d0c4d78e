/** What an update of a memory takes away, in words that a person confirms; undefined where it takes nothing. */
import type { StoredMemory } from "../memory-codec.ts";

interface GivenMarks {
  readonly tags?: readonly string[] | undefined;
  readonly pinned?: boolean | undefined;
  readonly muted?: boolean | undefined;
}

/**
 * What it is found by no more: a tag or a pin that is added takes nothing away, one that is removed does. What is muted leaves
 * every brief; and what the person muted comes back into none by itself.
 */
export function lossOf(current: StoredMemory, { tags, pinned, muted }: GivenMarks): string | undefined {
  const isTagLost = tags !== undefined && current.tags.some((tag) => !tags.includes(tag));
  const { muted: wasMuted = false } = current;
  const effects = [
    isTagLost || (pinned === false && current.pinned) ? "take tags or the pin off 1 memory" : "",
    (muted ?? wasMuted) === wasMuted ? "" : "change whether 1 memory is recalled unasked",
  ].filter((effect) => effect !== "");
  return effects.length === 0 ? undefined : effects.join(" and ");
}

/** What an update takes out of recall. */
export function effectOf(isNewText: boolean, isNewExpiry: boolean): string | undefined {
  if (isNewText && isNewExpiry) return "replace the text of 1 memory and change when it is forgotten";
  if (isNewText) return "replace the text of 1 memory";
  return isNewExpiry ? "change when 1 memory is forgotten" : undefined;
}
