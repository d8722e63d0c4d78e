/** Passwords that are words of a command, or of a file that such a program reads. */
import { classesOf, isPlaceholder, isRandom, isShuffled, isWordy } from "../looks.ts";
import { SHELL_WORD } from "./rule.ts";
import type { Rule } from "./rule.ts";

/** What `echo` and `printf` write. */
const PRINTED = `(?:echo|printf) {1,3}(?:-n {1,3})?(?:"([^"\\n]{4,200})"|'([^'\\n]{4,200})'|([^\\s"'|;&<>]{4,200}))`;

export const COMMAND_RULES: readonly Rule[] = [
  {
    kind: "password",
    keywords: ["machine ", "default "],
    pattern: `(?:machine\\s{1,9}\\S{1,200}|default)\\s{1,20}login\\s{1,9}\\S{1,200}\\s{1,20}password\\s{1,9}(\\S{2,200})`,
    isSecret: (secret) => !isPlaceholder(secret),
  },
  {
    kind: "password",
    keywords: [" -u", "--user", " -a ", " -auth "],
    isInWords: true,
    pattern: `(?: -u| -a(?:uth)? |--user)[ =]{0,3}["']?[^\\s"':]{1,100}:["']?([^\\s"']{3,200})`,
    isSecret: (secret, before) =>
      /\b(?:curl|wget|http|https|xh|hurl|jenkins-cli)\b/.test(before) &&
      /[^\d]/.test(secret) &&
      !isPlaceholder(secret),
  },
  {
    kind: "password",
    keywords: ["sshpass"],
    pattern: `sshpass[ \\t]{1,4}-p[ \\t]{0,4}${SHELL_WORD}`,
    isSecret: (secret) => !isPlaceholder(secret),
  },
  {
    kind: "password",
    keywords: ["mysql", "mariadb"],
    pattern: `(?:mysql|mariadb)[a-z_-]{0,12}[ \\t][^\\n|;&]{0,200}?(?<=[ \\t])-p${SHELL_WORD}`,
    isSecret: (secret) =>
      !/^\s/.test(secret) &&
      !isPlaceholder(secret) &&
      (!isWordy(secret) || classesOf(secret) >= 3 || isShuffled(secret)),
  },
  {
    kind: "password",
    keywords: ["redis-cli", "docker login", "helm registry login", "podman login"],
    pattern: `(?:redis-cli[^\\n|;&]{0,200}?[ \\t](?:-a|--pass)|[a-z ]{6,15}login[^\\n|;&]{0,200}?[ \\t]-p)[= \\t]{1,4}${SHELL_WORD}`,
    isSecret: (secret) => !isPlaceholder(secret),
  },
  {
    kind: "password",
    keywords: ["sqlcmd", "bcp"],
    pattern: `(?:sqlcmd|bcp)[ \\t][^\\n|;&]{0,200}?(?<=[ \\t])-P[ \\t]{0,3}${SHELL_WORD}`,
    isSecret: (secret) => !isPlaceholder(secret),
  },
  {
    kind: "password",
    keywords: ["-storepass", "-keypass", "-srcstorepass", "-deststorepass", "-srckeypass", "-destkeypass"],
    pattern: `-(?:src|dest)?(?:store|key)pass[ =]{1,3}${SHELL_WORD}`,
    isSecret: (secret) => !secret.startsWith("-") && !isPlaceholder(secret),
  },
  {
    kind: "password",
    keywords: ["zip ", "7z ", "7za ", "unzip "],
    pattern: `(?:(?:un)?zip|7za?)[ \\t][^\\n|;&]{0,200}?(?<=[ \\t])-[pP][ \\t]{0,3}${SHELL_WORD}`,
    isSecret: isGiven,
  },
  {
    kind: "token",
    keywords: ["codecov"],
    pattern: `codecov[^\\n|;&]{0,100}? (?:-t|--token)[ =]([0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})`,
    isSecret: (secret) => !isPlaceholder(secret),
  },
  {
    kind: "secret",
    keywords: ["secret set ", "secrets set ", "put-secret-value", "create-secret", "put-parameter"],
    isInWords: true,
    pattern: `(?:secrets? set |put-secret-value|create-secret|put-parameter)[^\\n|;&]{0,200}?(?<=[ \\t])(?:--body|-b|--value|--secret-string)[ =]{1,3}${SHELL_WORD}`,
    isSecret: (secret) => !/^[-$<]|^file/.test(secret) && !isPlaceholder(secret),
  },
  {
    kind: "password",
    keywords: ["az login"],
    pattern: `az login[ \\t][^\\n|;&]{0,200}?(?<=[ \\t])(?:-p|--password)[ =]{1,3}${SHELL_WORD}`,
    isSecret: isGiven,
  },
  {
    kind: "password",
    keywords: ["echo ", "printf "],
    pattern: `${PRINTED}[ \\t]{0,3}\\|[ \\t]{0,3}(?:[^\\n|;&]{1,100}--password-stdin|sudo {1,3}-S|passwd {1,3}--stdin|gh {1,3}(?:auth|secret))`,
    isSecret: (secret) => !/[\s$]/.test(secret) && !isPlaceholder(secret),
  },
  {
    kind: "password",
    keywords: ["echo ", "printf "],
    pattern: `${PRINTED} {0,3}>{1,2} {0,3}\\S{0,100}?(?:\\.vault_?pass|pass(?:word)?(?:_file)?(?:\\.txt)?(?![\\w.-]))`,
    flags: "i",
    isSecret: (secret) => !/\s/.test(secret) && !isPlaceholder(secret),
  },
  {
    kind: "password",
    keywords: ["sqlplus ", "sqlldr ", "expdp ", "impdp "],
    pattern: `[a-z]{5,7}[ \\t]{1,4}(?:-[a-zA-Z]{1,2}[ \\t]{1,4}){0,3}["']?[^\\s/"']{1,60}/["']?([^\\s@"']{3,100})["']?@`,
    flags: "i",
    isSecret: (secret) => !isPlaceholder(secret),
  },
  {
    kind: "token",
    keywords: ["--token "],
    isInWords: true,
    pattern: `--token {1,3}([a-z0-9]{6}\\.[a-z0-9]{16})(?![a-z0-9.])`,
    entropy: 3,
  },
  {
    kind: "password",
    keywords: ["openssl enc", "openssl aes"],
    pattern: `openssl [^\\n|;&]{0,200}?[ \\t]-k[ \\t]{1,4}${SHELL_WORD}`,
    isSecret: (secret) => !/^(?:-|pass:)/.test(secret) && !isPlaceholder(secret),
  },
  {
    kind: "secret",
    keywords: ["openssl enc", "openssl aes"],
    pattern: `openssl [^\\n|;&]{0,200}?[ \\t]-K[ \\t]{1,3}([0-9a-fA-F]{32,128})`,
    entropy: 2.5,
  },
  {
    kind: "password",
    keywords: ["convertto-securestring"],
    pattern: `convertto-securestring[ \\t]{1,4}(?:-string[ \\t]{1,4})?${SHELL_WORD}`,
    flags: "i",
    isSecret: (secret) => !secret.startsWith("-") && !isPlaceholder(secret),
  },
  {
    kind: "password",
    keywords: ["identified "],
    pattern: `identified (?:by|with \\S{1,60} (?:by|as)) {1,3}(?:password {1,3})?\\\\?['"]([^'"\\n\\\\]{3,200})`,
    flags: "i",
    isSecret: (secret) => !isPlaceholder(secret),
  },
  {
    kind: "password",
    keywords: ["> auth "],
    isInWords: true,
    pattern: `> auth {1,3}(?:[a-z]{1,40} {1,3})?["']?([^\\s"']{8,200})`,
    flags: "i",
    isSecret: (secret) => isRandom(secret, 8) && !isPlaceholder(secret),
  },
  {
    kind: "password",
    keywords: ["echo "],
    pattern: `echo {1,3}(?:-n {1,3})?["']?[\\w.-]{1,40}:([^\\s"'|]{3,200})["']?[ \\t]{0,3}\\|[ \\t]{0,3}(?:sudo {1,3})?chpasswd`,
    isSecret: (secret) => !isPlaceholder(secret),
  },
  {
    kind: "password",
    keywords: ["app password", "app-password", "app-specific password"],
    pattern: `app[- ](?:specific )?password(?: [\\w@.'-]{1,30}){0,4}(?:[:=]| is)[ "'\`]{1,3}((?:[a-z]{4}[ -]){3}[a-z]{4}|[a-z]{16})(?![a-z])`,
    flags: "i",
    entropy: 2.7,
  },
  {
    kind: "password",
    keywords: ["bundle_"],
    pattern: `bundle_[a-z0-9_]{3,80}["']?[ \\t]{0,3}[:=][ \\t]{0,3}["']?([a-z0-9]{4,80}:(?!//)[^\\s"';]{4,100})`,
    flags: "i",
  },
  {
    kind: "password",
    keywords: ["pass:"],
    pattern: `pass:([^\\s"':,]{4,200})`,
    isSecret: (secret, before) =>
      /(?:-pass(?:in|out)?|-k)[ =]{1,3}["']?pass:$/.test(before) && !isPlaceholder(secret),
  },
  {
    kind: "password",
    keywords: ["htpasswd"],
    // With `-n` it writes into no file.
    pattern: `htpasswd[ \\t]{1,4}(?:-(?=[a-zA-Z]{0,6}n)[a-zA-Z]{1,8}|-[a-zA-Z]{0,6}b[a-zA-Z]{0,6}[ \\t]{1,4}\\S{1,200})[ \\t]{1,4}\\S{1,100}[ \\t]{1,4}${SHELL_WORD}`,
    isSecret: (secret) => !isPlaceholder(secret),
  },
];

/** No other option, and no path that such a letter stands before as well. */
function isGiven(secret: string): boolean {
  return !secret.startsWith("-") && !isPlaceholder(secret) && (classesOf(secret) >= 3 || isRandom(secret, 8));
}
