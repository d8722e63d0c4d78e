/** Secrets that are known by the place where they stand: a part of a connection, a key of an account, a field of a file. */
import { BASE32, classesOf, isBase32, isCode, isPlaceholder, isRandom } from "../looks.ts";
import type { Rule } from "./rule.ts";

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
    kind: "Azure key",
    keywords: ["account.key."],
    pattern: `account\\.key\\.[\\w.-]{1,100}["'\\s,:=)]{1,6}([A-Za-z0-9+/]{86}==)`,
    flags: "i",
    entropy: 4.5,
  },
  {
    kind: "Twilio token",
    keywords: ["ac"],
    written: "AC",
    pattern: `AC[0-9a-f]{32}(?:\\\\?["']?[ \\t]{0,3}[,:][ \\t]{0,3}|[^\\n]{1,40}? token[ :=]{1,3})\\\\?["']?([0-9a-f]{32})(?![0-9a-f])`,
    entropy: 3,
  },
  {
    kind: "Cloudflare API key",
    keywords: ["dns cloudflare "],
    pattern: `dns cloudflare {1,3}([A-Za-z0-9_-]{40})(?![\\w-])`,
    isSecret: (secret) => isRandom(secret, 40),
  },
  {
    kind: "one-time password secret",
    keywords: ["oathtool"],
    pattern: `oathtool[ \\t][^\\n|;&]{0,120}?(?<=[ \\t"'])(?:((?:[a-z2-7]{4} ){3,15}[a-z2-7]{4})(?![A-Za-z0-9])|${BASE32})`,
    isSecret: (secret) => isBase32(secret) || /^[a-z2-7 ]+$/.test(secret),
  },
  {
    kind: "one-time password secret",
    keywords: ["otpauth://"],
    pattern: `otpauth://[^\\s"'<>]{1,300}?[?&]secret=([A-Za-z2-7]{16,128})`,
    isSecret: (secret) => !isPlaceholder(secret),
  },
  {
    kind: "API key",
    keywords: ["wandb login"],
    pattern: `wandb login(?: --[a-z-]{1,20})? ([0-9a-f]{40})(?![0-9a-f])`,
    entropy: 3,
  },
  {
    kind: "password",
    keywords: ["pwd={", "password={"],
    pattern: `(?:pwd|password)=\\{([^}"'$\\n]{4,100})\\}`,
    flags: "i",
    isSecret: (secret) => classesOf(secret) >= 3 && !isCode(secret) && !isPlaceholder(secret),
  },
  {
    kind: "secret",
    keywords: ["unseal key"],
    pattern: `unseal key(?: \\d{1,2})?: {1,3}([A-Za-z0-9+/]{43}[A-Za-z0-9+/=]|[0-9a-f]{64,66})`,
    flags: "i",
    entropy: 3,
  },
  {
    kind: "secret",
    keywords: ["client secret ", "client_secret ", "master.key"],
    pattern: `(?:client[ _]secret:? |master\\.key(?:[^\\n]{1,60}?(?<![0-9a-f])|[^\\n]{0,9}\\n))["'\`]?([0-9a-f]{32,64})(?![0-9a-f])`,
    flags: "i",
    entropy: 3,
  },
  {
    // As `CONFIG GET` of Redis prints it.
    kind: "password",
    keywords: ['"requirepass"\n'],
    isInWords: true,
    pattern: `"requirepass"\\n {0,4}2\\) "([^"\\n]{4,200})"`,
    isSecret: (secret) => !isPlaceholder(secret),
  },
  {
    // `kaggle.json`
    kind: "API key",
    keywords: ['"username"'],
    isInWords: true,
    pattern: `"username"\\s{0,3}:\\s{0,3}"[^"\\n]{1,60}"\\s{0,3},\\s{0,9}"key"\\s{0,3}:\\s{0,3}"([0-9a-f]{32})"`,
    entropy: 3,
  },
  {
    kind: "API key",
    keywords: ["?key=", "&key=", "?appid=", "&appid="],
    isInWords: true,
    pattern: `[?&](?:key|appid)=([A-Za-z0-9_-]{24,80})`,
    isSecret: (secret) => isRandom(secret, 24) && !isPlaceholder(secret),
  },
  {
    // Of IPsec.
    kind: "password",
    keywords: [': psk "', ': eap "', ': xauth "'],
    isInWords: true,
    pattern: `: (?:PSK|EAP|XAUTH) "([^"\\n]{4,200})"`,
    isSecret: (secret) => !isPlaceholder(secret),
  },
  {
    kind: "password",
    keywords: ["psk="],
    pattern: `psk="([^"\\n]{8,63})"`,
    isSecret: (secret) => !isPlaceholder(secret),
  },
  {
    kind: "password",
    keywords: ["wifi:"],
    pattern: `WIFI:(?:[TSHR]:(?:[^;\\\\\\n]|\\\\.){0,60};){0,4}P:((?:[^;\\\\\\n]|\\\\.){4,100});`,
  },
  {
    kind: "secret",
    keywords: ["secret_id", "secret-id", "secretid"],
    pattern: `secret[_-]?id["']?[ \\t]{0,3}[=:]?[ \\t]{0,3}["']?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})`,
    flags: "i",
  },
];
