/** Passwords that people and assistants tell each other, by the words around them, where no name stands right before. */
import { classesOf, isCode, isOdd, isPlaceholder, isTold } from "../looks.ts";
import type { Rule } from "./rule.ts";

export const SENTENCE_RULES: readonly Rule[] = [
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
      " is the new password",
      " is my password",
      " is your password",
      " is my new password",
      " is your new password",
    ],
    lead: { characters: /\S/, most: 60 },
    isInWords: true,
    pattern: `["'\`*]{0,2}([^\\s"'\`*]{6,60})["'\`*]{0,2} is (?:the|my|your) (?:new )?password`,
    flags: "i",
    isSecret: (secret) => classesOf(secret) >= 3 && !isCode(secret) && !isPlaceholder(secret),
  },
  {
    kind: "password",
    keywords: [
      "replaced it with ",
      "replaced that with ",
      "changed it to ",
      "set it to ",
      "updated it to ",
      "reset it to ",
    ],
    pattern: `[a-z]{3,8} (?:it|that) (?:with|to) \\\\?["'\`*]{0,2}([^\\s"'\`*\\\\]{6,60})`,
    flags: "i",
    isSecret: (secret, before) =>
      /pass(?:word|phrase|wd)|\bpw\b|credential/i.test(before) && isTold(secret) && !isCode(secret),
  },
  {
    kind: "password",
    keywords: ["new one", "old one", "other one", "current one", " expects ", " just use "],
    isInWords: true,
    pattern: `(?:[a-z]{3,7} one(?: [a-z]{2,10}){0,4}(?:,| is|:)| expects| just use) ["'\`]?([^\\s"'\`]{6,60})`,
    flags: "i",
    isSecret: (secret, before) => /pass(?:word|phrase|wd)|\bpw\b/i.test(before) && isOdd(secret),
  },
  {
    kind: "password",
    keywords: ["sudo "],
    pattern: `sudo (?:(?:on|for|in|at) (?:[\\w.-]{1,40} ){1,3})?(?:password )?is ["'\`]([^\\s"'\`]{6,60})["'\`]`,
    flags: "i",
    isSecret: isTold,
  },
  {
    // Words that were drawn.
    kind: "password",
    keywords: ["passphrase ", "passphrase: ", "my password ", "password is "],
    pattern: `pass(?:phrase|word):? (?:is |was )?["'\`]?([a-z]{3,12}(?:-[a-z]{3,12}){3,7}(?:-\\d{1,4})?)(?![\\w-])`,
    flags: "i",
    isSecret: (secret) => !isPlaceholder(secret),
  },
  {
    kind: "password",
    keywords: ["admin / ", "root / ", "administrator / ", "sa / ", "admin` with ", "root` with "],
    pattern: `[a-z]{2,13}(?: / |\` with )["'\`*]{0,2}([^\\s"'\`]{6,60})`,
    flags: "i",
    isSecret: isTold,
  },
  {
    kind: "password",
    keywords: ["login is ", "login: ", "credentials are ", "creds are "],
    pattern: `(?:login|credentials|creds)(?: is| are|:) ["'\`][\\w.@+-]{2,60}["'\`] ?[/:,] ?["'\`]([^\\s"'\`]{6,60})["'\`]`,
    flags: "i",
    isSecret: isTold,
  },
  {
    kind: "password",
    keywords: ["user ", "username ", "benutzer ", "utilisateur ", "usuario "],
    pattern: `[a-z]{4,11} ["'\`]?[\\w.@-]{2,40}["'\`]? / ["'\`]?([^\\s"'\`]{6,60})`,
    flags: "i",
    isSecret: isOdd,
  },
  {
    kind: "password",
    keywords: ["mdp par ", "mot de passe par "],
    pattern: `m[a-z ]{2,11} par ["'\`\u00ab] ?([^\\s"'\`\u00bb]{6,60})`,
    flags: "i",
    isSecret: (secret) => !isPlaceholder(secret),
  },
  {
    kind: "password",
    keywords: ["login for ", "login to ", "login on ", "login of "],
    pattern: `login (?:for|to|on|of) (?:the |our )?[\\w.-]{1,30} is ["'\`]?[\\w.@-]{2,40}["'\`]? / ["'\`]?([^\\s"'\`]{6,60})`,
    flags: "i",
    isSecret: isTold,
  },
  {
    // Another one, of what was named before.
    kind: "password",
    keywords: ["y la de", "et celui d", "und das ", "and the one "],
    pattern: `(?:y|et|und|and) (?:la del? [\\w.-]{1,30} es|celui d(?:e la |e |u |e l')[\\w.-]{1,30} est|das (?:von|vom|f\u00fcr) (?:de[mn] |die |das )?[\\w.-]{1,30} ist|the one (?:for|of|on) (?:the )?[\\w.-]{1,30} is) ["'\`]?([^\\s"'\`]{6,60})`,
    flags: "i",
    isSecret: (secret, before) =>
      /pass(?:word|phrase|wort)|kennwort|contrase|mot de passe/i.test(before) && isTold(secret),
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
