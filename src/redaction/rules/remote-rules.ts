/** Passwords that are words of a command that asks another machine, or of the settings of one that others ask. */
import { classesOf, isPlaceholder } from "../looks.ts";
import { SHELL_WORD } from "./rule.ts";
import type { Rule } from "./rule.ts";

export const REMOTE_RULES: readonly Rule[] = [
  {
    kind: "password",
    keywords: ["ldapsearch", "ldapmodify", "ldapadd", "ldapdelete", "ldapwhoami", "ldappasswd"],
    pattern: `ldap[a-z]{3,8}[ \\t][^\\n|;&]{0,200}?(?<=[ \\t])-w[ \\t]{0,3}${SHELL_WORD}`,
    isSecret: (secret) => !isPlaceholder(secret),
  },
  {
    kind: "password",
    keywords: ["ipmitool ", "mongosh ", "mongo ", "mongodump ", "mongorestore "],
    pattern: `(?:ipmitool|mongo(?:sh|dump|restore)?)[ \\t][^\\n|;&]{0,200}?(?<=[ \\t])-[pP][ \\t]{0,3}${SHELL_WORD}`,
    isSecret: (secret) => !secret.startsWith("-") && !isPlaceholder(secret),
  },
  {
    kind: "password",
    keywords: ["mosquitto_", "security import "],
    pattern: `(?:mosquitto_[a-z]{2,6}|security import)[ \\t][^\\n|;&]{0,200}?(?<=[ \\t])-P[ \\t]{1,3}${SHELL_WORD}`,
    isSecret: (secret) => /[^\d]/.test(secret) && !isPlaceholder(secret),
  },
  {
    kind: "password",
    keywords: ["crackmapexec ", "netexec ", "nxc ", "evil-winrm "],
    pattern: `[a-z-]{3,12}[ \\t][^\\n|;&]{0,200}?(?<=[ \\t])-p[ \\t]{1,3}${SHELL_WORD}`,
    isSecret: (secret) => !secret.startsWith("-") && !isPlaceholder(secret),
  },
  {
    kind: "password",
    keywords: ["+login "],
    isInWords: true,
    pattern: `\\+login {1,3}[\\w.@-]{2,60} {1,3}${SHELL_WORD}`,
    isSecret: (secret) => !secret.startsWith("+") && !isPlaceholder(secret),
  },
  {
    // Of routers and switches.
    kind: "password",
    keywords: ["snmp-server community "],
    pattern: `snmp-server community (\\S{4,60})`,
    isSecret: (secret) => !/^(?:public|private)$/.test(secret) && !isPlaceholder(secret),
  },
  {
    kind: "password",
    keywords: ["username "],
    pattern: `username \\S{1,40} (?:privilege \\d{1,2} )?(?:password|secret) [0-9] (\\S{4,100})`,
    isSecret: (secret) => !isPlaceholder(secret),
  },
  {
    kind: "password",
    keywords: ["smbclient", "lftp", "rpcclient", "crackmapexec", "mount -t cifs"],
    pattern: `[a-z]{4,12}[ \\t][^\\n|;&]{0,200}?(?<=[ \\t])-[uU][ \\t]{0,3}["']?[^\\s"'%,]{1,60}[%,]["']?([^\\s"']{4,100})`,
    isSecret: (secret) => !isPlaceholder(secret),
  },
  {
    kind: "password",
    keywords: ["enable secret", "enable password"],
    pattern: `enable (?:secret|password)(?: [0-9]{1,2})? (\\S{4,100})`,
    flags: "i",
    isSecret: (secret) => classesOf(secret) >= 3 && !isPlaceholder(secret),
  },
  {
    kind: "password",
    keywords: ["nmcli"],
    pattern: `nmcli [^\\n|;]{0,200}?password {1,3}(?:"([^"\\n]{4,100})"|'([^'\\n]{4,100})'|([^\\s"'|;]{4,100}))`,
    isSecret: (secret) => !isPlaceholder(secret),
  },
  {
    kind: "password",
    keywords: [" -a ", " -x "],
    isInWords: true,
    pattern: ` -[AX] {1,3}${SHELL_WORD}`,
    isSecret: (secret, before) => /\bsnmp[a-z]{2,10} [^\n]*$/.test(before) && !isPlaceholder(secret),
  },
  {
    kind: "password",
    keywords: ["/user:"],
    isInWords: true,
    pattern: `/user:\\S{1,100}[ \\t]{1,4}${SHELL_WORD}`,
    flags: "i",
    isSecret: (secret, before) =>
      /\bnet(?:\.exe)? use\b/i.test(before) && !/^[/*]/.test(secret) && !isPlaceholder(secret),
  },
  {
    kind: "password",
    keywords: ["net use "],
    pattern: `net use \\S{1,60} [\\\\/]{2}\\S{1,100} ${SHELL_WORD} {1,3}/user:`,
    flags: "i",
    isSecret: (secret) => !isPlaceholder(secret),
  },
];
