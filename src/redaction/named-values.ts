/**
 * Values that are secret by the name that stands before them: `PASSWORD=…`, `"api_key": "…"`, `--token …`, "the password is …". Whether
 * a value is one, and no variable, type, example or word, tells what it looks like.
 */
import {
  ASSIGNED,
  BESIDE,
  IN_BRACKETS,
  IN_COMMAS,
  NEXT_CELL,
  NEXT_LINE,
  BLOCK,
  CALL,
  CHANGED_TO,
  ELEMENT,
  ENTRY,
  IN_LIST,
  JUST_SAID,
  OPTION,
  SAID,
  TOLD_APART,
} from "./before-values.ts";
import {
  classesOf,
  entropyOf,
  isCode,
  isMixed,
  isPlaceholder,
  isRandom,
  isShuffled,
  isWordy,
} from "./looks.ts";
import { holdsMarkOrItsBeginning } from "./marks.ts";
import type { Span } from "./private-keys.ts";
import { isName, isShort, nameBefore, NAMES } from "./secret-names.ts";
import type { Nature } from "./secret-names.ts";

const QUOTED =
  /(?:\*{2}([^*\s]{4,400})\*{2}|\\{1,7}"([^"\\\n]{1,400})\\{1,7}"|"((?:[^"\\\n]|\\[^\n]){1,400})"|'((?:[^'\\\n]|\\[^\n]){1,400})'|`([^`\n]{1,400})`|\u201c([^\u201d\n]{1,400})\u201d|\u00ab[ \u00a0\u202f]?([^\u00bb\s]{1,400})[ \u00a0\u202f]?\u00bb)/y;
const BARE = /[^\s"'`<>\u201c\u201d]{1,400}/y;
const ELEMENT_TEXT = /([^<>\s]{1,400})<\//y;
/** Longer than the others look: it is followed to its end once it is known to be secret. */
const LONG = /\\{0,7}(?:["'`]([^\s"'`\\<>]{400})|([^\s"'`\\<>&;,]{400}))/y;
/** In quotes, and without: there the next field of an address or of a list begins behind it. */
const REST_OF_QUOTED = /[^\s"'`\\<>]*/y;
const REST_OF_BARE = /[^\s"'`\\<>&;,]*/y;
const MAX_LONG = 400;
/** Of a value, for how it looks. */
const MAX_LOOKED_AT = 100;
/** `schema.min(12`: it ends where its last bracket stood. */
const CALLED = /^[A-Za-z_$]{4,40}(?:\.[A-Za-z_$]{1,40}){0,4}\(/;
/** `Uint8Array`, `SecretString`. */
const TYPE_NAME = /^(?:[A-Z][a-z]+\d{0,2}){1,4}[A-Z][a-z]{2,}$/;

/** A word of Latin letters, as `isOnlyLetters` takes one without accents for none. */
const ACCENTED_WORD = /^[A-Z\u00c0-\u00de]?[a-z\u00df-\u00ff]{1,16}$/;

interface Found extends Span {
  readonly kind: string;
}

interface Value extends Span {
  readonly isQuoted: boolean;
}

/** What surrounds a value. */
interface Setting {
  readonly nature: Nature;
  readonly isQuoted: boolean;
  /** `NAME=value`, without blanks. */
  readonly isEnvironment: boolean;
  readonly isProse: boolean;
}

/**
 * @param ending - number of one of `NAMES`
 * @param at - where it ends in `text`
 */
export function namedValueAt(text: string, ending: number, at: number): Found | undefined {
  const [name, kind, nature] = NAMES[ending]!;
  const start = at - name.length;
  const before = nameBefore(text, start);
  if (!isName(text, name, start, at, before)) return undefined;
  for (const [pattern, isProse] of [
    [ASSIGNED, false],
    [ENTRY, false],
    [IN_LIST, false],
    ...(text[at] === ">" || text.slice(at, at + 40).includes(">") ? ([[ELEMENT, false]] as const) : []),
    ...(text[at] === "(" && /(?:set|with|\.)_?$/i.test(before) ? ([[CALL, false]] as const) : []),
    ...(text[at] === '"' ? ([[BLOCK, false]] as const) : []),
    ...(isOption(text, start - before.length) ? ([[OPTION, false]] as const) : []),
    [isShort(name) ? JUST_SAID : SAID, true],
    ...(name === "pw" ? ([[CHANGED_TO, true]] as const) : []),
    [IN_BRACKETS, true],
    [IN_COMMAS, true],
    [NEXT_CELL, true],
    [NEXT_LINE, true],
    [BESIDE, true],
  ] as const) {
    pattern.lastIndex = at;
    const between = pattern.exec(text)?.[0];
    if (between === undefined) continue;
    const isEnvironment =
      !isProse &&
      /^=$/.test(between) &&
      (/^[A-Z0-9_]*$/.test(before + text.slice(start, at)) ||
        isArgument(text, start - before.length) ||
        isInConnection(text, start - before.length));
    const isElement = pattern === ELEMENT && text[at] === ">";
    const value = (isElement ? elementAt : valueAt)(text, at + between.length, isEnvironment);
    if (value === undefined) continue;
    const secret = text.slice(value.start, value.end);
    const setting = {
      nature,
      isQuoted: value.isQuoted,
      isEnvironment,
      isProse,
    };
    if (TOLD_APART.has(pattern) && !isToldApart(secret, name, setting)) continue;
    if (isSecret(secret, setting)) return { kind, start: value.start, end: endOf(text, value) };
  }
  return undefined;
}

/** Right behind a name, where words may stand as well. */
function isToldApart(secret: string, name: string, { nature, isQuoted }: Setting): boolean {
  if (nature === "token") return secret.length >= 20 && classesOf(secret) >= 3 && isShuffled(secret);
  const classes = classesOf(secret);
  const hasDigits = /\d/.test(secret) && !/\s/.test(secret);
  if (isQuoted && hasDigits && classes >= 2) return true;
  if (name === "pw" && hasDigits && classes >= 3 && !isWordy(secret)) return true;
  return classes === 4 && secret.length < 40;
}

/** In a sentence nobody knows whether a mark is of the password. */
function endOf(text: string, { start, end, isQuoted }: Value): number {
  const rest = isQuoted ? REST_OF_QUOTED : REST_OF_BARE;
  rest.lastIndex = end;
  let after = end - start < MAX_LONG ? end : end + rest.exec(text)![0].length;
  while (text[after] === "!" || text[after] === "?") after += 1;
  return after;
}

/** `--name value`, or as Dockerfiles and shells set a variable. */
function isOption(text: string, start: number): boolean {
  const line = text.slice(Math.max(0, start - 12), start);
  return (
    /(?:^|\s)--?$|(?:^|\n)\s*(?:ENV|ARG|setenv|setx|set -[a-zA-Z]{1,4}|set) $/.test(line) ||
    text.startsWith("--", start)
  );
}

/** `host=db user=app password=…`, one beside the other. */
function isInConnection(text: string, start: number): boolean {
  return /(?:^|[\s"';])(?:host|server|dbname|database|port|user|uid|user id)=[^\s;,]{1,80}[\s;]{1,2}$/i.test(
    text.slice(Math.max(0, start - 100), start),
  );
}

/** `--from-literal=name=value`, `--set a.name=value`. */
function isArgument(text: string, start: number): boolean {
  return /--(?:from-literal|set(?:-string)?|env|build-arg)[= ](?:[^\s=]{1,80}=[^\s=]{1,80},)?$/.test(
    text.slice(Math.max(0, start - 200), start),
  );
}

/** Up to the next tag: in a template, such as `<user>:<password>@host`, none follows. */
function elementAt(text: string, at: number): Value | undefined {
  ELEMENT_TEXT.lastIndex = at;
  const [, said] = ELEMENT_TEXT.exec(text) ?? [];
  return said === undefined ? undefined : { start: at, end: at + said.length, isQuoted: true };
}

function valueAt(text: string, at: number, isEnvironment: boolean): Value | undefined {
  LONG.lastIndex = at;
  const long = LONG.exec(text)?.[0];
  if (long !== undefined) {
    const end = at + long.length;
    return { start: end - MAX_LONG, end, isQuoted: long.length > MAX_LONG };
  }
  QUOTED.lastIndex = at;
  const quoted = QUOTED.exec(text);
  if (quoted !== null) {
    const value = quoted.slice(1).find((each) => each !== undefined)!;
    const start = at + quoted[0].indexOf(value);
    return { start, end: start + value.length, isQuoted: true };
  }
  BARE.lastIndex = at;
  let bare = BARE.exec(text)?.[0];
  if (bare === undefined) return undefined;
  if (!isEnvironment)
    bare = /^(?:[^;,&]|&(?![\w.-]{1,40}=))*/.exec(bare)![0].replace(/(?:\\[nrt].*|[.,:!?)\]}*\\]+)$/, "");
  else bare = bare.replace(/(?:\\[nrt].*|;.*|[,.\\]+)$/, "");
  return bare === "" ? undefined : { start: at, end: at + bare.length, isQuoted: false };
}

function isSecret(whole: string, setting: Setting): boolean {
  const value = whole.slice(0, MAX_LOOKED_AT);
  if (value.length < 4 || holdsMarkOrItsBeginning(whole) || isPlaceholder(value)) return false;
  if (/\s/.test(whole)) {
    const isPhrase = value.length >= 16 && /^[A-Za-z]+(?: [A-Za-z]+){2,}$/.test(value);
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
  if (/^[A-Za-z]+$/.test(value)) return !isProse && isOnlyLetters(value, isQuoted, isEnvironment);
  if (isProse && !isQuoted)
    return (
      classesOf(value) >= 3 ||
      (/\d/.test(value) && !isWordy(value)) ||
      /^[A-Za-z]+\d{1,4}[!?$#*]?$/.test(value)
    );
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
  if (value.length < least || /^https?:/.test(value)) return false;
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
