/** Secrets that are arguments of a call: of a class of credentials, of a cipher, of what encodes a user and a password. */
import { BASE32, isBase32, isPlaceholder, isRandom, isTold } from "../looks.ts";
import type { Rule } from "./rule.ts";

/** A text in quotes that is no secret, and the comma behind it. */
const FIRST = `\\s{0,20}[bfr@]?["'\`][^"'\`\\n]{0,100}["'\`]\\s{0,3},\\s{0,20}`;

/** Or a variable. */
const ANY_FIRST = `(?:${FIRST}|\\s{0,20}[$\\w.>-]{1,60}\\s{0,3},)`;

export const CALL_RULES: readonly Rule[] = [
  {
    kind: "password",
    keywords: [
      "auth=(",
      "auth = (",
      "networkcredential(",
      "passwordcredential(",
      "passwordcredentials(",
      "passwordauthentication(",
      "basicauth(",
      "basic_auth(",
      "wifi.begin(",
    ],
    isInWords: true,
    pattern: `[a-z_.]{4,25} ?=? ?\\(${FIRST}[bfr@]?["'\`]([^"'\`\\n]{4,300})["'\`]`,
    flags: "i",
    isSecret: (secret) => !isPlaceholder(secret) && !/[{}]|\s/.test(secret),
  },
  {
    kind: "password",
    keywords: [
      "plainauth(",
      "pdo(",
      "mysqli(",
      "mysqli_connect(",
      "mysql_connect(",
      "ftp_login(",
      "imap_open(",
    ],
    pattern: `[a-z_]{3,16}\\(${ANY_FIRST}${FIRST}["'\`]([^"'\`\\s]{4,200})["'\`]`,
    flags: "i",
    isSecret: (secret) => !isPlaceholder(secret) && !/[{}]/.test(secret),
  },
  {
    kind: "secret",
    keywords: ["hex.decodestring(", "bytes.fromhex(", "unhexlify(", "base64.stdencoding.decodestring("],
    pattern: `[a-z0-9.]{9,32}\\(\\s{0,9}b?["'\`]([0-9a-f]{32,128}|[A-Za-z0-9+/]{42,88}={0,2})["'\`]`,
    flags: "i",
    isSecret: (secret, before) =>
      /(?:key|secret|salt)\w{0,10}(?:, ?\w{1,5})? ?:?= ?(?:binascii\.)?[\w.]{9,32}\(\s{0,9}b?["'`]$/i.test(
        before,
      ),
  },
  {
    kind: "session cookie",
    keywords: ["cookies.set(", "cookie("],
    isInWords: true,
    pattern: `[a-z_.]{6,12}\\(${FIRST}["'\`]([^"'\`\\s]{20,400})["'\`]`,
    flags: "i",
    isSecret: (secret) => isRandom(secret, 20) && !isPlaceholder(secret),
  },
  {
    kind: "password",
    keywords: ["[]byte(", "btoa(", "b64encode("],
    isInWords: true,
    pattern: `(?:\\[\\]byte|btoa|b64encode)\\(\\s{0,9}b?["'\`][\\w.@-]{1,60}:([^"'\`\\s]{4,100})["'\`]`,
    flags: "i",
    isSecret: isTold,
  },
  {
    kind: "secret",
    keywords: ["fernet("],
    pattern: `fernet\\(\\s{0,9}b?["']([A-Za-z0-9_-]{43}=)["']`,
    flags: "i",
    entropy: 4,
  },
  {
    kind: "secret",
    keywords: ["buffer.from("],
    pattern: `buffer\\.from\\(\\s{0,9}["'\`]([A-Za-z0-9+/=_-]{22,128})["'\`]`,
    flags: "i",
    isSecret: (secret, before) =>
      /(?:key|secret|salt)\w{0,10}["']?\s{0,3}[:=]\s{0,3}buffer\.from\(\s{0,9}["'`]$/i.test(before) &&
      isRandom(secret, 22),
  },
  {
    kind: "one-time password secret",
    keywords: ["authenticator.", "totp.", "totp(", "otp.", "secret.frombase32("],
    pattern: `(?:authenticator|totp|otp|secret)(?:\\.\\w{1,30})?\\([ \\t]{0,3}["'\`]${BASE32}`,
    flags: "i",
    isSecret: isBase32,
  },
  {
    kind: "password",
    keywords: ["getconnection("],
    pattern: `getconnection\\(\\s{0,20}"jdbc:[^"\\n]{3,200}"\\s{0,3},\\s{0,20}"[^"\\n]{0,100}"\\s{0,3},\\s{0,20}"([^"\\n]{3,200})"`,
    flags: "i",
    isSecret: (secret) => !isPlaceholder(secret),
  },
  {
    kind: "API key",
    keywords: ["algoliasearch("],
    pattern: `algoliasearch\\(\\s{0,20}["'\`][A-Z0-9]{10}["'\`]\\s{0,3},\\s{0,20}["'\`]([0-9a-f]{32})["'\`]`,
    flags: "i",
    entropy: 3,
  },
  {
    kind: "password",
    keywords: [".login("],
    isInWords: true,
    pattern: `[a-z.]{6,14}\\(${FIRST}["'\`]([^"'\`\\s]{6,200})["'\`]`,
    flags: "i",
    isSecret: isTold,
  },
  {
    // Of LDAP: who it is has a sign of equality.
    kind: "password",
    keywords: [".bind(", "bind_s(", ".simplebind("],
    isInWords: true,
    pattern: `[a-z_.]{5,16}\\(\\s{0,9}[bfr]?["'\`][^"'\`=\\n]{1,30}=[^"'\`\\n]{1,200}["'\`]\\s{0,3},\\s{0,9}["'\`]([^"'\`\\s]{4,200})["'\`]`,
    flags: "i",
    isSecret: (secret) => !isPlaceholder(secret),
  },
  {
    kind: "password",
    keywords: ["password("],
    isInWords: true,
    pattern: `password\\(${ANY_FIRST}\\s{0,20}["'\`]([^"'\`\\s]{6,200})["'\`]`,
    flags: "i",
    isSecret: isTold,
  },
  {
    kind: "password",
    keywords: ["password("],
    pattern: `password\\(\\s{0,3}'([^'\\s]{6,200})'\\s{0,3}\\)`,
    flags: "i",
    isSecret: (secret, before) => /=\s{0,3}password\(\s{0,3}'$/i.test(before) && isTold(secret),
  },
];
