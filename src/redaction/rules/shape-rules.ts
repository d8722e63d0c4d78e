/** Secrets that are known by what stands around them: in a URL, in a header, in a token of a shape of its own. */
import { classesOf, entropyOf, isPlaceholder, isRandom, isShuffled, isWordy } from "../looks.ts";
import type { Rule } from "./rule.ts";

export const SHAPE_RULES: readonly Rule[] = [
  {
    kind: "AWS access key",
    keywords: ["akia", "asia", "abia", "acca"],
    pattern: "(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])",
    isSecret: (secret) => !secret.endsWith("EXAMPLE") && entropyOf(secret) >= 3,
  },
  {
    // Also as it is typed off the paper.
    kind: "keepsake recovery key",
    keywords: ["ks"],
    pattern: "ks[a-z0-9]{3}(?:[- \\n\\r]{0,2}[a-z0-9]{5}){11}(?![a-z0-9])",
    flags: "i",
    isSecret: (secret) => (secret.match(/\d/g)?.length ?? 0) >= 6,
  },
  {
    kind: "password in a URL",
    keywords: ["://", ":\\/\\/"],
    lead: { characters: /[A-Za-z0-9+.-]/, most: 30 },
    isInWords: true,
    pattern:
      "[A-Za-z][A-Za-z0-9+.-]{0,30}:(?:\\\\?/){2}([^\\s/?#\"'<>@:\\\\]{0,200}):([^\\s/?\"'<>\\\\]{1,1000})@(?=[^\\s\"'])",
    isSecret: (secret, before) => isUrlPassword(secret, before),
  },
  {
    kind: "token in a URL",
    keywords: ["://"],
    isInWords: true,
    // Not where a page reports its errors to, which is public.
    pattern: "://([A-Za-z0-9_.~-]{20,200})@(?!o\\d{1,20}\\.ingest\\.)[A-Za-z0-9]",
    isSecret: (secret) => isRandom(secret, 20),
  },
  {
    kind: "Azure signature",
    keywords: ["sig=", "signature="],
    pattern: "sig(?:nature)?=([A-Za-z0-9%+/_~-]{30,300}={0,2})",
    flags: "i",
    isSecret: (secret) => isRandom(secret, 30),
  },
  {
    kind: "Azure key",
    keywords: ["accountkey=", "sharedaccesskey=", "accesskey="],
    isInWords: true,
    pattern: "[a-z]{9,16}=([A-Za-z0-9+/]{30,200}={0,2})",
    flags: "i",
    entropy: 3.5,
  },
  {
    kind: "Azure client secret",
    keywords: ["q~"],
    lead: { characters: /[A-Za-z0-9_~.-]/, most: 4 },
    isInWords: true,
    pattern: "[A-Za-z0-9_~.-]{3}\\d[Qq]~[A-Za-z0-9_~.-]{30,36}(?![A-Za-z0-9])",
    entropy: 3,
  },
  {
    kind: "registry credentials",
    keywords: ["+acr"],
    lead: { characters: /[A-Za-z0-9+/]/, most: 46 },
    isInWords: true,
    pattern: "[A-Za-z0-9+/]{38,46}\\+ACR[A-Za-z0-9]{6}(?![A-Za-z0-9])",
  },
  {
    kind: "Azure key",
    keywords: ["jqqj99"],
    lead: { characters: /[A-Za-z0-9]/, most: 60 },
    isInWords: true,
    pattern: "[A-Za-z0-9]{40,60}JQQJ99[A-Za-z0-9]{20,40}",
  },
  {
    kind: "Telegram bot token",
    keywords: [":a"],
    lead: { characters: /\d/, most: 12 },
    isInWords: true,
    pattern: "\\d{7,12}:A[A-Za-z0-9_-]{30,36}(?![A-Za-z0-9_-])",
    entropy: 3.5,
  },
  {
    kind: "Terraform token",
    keywords: [".atlasv1."],
    lead: { characters: /[A-Za-z0-9]/, most: 14 },
    isInWords: true,
    pattern: "[A-Za-z0-9]{10,14}\\.atlasv1\\.[A-Za-z0-9_=-]{40,90}",
  },
  {
    kind: "MaxMind key",
    keywords: ["_mmk"],
    lead: { characters: /[A-Za-z0-9_]/, most: 36 },
    isInWords: true,
    pattern: "[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk",
  },
  {
    kind: "New Relic key",
    keywords: ["nral"],
    lead: { characters: /[A-Za-z0-9]/, most: 40 },
    isInWords: true,
    pattern: "[A-Za-z0-9]{32,40}NRAL(?![A-Za-z0-9])",
  },
  {
    kind: "Mandrill key",
    keywords: ["md-"],
    pattern: "md-[A-Za-z0-9_-]{22}(?![\\w-])",
    isSecret: (secret) => isShuffled(secret.slice(3)) && /\d/.test(secret),
  },
  {
    kind: "Mailchimp key",
    keywords: ["-us"],
    lead: { characters: /[a-f0-9]/, most: 32 },
    isInWords: true,
    pattern: "[a-f0-9]{32}-us\\d{1,2}(?![A-Za-z0-9])",
  },
  {
    kind: "Vault token",
    keywords: ["s."],
    pattern: "s\\.[A-Za-z0-9]{24}(?![A-Za-z0-9_.(])",
    entropy: 3.5,
    isSecret: (secret) => /\d/.test(secret) && /[A-Z]/.test(secret.slice(2)),
  },
  {
    kind: "OpenAI key",
    keywords: ["sk-"],
    pattern: "sk-(?!ant-|or-|proj-|svcacct-|admin-)[A-Za-z0-9_-]{20,300}",
    isSecret: (secret) =>
      !isPlaceholder(secret) && !isWordy(secret) && /\d.*\d/.test(secret) && entropyOf(secret) >= 3.2,
  },
  {
    kind: "API key",
    keywords: ["live_"],
    pattern: "(?<![A-Za-z0-9_-])live_[A-Za-z0-9]{22,60}(?![A-Za-z0-9_])",
    isSecret: (secret) => isRandom(secret.slice(5), 22),
  },
  {
    kind: "Firebase key",
    keywords: ["aaaa"],
    pattern: "AAAA[A-Za-z0-9_-]{7}:[A-Za-z0-9_-]{100,200}",
  },
  {
    kind: "Asana token",
    keywords: ["0/", "1/", "2/"],
    pattern: "[012]/\\d{10,20}(?:/\\d{10,20})?:[a-f0-9]{32}",
  },
  {
    kind: "Facebook token",
    keywords: ["eaa"],
    pattern: "EAA[A-Za-z0-9]{60,300}",
    isSecret: (secret) => isRandom(secret, 60),
  },
  {
    kind: "password hash",
    keywords: [
      "$2a$",
      "$2b$",
      "$2y$",
      "$apr1$",
      "$1$",
      "$5$",
      "$6$",
      "$y$",
      "$argon2",
      "{sha}",
      "{ssha}",
      "pbkdf2_sha",
      "scrypt:",
      "pbkdf2:",
    ],
    isInWords: true,
    pattern:
      "(?:pbkdf2_sha\\d{1,3}\\$\\d{1,8}\\$[A-Za-z0-9./+]{1,60}\\$[A-Za-z0-9+/]{20,100}={0,2}|(?:scrypt|pbkdf2):[a-z0-9:]{3,30}\\$[A-Za-z0-9./+]{1,40}\\$[0-9a-f]{40,160}|\\$2[aby]\\${1,2}\\d\\d\\${1,2}[./A-Za-z0-9]{53}|\\$(?:apr1|[156])\\${1,2}(?:rounds=\\d{1,9}\\${1,2})?[./A-Za-z0-9]{1,16}\\${1,2}[./A-Za-z0-9]{22,86}|\\$y\\$[./A-Za-z0-9]{1,8}\\$[./A-Za-z0-9]{1,86}\\$[./A-Za-z0-9]{43}|\\$argon2[id]{1,2}\\$v=\\d{1,3}\\$[a-z0-9=,]{1,60}\\$[A-Za-z0-9+/]{8,100}\\$[A-Za-z0-9+/]{20,200}|\\{SS?HA\\}[A-Za-z0-9+/]{27,60}={0,2})",
  },
  {
    kind: "private key",
    keywords: ["ls0tls1crudjt"],
    pattern: "LS0tLS1CRUdJT[A-Za-z0-9+/]{40,400}={0,2}",
    isSecret: (secret) => Buffer.from(secret.slice(0, 80), "base64").includes("PRIVATE KEY"),
  },
  {
    kind: "registry credentials",
    keywords: ["eyjhdxrocyi6"],
    pattern: "eyJhdXRocyI6[A-Za-z0-9+/]{20,400}={0,2}",
  },
  {
    kind: "API key",
    keywords: ["client(", "clientv2("],
    isInWords: true,
    pattern: "client(?:v2)?\\(\\s{0,3}[\"']([A-Za-z0-9_-]{30,100})[\"']",
    flags: "i",
    isSecret: (secret) => isShuffled(secret) && isRandom(secret, 30) && !isPlaceholder(secret),
  },
  {
    kind: "client key",
    keywords: ["client-key-data", "identitytoken", "registrytoken"],
    pattern: "[a-z-]{10,16}\\\\?[\"']?[ \\t]{0,3}:[ \\t]{0,3}\\\\?[\"']?([A-Za-z0-9+/._=-]{20,300})",
    flags: "i",
    isSecret: (secret) => !isPlaceholder(secret),
  },
];

/** The last is what stands between `user:` and `@`. */
function isUrlPassword(secret: string, before: string): boolean {
  const user = /:(?:\\?\/){2}([^:]*):$/.exec(before)?.[1] ?? "";
  const isItsUser = secret === user && classesOf(secret) < 2;
  return (
    secret.length >= 3 &&
    !isItsUser &&
    !isPlaceholder(secret) &&
    !/^\d{1,5}$/.test(secret) &&
    !/[{}[\]()]$|^[^\d]*\$$|\[\^/.test(secret)
  );
}
