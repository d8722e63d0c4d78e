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
  OUTPUT,
  SAID,
  TOLD_APART,
} from "./before-values.ts";
import type { Found } from "./found.ts";
import { isSecret } from "./judging.ts";
import type { Setting } from "./judging.ts";
import { classesOf, entropyOf, isCode, isMixed, isShuffled, isWordy } from "./looks.ts";
import { isName, isShort, nameBefore, NAMES } from "./secret-names.ts";
import { elementAt, endOf, valueAt } from "./values.ts";

const CHANGED = /(?:chang|\bset\b|reset|updat|switch|\u00e4nder|stell)[^.\n]{0,40}$/i;
const MAX_BEFORE = 60;

/**
 * @param ending - number of one of `NAMES`
 * @param at - where it ends in `text`
 */
export function namedValueAt(text: string, ending: number, at: number): Found | undefined {
  const [name, kind, nature] = NAMES[ending]!;
  const start = at - name.length;
  const before = nameBefore(text, start);
  const from = start - before.length;
  if (!isName(text, name, start, at, before)) return undefined;
  for (const [pattern, isProse] of [
    [ASSIGNED, false],
    [ENTRY, false],
    [OUTPUT, false],
    [IN_LIST, false],
    ...(text[at] === ">" || text.slice(at, at + 40).includes(">") ? ([[ELEMENT, false]] as const) : []),
    ...(text[at] === "(" && /(?:set|with|\.)_?$/i.test(before) ? ([[CALL, false]] as const) : []),
    ...(text[at] === '"' ? ([[BLOCK, false]] as const) : []),
    ...(isOption(text, from) ? ([[OPTION, false]] as const) : []),
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
    const isWritten = !isProse && /^=$/.test(between) && isEnvironmentAt(text, from, at);
    const isElement = pattern === ELEMENT && text[at] === ">";
    const value = (isElement ? elementAt : valueAt)(text, at + between.length, isWritten);
    if (value === undefined) continue;
    const secret = text.slice(value.start, value.end);
    const isAsOne = !isProse && isLikeEnvironment(text, { from, at, between, secret, ...value });
    const setting = { nature, isQuoted: value.isQuoted, isEnvironment: isWritten || isAsOne, isProse };
    if (pattern === CHANGED_TO && !CHANGED.test(text.slice(Math.max(0, from - MAX_BEFORE), from))) continue;
    // What a shell says where the variable is not set.
    if (text.startsWith("${", from - 2) && /[?+]/.test(text[value.start]!)) continue;
    // The id of a key of GnuPG.
    if (name === "signingkey" && /^(?:[\dA-F]{8}){1,5}$/.test(secret)) continue;
    if (TOLD_APART.has(pattern) && !isToldApart(secret, name, setting)) continue;
    if (isSecret(secret, setting)) return { kind, start: value.start, end: endOf(text, value) };
  }
  return undefined;
}

/** Right behind a name, where words may stand as well. */
function isToldApart(secret: string, name: string, { nature, isQuoted }: Setting): boolean {
  if (nature === "token") {
    if (isQuoted && /^[0-9a-f]{32,}$/.test(secret)) return true;
    return (
      secret.length >= 16 &&
      classesOf(secret) >= 3 &&
      isMixed(secret) &&
      (isShuffled(secret) || isDealt(secret))
    );
  }
  const classes = classesOf(secret);
  const hasDigits = /\d/.test(secret) && !/\s/.test(secret);
  if (isQuoted && hasDigits && classes >= 2) return true;
  if (name === "pw" && hasDigits && !isWordy(secret) && !/[./:]/.test(secret)) return true;
  // A noun of German stands right in front of it.
  if (/^(?:pass|kenn)wort$/.test(name) && hasDigits && classes >= 3 && !isWordy(secret)) return true;
  const isAtRandom = secret.length >= 16 && classes >= 3 && isShuffled(secret) && isMixed(secret);
  return isAtRandom || (classes === 4 && secret.length < 40);
}

/** Letters and digits alone, among each other. */
function isDealt(secret: string): boolean {
  return /^[A-Za-z0-9]+$/.test(secret) && (secret.match(/\d/g)?.length ?? 0) >= 3 && entropyOf(secret) >= 3.5;
}

/** `--name value`, or as Dockerfiles and shells set a variable. */
function isOption(text: string, start: number): boolean {
  const line = text.slice(Math.max(0, start - 12), start);
  return (
    /(?:^|\s)--?$|(?:^|\n)\s*(?:ENV|ARG|setenv|setx|set -[a-zA-Z]{1,4}|set) $/.test(line) ||
    text.startsWith("--", start)
  );
}

/** `NAME=value`, from where the name begins to where it ends; behind the sign of a diff, too. */
function isEnvironmentAt(text: string, from: number, at: number): boolean {
  return /^-?[A-Z0-9_]*$/.test(text.slice(from, at)) || isArgument(text, from) || isInConnection(text, from);
}

interface Assigned {
  readonly from: number;
  readonly at: number;
  readonly between: string;
  readonly secret: string;
  readonly start: number;
  readonly end: number;
  readonly isQuoted: boolean;
}

/** A line of a file of properties, `--password=value`, `--passphrase "some words"`. */
function isLikeEnvironment(text: string, { from, at, between, secret, ...value }: Assigned): boolean {
  if (between === "=" && isField(text, from)) return true;
  if (isCode(secret)) return false;
  if (text.startsWith("--", from)) return between === "=" || (value.isQuoted && /\s/.test(secret));
  if (between !== "=" || !/[._-]/.test(text.slice(from, at))) return false;
  const isLine = /(?:^|[\n+"'`]|\\[nr])$/.test(text.slice(Math.max(0, from - 2), from));
  return isLine && /^\s*?(?:\n|\\[nr]|$)/.test(text.slice(value.end, value.end + 4));
}

/** Behind an address. */
function isField(text: string, start: number): boolean {
  return /(?:jdbc:|:\/\/)[^\s"']{0,90}[?&;]$/.test(text.slice(Math.max(0, start - 100), start));
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
