/** Passwords that are words of a command, or of a file that such a program reads. */
import { classesOf, isPlaceholder, isShuffled, isWordy } from "./looks.ts";
import type { Rule } from "./rule.ts";

/** As shells read it; it may be quoted. */
const SHELL_WORD = `(?:"([^"\\n]{1,200})"|'([^'\\n]{1,200})'|([^\\s"'|;&<>]{3,200}))`;

export const COMMAND_RULES: readonly Rule[] = [
  {
    kind: "password",
    keywords: ["machine ", "default "],
    pattern: `(?:machine\\s{1,9}\\S{1,200}|default)\\s{1,20}login\\s{1,9}\\S{1,200}\\s{1,20}password\\s{1,9}(\\S{2,200})`,
    isSecret: (secret) => !isPlaceholder(secret),
  },
  {
    kind: "password",
    keywords: [" -u", "--user"],
    isInWords: true,
    pattern: `(?: -u|--user)[ =]{0,3}["']?[^\\s"':]{1,100}:([^\\s"']{3,200})`,
    isSecret: (secret, before) =>
      /\b(?:curl|wget|http|https|xh|hurl)\b/.test(before) && /[^\d]/.test(secret) && !isPlaceholder(secret),
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
      !isPlaceholder(secret) && (!isWordy(secret) || classesOf(secret) >= 3 || isShuffled(secret)),
  },
  {
    kind: "password",
    keywords: ["redis-cli", "docker login", "helm registry login", "podman login"],
    pattern: `(?:redis-cli[^\\n|;&]{0,200}?[ \\t](?:-a|--pass)|[a-z ]{6,15}login[^\\n|;&]{0,200}?[ \\t]-p)[ \\t]{1,4}${SHELL_WORD}`,
    isSecret: (secret) => !isPlaceholder(secret),
  },
  {
    kind: "password",
    keywords: ["pass:"],
    pattern: `pass:([^\\s"':,]{4,200})`,
    isSecret: (secret, before) =>
      /-pass(?:in|out)?[ =]{1,3}["']?$|-k[ ]$/.test(before) && !isPlaceholder(secret),
  },
  {
    kind: "password",
    keywords: ["htpasswd"],
    pattern: `htpasswd[ \\t]{1,4}-[a-zA-Z]{0,6}b[a-zA-Z]{0,6}[ \\t]{1,4}\\S{1,200}[ \\t]{1,4}\\S{1,100}[ \\t]{1,4}${SHELL_WORD}`,
    isSecret: (secret) => !isPlaceholder(secret),
  },
];
