/** What a value looks like: made at random, put there as an example, or code. All of it linear in its length. */

/** Kept between calls: thousands of new ones a text are dear to collect. */
const counts = new Uint32Array(129);

/** Bits a character, by how often each stands in `text`; those beyond ASCII count as one. */
export function entropyOf(text: string): number {
  counts.fill(0);
  for (let at = 0; at < text.length; at += 1) counts[Math.min(text.charCodeAt(at), 128)]! += 1;
  let bits = 0;
  for (const count of counts) if (count > 0) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

/** No secret has these. */
const MADE_UP = /xxxx|^xxx\b|\*\*\*|\.\.\.|…|012345678|123456789|abcdefgh|deadbeef|EXAMPLE/i;
const EXAMPLE_WORDS =
  /change[-_ ]?(?:me|this|it)|your|placeholder|redacted|dummy|sample|insert|replace|todo|fixme|fake|foobar|mock|lorem|not[-_]?real/gi;
const NAMES_ITSELF =
  /(?:passwor[dt]|passwd|pass|pwd|secret|token|apikey|key|credentials?)s?[-_]?(?:here|value|name|hash|field|id|\d{1,4})?$/i;
/** Of a name: in front of what it ends with. */
const MAX_WORDS_BEFORE = 3;
const PLAIN_WORDS =
  /^(?:null|none|nil|true|false|undefined|string|str|text|any|unknown|object|number|bytes|boolean|required|optional|bearer|basic|test|testing|admin|root|user|username|postgres|mysql|redis|guest|default|local|localhost|empty|unset|hidden|p|pw|s3cret|s3cr3t|hunter|1password|bitwarden\d?|lastpass|keepassx?c?|argon2(?:id|i|d)?|bcrypt|scrypt|abc-?123|qwerty|letmein|1234567?8?9?0?)$/i;
/** A variable, a template, a reference to where the secret is kept. */
const REFERENCE =
  /^(?:<|\$(?:[({$]|\d{1,2}(?!\w)|[A-Za-z_][\w:.>[\]'"-]*[;,)]*$)|%(?:[({]|[A-Za-z_]\w*%|[sdv]$)|::?-(?:ms|webkit|moz)-|pk_(?:live|test)_|phc_|sb_publishable_|pk\.eyJ|Ag[A-D][A-Za-z0-9+/]{90}|\/?\^?\(\?[=!:<]|[a-z][a-z0-9+-]{1,20}:\/\/|!(?:vault|ref|sub|getatt|env|secret|join|importvalue|include|base64|reference)(?:[_-][A-Za-z]{1,20})?$|projects\/[\w-]{1,60}\/secrets\/|@[A-Za-z_.-]+@$|\{|\[|ENC\(|#(?:[\da-fA-F]{3,8}$|[A-Za-z_/.-]{0,28}$|(?:[a-z\d]{1,20}[-_]){1,5}[a-z\d]{1,20}$|\{)|[&*][\w.-]{0,28}$|\\?u00|(?:process|os|import|config|settings|env|secrets|vars|ctx|req|request|this|self|props|options|params|opts|args|state|data|app|vault|op|arn|ssm|file|https?|aws-sm|gcp-sm|keyring|data|urn)(?:\.|:|\[|\())|^(?:\.{1,2}|~)\/|\.(?:pem|json|ya?ml|txt|key|crt|env|toml|ts|js|py|go)$|^sha\d{1,3}[-:]/i;

/** As stylesheets have them when they are bundled. */
const CSS_CLASS =
  /^(?:_[a-z]{0,20}(?:pass|pwd|token|secret|key)[a-z]{0,20}_|[a-z]{1,30}_[a-z]{0,20}(?:pass|pwd|token|secret|key)[a-z]{0,20}__)[a-z\d]{5}$/i;
const PATH = /^\/[\w./-]*$/;

/** A value that stands for a secret and is none. */
export function isPlaceholder(value: string): boolean {
  return (
    isOneCharacter(value) ||
    isExample(value) ||
    namesItself(value) ||
    PLAIN_WORDS.test(value) ||
    REFERENCE.test(value) ||
    CSS_CLASS.test(value) ||
    (PATH.test(value) && !isShuffled(value))
  );
}

/** By the words in it: at an end of it, or with little else. In the middle of what is made at random they say nothing. */
function isExample(value: string): boolean {
  if (MADE_UP.test(value)) return true;
  const rest = value.replaceAll(EXAMPLE_WORDS, "");
  if (rest.length === value.length) return false;
  const isMade = rest.length >= 8 && classesOf(rest) >= 3 && /\d/.test(rest) && !isWordy(rest);
  return !isMade || isAtAnEnd(value);
}

/** Or a word of its own between dashes. */
function isAtAnEnd(value: string): boolean {
  for (const { 0: word, index } of value.matchAll(EXAMPLE_WORDS)) {
    const end = index + word.length;
    if (end === value.length || (index === 0 && !/[a-z]/.test(value[end]!))) return true;
    if (/[-_]/.test(value[index - 1] ?? "") && /[-_]/.test(value[end]!)) return true;
  }
  return false;
}

/** `db_password`, `yourTokenHere`, `pass1`. */
function namesItself(value: string): boolean {
  if (value.length > 80) return false;
  const end = NAMES_ITSELF.exec(value)?.index;
  if (end === undefined) return false;
  const before = value.slice(/^[:@]/.test(value) ? 1 : 0, end);
  return /^[a-z._-]{0,40}$/i.test(before) && before.split(/[._-]/).length <= MAX_WORDS_BEFORE + 1;
}

function isOneCharacter(value: string): boolean {
  for (let at = 1; at < value.length; at += 1) if (value[at] !== value[0]) return false;
  return true;
}

/** An identifier of a program, a call or a path to a member. */
export function isCode(value: string): boolean {
  return /^[A-Za-z_$][\w$]{0,200}(?:(?:\.|\?\.|::|->)[A-Za-z_$][\w$]{0,200}){1,8}$|[()[\]{}]|=>|&&|\|\|/.test(
    value,
  );
}

/** How many of: small letters, capital letters, digits, others. */
export function classesOf(value: string): number {
  return [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter((each) => each.test(value)).length;
}

/** Letters and digits as no word has them. */
export function isRandom(value: string, least: number): boolean {
  if (value.length < least || !/[A-Za-z]/.test(value) || isWordy(value)) return false;
  // One in a thousand keys of forty characters has no digit.
  if (!/\d/.test(value)) return value.length >= 30 && isShuffled(value) && entropyOf(value) >= 4.2;
  return entropyOf(value) >= (value.length < 16 ? 2.4 : 2.9);
}

/** Words with a number at most, joined by dashes, dots or as in camelCase. */
export function isWordy(value: string): boolean {
  return (
    /^(?:[A-Za-z]{2,}\d{0,2}|\d{1,4})(?:[-_./:](?:[A-Za-z]{1,}\d{0,2}|\d{1,4}))*$/.test(value) &&
    !isMixed(value) &&
    !(value.length >= 24 && isShuffled(value))
  );
}

/** Capital letters in places where camelCase has none. */
export function isMixed(value: string): boolean {
  const changes = value.match(/[a-z][A-Z]|[A-Z]{2}[a-z]|[a-zA-Z]\d|\d[a-zA-Z]/g)?.length ?? 0;
  return changes * 3.5 >= value.length;
}

/** Small and capital letters, more of these than camelCase has. */
export function isShuffled(value: string): boolean {
  const capitals = value.match(/[A-Z]/g)?.length ?? 0;
  return capitals * 4 >= value.length && /[a-z]/.test(value);
}

/** Of a one-time password. */
export const BASE32 = "([A-Z2-7]{16,80})(?![A-Za-z0-9])";

/** Words that were drawn, and none of those that programs are made of. */
export function isDrawn(value: string): boolean {
  return (
    /^[a-z]{3,12}(?:[-_.][a-z]{3,12}){3,9}$/.test(value) &&
    !/(?:^|[-_.])(?:pass(?:word|phrase|code|wd)?|pwd|token|secret|key|user(?:name)?|login|auth(?:entication|orization)?|input|field|form|error|label|button|icon|reset|forgot|hint|page|text|type|name|value|the|and|for|not|with|your|new|old|set|get|is|are|api|app|com|org|net|css|html|view|model|service|config(?:uration)?|default|test|data)s?(?![a-z])/.test(
      value,
    )
  );
}

/** As `isTold`, where words of programs are likelier: with a sign or digits among letters, as in no name of these. */
export function isOdd(secret: string): boolean {
  return (
    isTold(secret) && !isCode(secret) && !secret.includes("/") && /[A-Za-z]\d+[a-z]|[!?$#&*%]/.test(secret)
  );
}

/** As people choose passwords: no word, and no name with a number. */
export function isTold(secret: string): boolean {
  return (
    /[\d!?$#&*+%]/.test(secret) &&
    classesOf(secret) >= 3 &&
    !isPlaceholder(secret) &&
    !/^https?:|^[/~.]|\(/.test(secret)
  );
}

/** Letters alone may be a word. */
export function isBase32(secret: string): boolean {
  return classesOf(secret) >= 2 && entropyOf(secret) >= 3 && !isPlaceholder(secret);
}
