/** Names of values that are secret. */
import type { Nature } from "./found.ts";
import { isInMark } from "./marks.ts";

/** What a name ends with, what the value is called, and how it looks: chosen by people, or made. */
export const NAMES: readonly (readonly [ending: string, kind: string, nature: Nature])[] = [
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
  ["psk", "password", "password"],
  ["requirepass", "password", "password"],
  ["senha", "password", "password"],
  ["mdp", "password", "password"],
  ["wachtwoord", "password", "password"],
  ["l\u00f6senord", "password", "password"],
  ["l\u00f6senordet", "password", "password"],
  ["passord", "password", "password"],
  ["passordet", "password", "password"],
  ["adgangskode", "password", "password"],
  ["adgangskoden", "password", "password"],
  ["salasana", "password", "password"],
  ["session_secret", "secret", "password"],
  ["cookie_secret", "secret", "password"],
  ["jwt_secret", "secret", "password"],
  ["auth_secret", "secret", "password"],
  ["app_secret", "secret", "password"],
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
  ["_salt", "secret", "token"],
  ["_seed", "secret", "token"],
  ["jwt", "token", "token"],
  ["apikey", "API key", "token"],
  ["api_key", "API key", "token"],
  ["api-key", "API key", "token"],
  ["api key", "API key", "token"],
  ["cl\u00e9 api", "API key", "token"],
  ["cl\u00e9 d'api", "API key", "token"],
  ["clave api", "API key", "token"],
  ["clave de api", "API key", "token"],
  ["api-schl\u00fcssel", "API key", "token"],
  ["app_key", "API key", "token"],
  ["appkey", "API key", "token"],
  ["application_key", "API key", "token"],
  ["application-key", "API key", "token"],
  ["app-key", "API key", "token"],
  ["auth_key", "API key", "token"],
  ["authkey", "API key", "token"],
  ["auth-key", "API key", "token"],
  ["access_key", "access key", "token"],
  ["accesskey", "access key", "token"],
  ["access-key", "access key", "token"],
  ["access key", "access key", "token"],
  ["account_key", "access key", "token"],
  ["account-key", "access key", "token"],
  ["account key", "access key", "token"],
  ["storage key", "access key", "token"],
  ["shared_key", "access key", "token"],
  ["presharedkey", "WireGuard key", "token"],
  ["privatekey", "private key", "token"],
  ["private_key", "private key", "token"],
  ["private-key", "private key", "token"],
  ["private key", "private key", "token"],
  ["encryption_key", "secret", "token"],
  ["encryption-key", "secret", "token"],
  ["encryption key", "secret", "token"],
  ["encryptionkey", "secret", "token"],
  ["signing_key", "secret", "token"],
  ["signing-key", "secret", "token"],
  ["signingkey", "secret", "token"],
  ["master_key", "secret", "token"],
  ["master.key", "secret", "token"],
  ["master-key", "secret", "token"],
  ["masterkey", "secret", "token"],
  ["license_key", "license key", "token"],
  ["licence key", "license key", "token"],
  ["license key", "license key", "token"],
  ["service_key", "API key", "token"],
  ["role_key", "API key", "token"],
  ["_key", "API key", "token"],
  ["x-honeycomb-team", "API key", "token"],
  ["subscription-key", "API key", "token"],
  ["subscription_key", "API key", "token"],
  ["subscriptionkey", "API key", "token"],
  ["subscription key", "API key", "token"],
  ["pre-shared-key", "password", "password"],
  ["pre_shared_key", "password", "password"],
  ["webhook_url", "webhook", "token"],
  ["_auth", "registry credentials", "token"],
  ["_authtoken", "token", "token"],
  ["bw_session", "token", "token"],
]; // prettier-ignore

export const NAME_ENDINGS: readonly string[] = NAMES.map(([ending]) => ending);

/** In front of an ending they make a name of something else. */
const COUNTED = "max|min|num|total|hash|mask|style|react|dom|css|short|cancel";
const OF_LISTS =
  "page|next|sync|continuation|pad|eos|bos|unk|sep|cls|stop|delta|start|end|public|publickey|search|cancellation|idempotency";
const OF_RECORDS =
  "primary|foreign|sort|cache|partition|map|row|group|config|object|dict|query|storage|local|event|lookup|unique|item|s3|file|tab|arrow|hot|git";
/** Of a password, of what was made, and of a key. */
const [NO_PASSWORD, NO_TOKEN, NO_KEY] = [[COUNTED], [COUNTED, OF_LISTS], [COUNTED, OF_LISTS, OF_RECORDS]].map(
  (words) => new RegExp(`(?:${words.join("|")})[_-]?$`, "i"),
) as [RegExp, RegExp, RegExp];

/** Whether the ending ends a name, and one that has to do with secrets. */
export function isName(text: string, name: string, start: number, at: number, before: string): boolean {
  if (/[a-z]/.test(text[at] ?? "") || (/[A-Z]/.test(text[at] ?? "") && /[a-z]/.test(text[at - 1] ?? "")))
    return false;
  // Of a mark that stands in place of a secret.
  if (isInMark(text, at)) return false;
  if (isOfAnother(before.slice(-16), wordsBefore(name)) || (name === "pwd" && before === "OLD")) return false;
  if (isShort(name) && /[A-Za-z]$/.test(before) && /[a-z]/.test(text[start]!)) return false;
  // What a test ended with.
  if (name === "pass" && text.startsWith("--- ", start - 4)) return false;
  // What a page shows everybody, and what makes a call known when it comes twice.
  if ((name === "_key" && /site$/i.test(before)) || (name === "token" && /client_?request_?$/i.test(before)))
    return false;
  // An annotation that tells whether it changed.
  if (/checksum\/$/i.test(text.slice(Math.max(0, start - before.length - 9), start - before.length)))
    return false;
  // A resource, by its name.
  if (
    name === "secret" &&
    /secretsmanager:[\w-]{0,30}:\d{0,12}:$/.test(text.slice(Math.max(0, start - 80), start))
  )
    return false;
  return name !== "_key" || /^[A-Z]/.test(text.slice(start + 1, at));
}

function wordsBefore(name: string): RegExp {
  if (name.endsWith("key")) return NO_KEY;
  return NAMES.some(([ending, , nature]) => ending === name && nature === "password")
    ? NO_PASSWORD
    : NO_TOKEN;
}

/** `pageToken`, and not `ADMIN_PASSWORD` for its `MIN_`. */
function isOfAnother(before: string, words: RegExp): boolean {
  const found = words.exec(before);
  if (found === null) return false;
  const ahead = before[found.index - 1] ?? "";
  return !/[A-Za-z]/.test(ahead) || (/[a-z]/.test(ahead) && /^[A-Z]/.test(found[0]));
}

/** Also of other words. */
export function isShort(name: string): boolean {
  return ["pass", "pw", "psk", "tok", "pwd", "jwt"].includes(name);
}

/** Of what stands in front of a name and is of it. */
const MAX_BEFORE = 60;

export function nameBefore(text: string, start: number): string {
  let from = start;
  while (from > 0 && start - from < MAX_BEFORE && /[\w.-]/.test(text[from - 1]!)) from -= 1;
  // The end of an escaped line.
  if (from < start && text[from - 1] === "\\" && /[nrt]/.test(text[from]!)) from += 1;
  return text.slice(from, start);
}
