/**
 * What a turn shows at a glance, noted once when it is added: whether it asks something, whether it names a time, whether
 * it speaks of the speaker. English, as the cues that ask for it are; other languages simply carry no such sign.
 */
import { ASKS, FIRST_PERSON, TELLS_TIME } from "./catalogue/rows.ts";

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
const FIRST = /\b(?:i|i['’](?:m|ve|d|ll)|my|me|mine|we|our)\b/i;
const QUESTION = /[?？؟]/;

/** The signs of a text, as bits of rows.ts. */
export function signsOfText(text: string): number {
  return (
    (QUESTION.test(text) ? ASKS : 0) |
    (TIME.test(text) ? TELLS_TIME : 0) |
    (FIRST.test(text) ? FIRST_PERSON : 0)
  );
}
