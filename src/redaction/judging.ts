/** Whether a value that stands where a secret may is one, and no variable, type, example or word. */
import type { Nature } from "./found.ts";
import {
  classesOf,
  entropyOf,
  isCode,
  isDrawn,
  isMixed,
  isPlaceholder,
  isRandom,
  isShuffled,
  isWordy,
} from "./looks.ts";
import { holdsMarkOrItsBeginning } from "./marks.ts";

/** Of a value, for how it looks. */
const MAX_LOOKED_AT = 100;
/** `schema.min(12`: it ends where its last bracket stood. */
const CALLED = /^[A-Za-z_$]{4,40}(?:\.[A-Za-z_$]{1,40}){0,4}\(/;
/** `Uint8Array`, `SecretString`. */
const TYPE_NAME = /^(?:[A-Z][a-z]+\d{0,2}){1,4}[A-Z][a-z]{2,}$/;

const NUMBERED_WORDS = /^[a-z]{3,12}(?: [a-z]{3,12}){2,7}\d{1,4}$/;
/** A word of Latin letters, as `isOnlyLetters` takes one without accents for none. */
const ACCENTED_WORD = /^[A-Z\u00c0-\u00de]?[a-z\u00df-\u00ff]{1,16}$/;

/** What surrounds a value. */
export interface Setting {
  readonly nature: Nature;
  readonly isQuoted: boolean;
  /** `NAME=value`, without blanks. */
  readonly isEnvironment: boolean;
  readonly isProse: boolean;
}

export function isSecret(whole: string, setting: Setting): boolean {
  const value = whole.slice(0, MAX_LOOKED_AT);
  if (value.length < 4 || holdsMarkOrItsBeginning(whole) || isPlaceholder(value)) return false;
  if (/\s/.test(whole)) {
    const isPhrase = value.length >= 16 && /^[A-Za-z]+(?: [A-Za-z]+){2,}$/.test(value);
    // Words with a number at the last, as nobody writes who says something.
    if (setting.isQuoted && setting.nature === "password" && NUMBERED_WORDS.test(value)) return true;
    return setting.isQuoted && setting.isEnvironment && (isPhrase || /[\d!@#$%^&*]/.test(value));
  }
  return setting.nature === "password" ? isPassword(value, setting) : isMade(value, setting);
}

function isPassword(value: string, { isQuoted, isEnvironment, isProse }: Setting): boolean {
  if (/^[~^]?\d+\.\d+\.\d+/.test(value) || (TYPE_NAME.test(value) && !(isQuoted && /\d/.test(value))))
    return false;
  if (ACCENTED_WORD.test(value) && /[^A-Za-z]/.test(value)) return false;
  if (value.length < 6) return (isQuoted || isEnvironment) && classesOf(value) >= 3;
  if (!isEnvironment && isCode(value) && (classesOf(value) < 4 || (!isQuoted && CALLED.test(value))))
    return false;
  if (/^\d+$/.test(value)) return value.length >= 6 && !isProse;
  if (/^[A-Za-z]+$/.test(value))
    return isProse
      ? isQuoted && value.length >= 10 && isMixed(value)
      : isOnlyLetters(value, isQuoted, isEnvironment);
  if (isProse && !isQuoted)
    return (
      (classesOf(value) >= 3 && /[^A-Za-z.\u2019'-]|-[A-Za-z]+-/.test(value)) ||
      isMixed(value) ||
      (value.length >= 8 && isShuffled(value)) ||
      (/\d/.test(value) && !isWordy(value)) ||
      /^[A-Za-z]+\d{1,4}[!?$#*]?$/.test(value)
    );
  if (isQuoted && isDrawn(value)) return true;
  if (!/[^A-Za-z_.-]/.test(value)) return isEnvironment && value.length >= 16 && !/^[A-Z_]+$/.test(value);
  if (!isQuoted && !isEnvironment && isWordy(value))
    return /\d/.test(value) && !/[-_.:/]/.test(value) && value.length >= 6;
  return true;
}

/** A word, a type, a variable, or a password of letters alone. */
function isOnlyLetters(value: string, isQuoted: boolean, isEnvironment: boolean): boolean {
  if (!isQuoted && !isEnvironment) return false;
  if (/^[A-Z]?[a-z]+$|^[A-Z]+$/.test(value)) return value.length >= (isEnvironment ? 11 : 18);
  return !/^(?:[a-z]+|[A-Z][a-z]+)(?:[A-Z][a-z]+)*$/.test(value) && entropyOf(value) >= 2.5;
}

function isMade(value: string, { isQuoted, isEnvironment, isProse }: Setting): boolean {
  const least = isProse ? 14 : isQuoted || isEnvironment ? 8 : 12;
  if (value.length < least || /^https?:/.test(value) || (!isQuoted && TYPE_NAME.test(value))) return false;
  const isLongMade = isQuoted && value.length >= 24 && classesOf(value) >= 3 && entropyOf(value) >= 4;
  if (isCode(value) && !(isEnvironment && /\d/.test(value)) && !(isLongMade && !CALLED.test(value)))
    return false;
  if (/^[A-Za-z]+$/.test(value)) {
    if (classesOf(value) < 2 || !(isQuoted || isEnvironment)) return false;
    const isDealt = value.length >= 16 && isShuffled(value) && isMixed(value) && entropyOf(value) >= 3.2;
    return isDealt || (value.length >= 20 && entropyOf(value) >= 3.8);
  }
  if (/^[\d.,:_/-]+$/.test(value)) return false;
  return isRandom(value, least);
}
