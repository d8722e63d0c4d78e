/** What a caller says in its own words, without secrets. Names of projects, sessions and messages say what something is: they stay. */
import { LIMITS } from "../base/limits.ts";
import type { Redact } from "./redact.ts";

export interface Said {
  readonly text?: string | undefined;
  readonly speaker?: string | undefined;
  readonly tags?: string[] | undefined;
}

export interface WithoutSecrets<T> {
  readonly said: T;
  /** How many were replaced, by kind. */
  readonly kinds: ReadonlyMap<string, number>;
}

/** The same object where there are none. */
export function withoutSecrets<T extends Said>(redact: Redact, said: T): WithoutSecrets<T> {
  const found = new Map<string, number>();
  const clean = (given: string) => {
    const { text, kinds } = redact(given);
    for (const [kind, count] of kinds) found.set(kind, (found.get(kind) ?? 0) + count);
    return text;
  };
  const { text, speaker, tags } = said;
  const cleaned = {
    ...(text !== undefined && { text: clean(text) }),
    ...(speaker !== undefined && { speaker: clean(speaker).slice(0, LIMITS.speakerCharacters) }),
    ...(tags !== undefined && { tags: tags.map((tag) => tagOf(clean(tag))) }),
  };
  return { said: found.size === 0 ? said : { ...said, ...cleaned }, kinds: found };
}

/** A tag has no blanks. */
function tagOf(text: string): string {
  return text.replaceAll(/[\s,]+/gu, "-").slice(0, LIMITS.tagCharacters);
}
