/**
 * Values that are secret by the name that stands before them: `PASSWORD=…`, `"api_key": "…"`, `--token …`, "the password is …". Whether
 * a value is one, and no variable, type, example or word, tells what it looks like.
 */
import { classesOf, entropyOf, isCode, isPlaceholder, isRandom, isWordy } from "./looks.ts";
import type { Span } from "./private-keys.ts";

type Nature = "password" | "token";

/** What a name ends with, what the value is called, and how it looks: chosen by people, or made. */
const NAMES: readonly (readonly [ending: string, kind: string, nature: Nature])[] = [
  ["password", "password", "password"],
  ["passwd", "password", "password"],
  ["passwort", "password", "password"],
  ["kennwort", "password", "password"],
  ["mot de passe", "password", "password"],
  ["contrase\u00f1a", "password", "password"],
  ["contrasena", "password", "password"],
  ["passphrase", "password", "password"],
  ["pwd", "password", "password"],
  ["_pass", "password", "password"],
  ["-pass", "password", "password"],
  ["pass", "password", "password"],
  ["pw", "password", "password"],
  ["secret", "secret", "token"],
  ["secretkey", "secret", "token"],
  ["secret_key", "secret", "token"],
  ["secret-key", "secret", "token"],
  ["secret key", "secret", "token"],
  ["secret_key_base", "secret", "token"],
  ["credential", "secret", "token"],
  ["credentials", "secret", "token"],
  ["token", "token", "token"],
  ["tok", "token", "token"],
  ["_pat", "token", "token"],
  ["jwt", "token", "token"],
  ["apikey", "API key", "token"],
  ["api_key", "API key", "token"],
  ["api-key", "API key", "token"],
  ["api key", "API key", "token"],
  ["app_key", "API key", "token"],
  ["appkey", "API key", "token"],
  ["application_key", "API key", "token"],
  ["auth_key", "API key", "token"],
  ["authkey", "API key", "token"],
  ["auth-key", "API key", "token"],
  ["access_key", "access key", "token"],
  ["accesskey", "access key", "token"],
  ["access-key", "access key", "token"],
  ["access key", "access key", "token"],
  ["account_key", "access key", "token"],
  ["shared_key", "access key", "token"],
  ["presharedkey", "WireGuard key", "token"],
  ["privatekey", "private key", "token"],
  ["private_key", "private key", "token"],
  ["private-key", "private key", "token"],
  ["private key", "private key", "token"],
  ["encryption_key", "secret", "token"],
  ["encryption key", "secret", "token"],
  ["encryptionkey", "secret", "token"],
  ["signing_key", "secret", "token"],
  ["signingkey", "secret", "token"],
  ["master_key", "secret", "token"],
  ["masterkey", "secret", "token"],
  ["license_key", "license key", "token"],
  ["licence key", "license key", "token"],
  ["license key", "license key", "token"],
  ["service_key", "API key", "token"],
  ["role_key", "API key", "token"],
  ["_key", "API key", "token"],
  ["webhook_url", "webhook", "token"],
  ["_auth", "registry credentials", "token"],
  ["_authtoken", "token", "token"],
]; // prettier-ignore

export const NAME_ENDINGS: readonly string[] = NAMES.map(([ending]) => ending);

/** Between a name and its value; what it is tells how sure it is that one follows. */
const ASSIGNED =
  /(?:[_-]?(?:\d{1,3}|prod|dev|test|live|main|staging|old|new|prd|stg|b64|base64))?\\?["'`\]]{0,2}[ \t]{0,8}(?:\?\?=|\|\|=|:=|=>|={1,2}|:(?:[ \t]{0,3}[A-Za-z]{1,12}(?:<[A-Za-z]{1,12}>)?[ \t]{0,3}=)?)(?:[ \t]{0,8}|[ \t]{0,8}\n[ \t]{2,12})(?:[bfru]?(?=["']))?/iy;
const IN_LIST = /\\?["']?[ \t]{0,3},[ \t]{0,3}(?=\\?["'])/y;
const ENTRY = /\\?["']?\s{0,3},?\s{0,40}\\?["']?value\\?["']?[ \t]{0,3}[:=][ \t]{0,3}/iy;
const ELEMENT = /[^<>\n]{0,40}>/y;
const OPTION = /(?:=|[ \t]{1,4})/y;
const SAID =
  /\*{0,2}(?: (?!is |was )[\w./@'"`-]{1,40}){0,5}?(?:,? (?:is|was|became|to|ist|est|es|as|are)(?: now| still| just)?[: ]|:)[ \t]{1,3}|\*{0,2}(?: (?!is |was )[\w./@'"`-]{1,40}){0,5}?,? (?:is|was|became|to|ist|est|es|as|are)(?: now| still| just)? /iy;
const JUST_SAID = /(?:,? (?:is|was|ist)|:)[: ][ \t]{0,3}/iy;
const BESIDE = / (?=[^\s]{8,})/y;

const QUOTED =
  /(?:\\"([^"\\\n]{1,400})\\"|"((?:[^"\\\n]|\\[^\n]){1,400})"|'((?:[^'\\\n]|\\[^\n]){1,400})'|`([^`\n]{1,400})`|\u201c([^\u201d\n]{1,400})\u201d)/y;
const BARE = /[^\s"'`<>\u201c\u201d]{1,400}/y;
/** In front of a name. */
const NAME_BEFORE = /[\w.-]{0,60}$/;
const NO_SECRET_NAME =
  /(?:page|next|sync|continuation|pad|eos|bos|unk|sep|cls|mask|stop|delta|max|min|num|total|start|end|public|primary|foreign|sort|cache|partition|hash|map|row|group|config|object|dict|query|storage|local|event|idempotency|lookup|unique|item|s3|file|search|tab|arrow|hot|short|style|react|dom|css|git|cancellation|cancel)[_-]?$/i;

/** `Uint8Array`, `SecretString`. */
const TYPE_NAME = /^(?:[A-Z][a-z]+\d{0,2}){1,4}[A-Z][a-z]{2,}$/;

interface Found extends Span {
  readonly kind: string;
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
 * @param ending - number of one of `NAME_ENDINGS`
 * @param at - where it ends in `text`
 */
export function namedValueAt(text: string, ending: number, at: number): Found | undefined {
  const [name, kind, nature] = NAMES[ending]!;
  const start = at - name.length;
  const before = NAME_BEFORE.exec(text.slice(Math.max(0, start - 60), start))?.[0] ?? "";
  if (!isName(text, name, start, at, before)) return undefined;
  for (const [pattern, isProse] of [
    [ASSIGNED, false],
    [ENTRY, false],
    [IN_LIST, false],
    ...(text[at] === ">" || text.slice(at, at + 40).includes(">") ? ([[ELEMENT, false]] as const) : []),
    ...(isOption(text, start - before.length) ? ([[OPTION, false]] as const) : []),
    [isShort(name) ? JUST_SAID : SAID, true],
    [BESIDE, true],
  ] as const) {
    pattern.lastIndex = at;
    const between = pattern.exec(text)?.[0];
    if (between === undefined) continue;
    const isEnvironment =
      !isProse && /^=$/.test(between) && /^[A-Z0-9_]*$/.test(before + text.slice(start, at));
    const value = valueAt(text, at + between.length, isEnvironment);
    if (value === undefined) continue;
    const secret = text.slice(value.start, value.end);
    const setting = {
      nature,
      isQuoted: value.isQuoted,
      isEnvironment,
      isProse: isProse || pattern === BESIDE,
    };
    if (pattern === BESIDE && !(nature === "password" && classesOf(secret) === 4 && secret.length < 40))
      continue;
    if (isSecret(secret, setting)) return { kind, start: value.start, end: endOf(text, value.end) };
  }
  return undefined;
}

/** In a sentence nobody knows whether it is of the password. */
function endOf(text: string, end: number): number {
  let after = end;
  while (text[after] === "!" || text[after] === "?") after += 1;
  return after;
}

/** Whether the ending ends a name, and one that has to do with secrets. */
function isName(text: string, name: string, start: number, at: number, before: string): boolean {
  if (/[a-z]/.test(text[at] ?? "") || (/[A-Z]/.test(text[at] ?? "") && /[a-z]/.test(text[at - 1] ?? "")))
    return false;
  if (NO_SECRET_NAME.test(before)) return false;
  if (isShort(name) && /[A-Za-z]$/.test(before) && /[a-z]/.test(text[start]!)) return false;
  return name !== "_key" || /^[A-Z]/.test(text.slice(start + 1, at));
}

/** Also of other words. */
function isShort(name: string): boolean {
  return ["pass", "pw", "tok", "pwd", "jwt"].includes(name);
}

/** `--name value`, or as Dockerfiles and shells set a variable. */
function isOption(text: string, start: number): boolean {
  const line = text.slice(Math.max(0, start - 12), start);
  return /(?:^|\s)--?$|(?:^|\n)\s*(?:ENV|setenv|set -gx|set) $/.test(line) || text.startsWith("--", start);
}

function valueAt(
  text: string,
  at: number,
  isEnvironment: boolean,
): (Span & { readonly isQuoted: boolean }) | undefined {
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
  if (!isEnvironment) bare = /^[^;,&]*/.exec(bare)![0].replace(/(?:\\[nrt].*|[.,:!?)\]}*\\]+)$/, "");
  else bare = bare.replace(/(?:\\[nrt].*|;.*|[,.\\]+)$/, "");
  return bare === "" ? undefined : { start: at, end: at + bare.length, isQuoted: false };
}

function isSecret(value: string, setting: Setting): boolean {
  if (value.length < 4 || value.includes("[redacted") || isPlaceholder(value)) return false;
  if (/\s/.test(value)) return setting.isQuoted && setting.isEnvironment && /[\d!@#$%^&*]/.test(value);
  return setting.nature === "password" ? isPassword(value, setting) : isMade(value, setting);
}

function isPassword(value: string, { isQuoted, isEnvironment, isProse }: Setting): boolean {
  if (/^[~^]?\d+\.\d+\.\d+/.test(value) || TYPE_NAME.test(value)) return false;
  if (value.length < 6) return (isQuoted || isEnvironment) && classesOf(value) >= 3;
  if (!isEnvironment && isCode(value) && classesOf(value) < 4) return false;
  if (/^\d+$/.test(value)) return value.length >= 6 && !isProse;
  if (/^[A-Za-z]+$/.test(value)) return !isProse && isOnlyLetters(value, isQuoted || isEnvironment);
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
function isOnlyLetters(value: string, isDelimited: boolean): boolean {
  if (!isDelimited) return false;
  if (/^[A-Z]?[a-z]+$|^[A-Z]+$/.test(value)) return value.length >= 18;
  return !/^(?:[a-z]+|[A-Z][a-z]+)(?:[A-Z][a-z]+)*$/.test(value) && entropyOf(value) >= 2.5;
}

function isMade(value: string, { isQuoted, isEnvironment, isProse }: Setting): boolean {
  const least = isProse ? 14 : isQuoted || isEnvironment ? 8 : 12;
  if (value.length < least || /^https?:/.test(value)) return false;
  if (isCode(value) && !(isEnvironment && /\d/.test(value))) return false;
  if (/^[A-Za-z]+$/.test(value))
    return (
      value.length >= 20 && classesOf(value) === 2 && entropyOf(value) >= 3.8 && (isQuoted || isEnvironment)
    );
  if (/^[\d.,:_/-]+$/.test(value)) return false;
  return isRandom(value, least);
}
