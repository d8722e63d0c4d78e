/** Secrets that are known by the place where they stand: an argument of a certain call, a part of a connection, a key of an account. */
import { classesOf, entropyOf, isPlaceholder } from "./looks.ts";
import type { Rule } from "./rule.ts";

const BASE32 = "([A-Z2-7]{16,80})(?![A-Za-z0-9])";

export const PLACE_RULES: readonly Rule[] = [
  {
    kind: "password in a URL",
    keywords: ["jdbc:oracle:"],
    pattern: `jdbc:oracle:[a-z0-9]{2,8}:[^\\s"'/@:]{1,100}/([^\\s"'@]{3,200})@`,
    flags: "i",
    isSecret: (secret) => !isPlaceholder(secret),
  },
  {
    kind: "Azure key",
    keywords: ["key1", "key2"],
    pattern: `key[12]\\\\?["']?(?:[ \\t]{0,4}[:=]|(?: is| are| was)?(?: now)?)[ \\t]{1,4}\\\\?["']?([A-Za-z0-9+/]{86}==)`,
    flags: "i",
    entropy: 4.5,
  },
  {
    kind: "Twilio token",
    keywords: ["ac"],
    written: "AC",
    pattern: `AC[0-9a-f]{32}\\\\?["']?[ \\t]{0,3}[,:][ \\t]{0,3}\\\\?["']?([0-9a-f]{32})(?![0-9a-f])`,
    entropy: 3,
  },
  {
    kind: "one-time password secret",
    keywords: ["oathtool"],
    pattern: `oathtool[ \\t][^\\n|;&]{0,120}?(?<=[ \\t"'])${BASE32}`,
    isSecret: isBase32,
  },
  {
    kind: "one-time password secret",
    keywords: ["authenticator.", "totp.", "totp(", "otp."],
    pattern: `(?:authenticator|totp|otp)(?:\\.[A-Za-z_]{1,30})?\\([ \\t]{0,3}["'\`]${BASE32}`,
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
    kind: "API key",
    keywords: ["wandb login"],
    pattern: `wandb login(?: --[a-z-]{1,20})? ([0-9a-f]{40})(?![0-9a-f])`,
    entropy: 3,
  },
  {
    kind: "password",
    keywords: ["password("],
    pattern: `password\\(\\s{0,3}'([^'\\s]{6,200})'\\s{0,3}\\)`,
    flags: "i",
    isSecret: (secret, before) => /=\s{0,3}password\(\s{0,3}'$/i.test(before) && isTold(secret),
  },
  {
    kind: "password",
    keywords: ["echo ", "printf "],
    pattern: `(?:echo|printf) {1,3}(?:-n {1,3})?(?:"([^"\\n]{4,200})"|'([^'\\n]{4,200})'|([^\\s"'|;&<>]{4,200})) {0,3}>{1,2} {0,3}\\S{0,100}?(?:\\.vault_?pass|pass(?:word)?(?:_file)?(?:\\.txt)?(?![\\w.-]))`,
    flags: "i",
    isSecret: (secret) => !/\s/.test(secret) && !isPlaceholder(secret),
  },
  {
    kind: "password",
    keywords: [
      " as the ",
      " as my ",
      " as your ",
      " as password",
      " als passwort",
      " als kennwort",
      " comme mot ",
      " como contrase",
    ],
    lead: { characters: /\S/, most: 60 },
    isInWords: true,
    pattern: `["'\`\u00ab]?([^\\s"'\`\u00ab\u00bb]{6,60})["'\`\u00bb]? (?:as (?:the |my |your )?(?:[a-z]{1,12} )?(?:password|passphrase)|als (?:passwort|kennwort)|comme mot de passe|como contrase\u00f1a)(?![\\w-]|s? (?:hash|field|manag|provid|column|polic|reset|prompt|input|type|encod|store))`,
    flags: "i",
    isSecret: isTold,
  },
  {
    kind: "password",
    keywords: [
      "login:",
      "logins:",
      "credentials:",
      "creds:",
      "zugangsdaten:",
      "anmeldedaten:",
      "identifiants :",
      "identifiants:",
    ],
    pattern: `[a-z]{5,12} ?: {0,3}["'\`]?[\\w.@+-]{2,60}["'\`]?(?: [/|] |:(?!/))["'\`]?([^\\s"'\`]{6,60})`,
    flags: "i",
    isSecret: isTold,
  },
];

/** As people choose passwords: no word, and no name with a number. */
function isTold(secret: string): boolean {
  return (
    /[\d!?$#&*+%]/.test(secret) &&
    classesOf(secret) >= 3 &&
    !isPlaceholder(secret) &&
    !/^https?:|^[/~.]|\(/.test(secret)
  );
}

/** Letters alone may be a word. */
function isBase32(secret: string): boolean {
  return classesOf(secret) >= 2 && entropyOf(secret) >= 3 && !isPlaceholder(secret);
}
