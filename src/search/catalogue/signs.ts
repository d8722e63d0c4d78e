/**
 * The signs of a memory: what it shows at a glance, noted once when it is added, as bits of one byte. What its text shows
 * (it asks something, it names a time, it explains what was wrong) is told by English patterns, as are the cues that ask for
 * it; other languages simply carry no such sign.
 */
import type { IndexedMemory } from "../search-index.ts";

export const ASKS = 1;
export const TELLS_TIME = 2;
export const EXPLAINS = 4;
export const BY_ASSISTANT = 8;
export const BY_USER = 16;
export const IS_NOTE = 32;
export const IS_PINNED = 64;
export const IS_MUTED = 128;

const DAY = "(?:mon|tues|wednes|thurs|fri|satur|sun)day";
/** March and May are also words: a month only beside a number or behind a preposition. */
const MONTH =
  "(?:january|february|april|june|july|august|september|october|november|december|(?:march|may) (?=\\d)|(?<=\\d |(?:in|of|since|until|by|early|late|last|next) )(?:march|may))";
const UNIT =
  "(?:minute|hour|day|night|morning|evening|week|weekend|month|year|decade|summer|winter|spring|fall|autumn)s?";
const MANY = "(?:an?|one|two|three|four|five|six|seven|eight|nine|ten|few|couple|several|\\d{1,4})";
const TIME = new RegExp(
  [
    "yesterday|today|tonight|tomorrow|ago|recently|weekend",
    DAY,
    MONTH,
    `(?:last|next|this|past|previous|coming) (?:${UNIT}|mon|tue|wed|thu|fri|sat|sun|few)`,
    `(?:since|for|in|after|before) (?:a |the (?:last|past) )?${MANY} (?:of )?${UNIT}`,
    "(?:19|20)\\d\\d",
    "\\d{1,2}(?::\\d\\d)? ?(?:am|pm)",
  ]
    .map((part) => `\\b(?:${part})\\b`)
    .join("|"),
  "i",
);
/** A cause or a cure. */
const EXPLAINING =
  /\b(?:fixed|the (?:problem|issue|fix|bug|error|cause) (?:was|is|were)|root cause|turn(?:ed|s) out|caused by|resolved?|solution|solved|work(?:s|ing) now|culprit|the real)\b/i;
const QUESTION = /[?？؟]/;

/** What a text shows. */
export function signsOfText(text: string): number {
  return (
    (QUESTION.test(text) ? ASKS : 0) |
    (TIME.test(text) ? TELLS_TIME : 0) |
    (EXPLAINING.test(text) ? EXPLAINS : 0)
  );
}

/** What is known of a memory besides its text. */
export function signsOfTraits({
  kind,
  role,
  pinned,
  muted,
}: Pick<IndexedMemory, "kind" | "role" | "pinned" | "muted">): number {
  const byRole = role === "assistant" ? BY_ASSISTANT : role === "user" ? BY_USER : 0;
  return byRole | (kind === "note" ? IS_NOTE : 0) | (pinned ? IS_PINNED : 0) | (muted ? IS_MUTED : 0);
}
