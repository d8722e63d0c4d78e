/** Secrets that have no word to be found by: each pattern is run over the whole text, and begins where no character of it came before. */
import { classesOf, entropyOf, isMixed, isPlaceholder, isRandom, isShuffled, isTold } from "../looks.ts";

export interface Scanned {
  readonly kind: string;
  /** Its first group, at the end of the match, is the secret; without one all of it. */
  readonly pattern: RegExp;
  readonly isSecret: (secret: string) => boolean;
  /** What a text has where the pattern is run over it; any text unless given. */
  readonly where?: RegExp;
}

const CODES = /\b(?:recovery|backup|scratch)[ _-]?codes?\b/i;
/** In a line: of a command that prints a secret. */
const PRINTS = [
  String.raw`base64 (?:-[dD]|--decode)|@base64d|genkey|openssl rand|\bop read|\bop item get[^\n]{0,100}--reveal|\bpass show|\bbw unlock --raw`,
  String.raw`secrets versions access|initialAdminPassword|masterkey|print-access-token|get-access-token|get-login-password|\bgh auth token|heroku auth:token|kubectl[^\n]{0,80} create token`,
  String.raw`\| ?jq [^\n|]{0,60}?\.[\w."[\]-]{0,40}(?:passw|secret|token)`,
  String.raw`(?:^|[$#>;&|❯] ?|sudo )cat [^\s|;&]{0,100}(?:\.key|secrets?|tokens?|passw(?:or)?d|api[_-]?key)(?:\.txt)?(?=[ \t]*$)`,
].join("|");

const VERSION = /^[~^v]?\d{1,4}(?:\.\d{1,4}){1,3}(?:[-+][\w.]{1,30})?$/;

export const SCANNED: readonly Scanned[] = [
  {
    kind: "JWT",
    pattern:
      /(?<![A-Za-z0-9_-]|\bpk\.)ey[JK][A-Za-z0-9_-]{12,}\.[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]*){0,3}/g,
    isSecret: (secret) => /\d/.test(secret) && entropyOf(secret.slice(0, 2_000)) >= 3.5,
  },
  {
    kind: "Discord token",
    pattern:
      /(?<![A-Za-z0-9_.-])[MNO][A-Za-z0-9_-]{22,27}\.[A-Za-z0-9_-]{5,7}\.[A-Za-z0-9_-]{26,45}(?![A-Za-z0-9_.-])/g,
    isSecret: (secret) => entropyOf(secret) >= 3.8 && /\d/.test(secret),
  },
  {
    kind: "password",
    pattern:
      /^(?:[A-Za-z0-9_-]{1,60}(?:\.[A-Za-z0-9_-]{1,60}){1,6}|localhost|\*):(?:\d{2,5}|\*):[\w*-]{1,63}:[\w*.-]{1,63}:((?:[^\s:\\]|\\[:\\]){4,200})(?![^\s])/gm,
    isSecret: (secret) => !isPlaceholder(secret),
  },
  {
    // Names beyond Latin 1, which keywords cannot have.
    kind: "password",
    where: /[\u0430-\u044f\u3040-\u30ff\u4e00-\u9fff]/,
    pattern:
      /(?:\u043f\u0430\u0440\u043e\u043b[\u044c\u044f\u0435\u044e]|\u5bc6\u7801|\u5bc6\u78bc|\u30d1\u30b9\u30ef\u30fc\u30c9)[^\n:\uff1a]{0,60}[:\uff1a\u2014\u662f\u306f-] {0,3}["'`\u00ab]?([\w!-/:-@[-`{-~]{6,60})/gi,
    isSecret: (secret) => classesOf(secret) >= 3 && !isPlaceholder(secret),
  },
  {
    kind: "session cookie",
    pattern:
      /^[^\s#][^\s]{0,250}\t(?:TRUE|FALSE)\t[^\s]{1,250}\t(?:TRUE|FALSE)\t\d{1,12}\t[^\s]{1,100}\t([^\s]{20,4000})$/gm,
    isSecret: (secret) => isRandom(secret.slice(0, 200), 20),
  },
  {
    kind: "one-time password secret",
    pattern: /(?<![A-Za-z0-9])[A-Za-z2-7]{4}(?: [A-Za-z2-7]{4}){5,15}(?![A-Za-z0-9])/g,
    isSecret: (secret) => (secret.match(/\d/g)?.length ?? 0) >= 4 && /[g-z]/i.test(secret),
  },
  {
    kind: "secret",
    where: /\bkind\\?["']?:[ \t]{0,3}\\?["']?secret["']?[ \t]*$/im,
    pattern:
      /^[ \t]{1,8}[\w.-]{1,80}:[ \t]{1,4}(?:[|>][-+]?\n[ \t]{1,12})?["']?([A-Za-z0-9+/]{10,}={0,2})(?=["']?[ \t]*$)/gm,
    isSecret: isEncoded,
  },
  {
    kind: "AWS secret key",
    where: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/,
    pattern:
      /(?<![A-Za-z0-9/+])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])(?<=(?:AKIA|ASIA)[A-Z0-9]{16}[^A-Za-z0-9][\s\S]{0,160})/g,
    isSecret: (secret) =>
      classesOf(secret) >= 3 && entropyOf(secret) >= 4.2 && !secret.endsWith("EXAMPLEKEY"),
  },
  {
    kind: "recovery code",
    where: CODES,
    pattern:
      /^[ \t>*\d.)-]{0,8}((?:[a-z0-9]{4,5}-){1,2}[a-z0-9]{4,5}|\d{4} ?\d{4})(?=[ \t]*$)(?<=(?<!redacted: )(?:recovery|backup|scratch) codes?[\s\S]{0,700})/gim,
    isSecret: (secret) => /\d/.test(secret),
  },
  {
    kind: "recovery code",
    where: CODES,
    pattern:
      /(?<![\w-])(?:[a-z0-9]{5}-[a-z0-9]{5}|\d{4} \d{4})(?![\w-])(?<=(?<!redacted: )(?:recovery|backup|scratch) codes?[^\n.]{0,240})/gi,
    isSecret: (secret) => /\d/.test(secret),
  },
  {
    kind: "recovery code",
    where: CODES,
    pattern:
      /(?<=["'])[a-z0-9]{4,6}(?:-[a-z0-9]{4,6}){0,3}(?=\\?["'])(?<=(?:recovery|backup|scratch)[ _-]?codes?\\?["']?\s{0,3}[:=]\s{0,3}\[[^\]\n]{0,400})/gi,
    isSecret: (secret) => /\d/.test(secret),
  },
  {
    // Of an account of a chain, in a list.
    kind: "wallet key",
    where: /accounts\\?["']?\s{0,3}[:=]\s{0,3}\[/,
    pattern:
      /(?<![0-9a-zA-Z])(?:0x)?[0-9a-fA-F]{64}(?![0-9a-zA-Z])(?<=accounts\\?["']?\s{0,3}[:=]\s{0,3}\[[^\]]{0,400})/g,
    isSecret: (secret) => entropyOf(secret) >= 3,
  },
  {
    // As Bitcoin's programs import it.
    kind: "wallet key",
    pattern:
      /(?<![A-Za-z0-9])(?:[KL][1-9A-HJ-NP-Za-km-z]{51}|5[HJK][1-9A-HJ-NP-Za-km-z]{49})(?![A-Za-z0-9])/g,
    isSecret: (secret) => isMixed(secret) && entropyOf(secret) >= 4.5,
  },
  {
    kind: "network key",
    where: /network_?key/i,
    pattern:
      /(?<=network_?key["']?\s{0,3}[:=]\s{0,3})\[\s{0,4}(?:(?:0x[0-9a-f]{2}|\d{1,3}),\s{0,4}){15}(?:0x[0-9a-f]{2}|\d{1,3})\s{0,4}\]/gi,
    isSecret: (secret) => new Set(secret.match(/\w+/g)).size >= 10,
  },
  {
    // What was found of a hash.
    kind: "password",
    where: /hashcat|potfile|\bjohn\b/i,
    pattern: /^[0-9a-f]{32,128}:[^\s:]{4,60}$/gim,
    isSecret: () => true,
  },
  {
    // As Solana's programs write it.
    kind: "wallet key",
    where: /solana|keypair|secret_?key|\bid\.json/i,
    pattern: /\[\s{0,4}(?:\d{1,3},\s{0,4}){63}\d{1,3}\s{0,4}\]/g,
    isSecret: isBytes,
  },
  {
    kind: "seed phrase",
    where: /\b(?:seed|recovery|secret|backup) (?:phrase|words)|\bmnemonic\b/i,
    pattern:
      /(?<=(?:phrase|words|mnemonic)[^\n.]{0,30}(?: is| are|:|=|\n)[ \t\n"'`]{0,6})[a-z]{3,8}(?:[ \t\n]{1,2}[a-z]{3,8}){11}(?:[ \t\n]{1,2}[a-z]{3,8}){0,12}(?![ \t]?[\w'-])/g,
    isSecret: () => true,
  },
  {
    kind: "one-time password secret",
    where: /authenticator|two-factor|\b2fa\b|\bt?otp\b|set-?up key/i,
    pattern: /(?<![a-z0-9])[a-z2-7]{4}(?: [a-z2-7]{4}){3,15}(?![a-z0-9])/gi,
    isSecret: (secret) => (secret.match(/\d/g)?.length ?? 0) >= 2,
  },
  {
    // Behind the id of an account or a key, as arguments of a call.
    kind: "secret",
    where: /(?:\b(?:AC|SK)[0-9a-f]{32}|\brzp_(?:live|test)_[A-Za-z0-9]{14})["'`]/,
    pattern:
      /(?<![A-Za-z0-9])[A-Za-z0-9]{20,40}(?=["'`])(?<=(?:\b(?:AC|SK)[0-9a-f]{32}|\brzp_(?:live|test)_[A-Za-z0-9]{14})["'`]\s{0,3},\s{0,20}["'`][A-Za-z0-9]{20,40})/g,
    isSecret: (secret) => isRandom(secret, 20),
  },
  {
    // A line of what Windows keeps of its users.
    kind: "password hash",
    where: /:\d{3,6}:[0-9a-f]{32}:/i,
    pattern: /:\d{3,6}:[0-9a-f]{32}:([0-9a-f]{32})(?=:::)/gi,
    isSecret: (secret) => entropyOf(secret) >= 3,
  },
  {
    kind: "Bitwarden token",
    pattern:
      /(?<![\w.])0\.[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\.[A-Za-z0-9+/]{28,34}:[A-Za-z0-9+/]{22}==/g,
    isSecret: () => true,
  },
  {
    kind: "Azure key",
    where: /\baz \w|\bazure|cosmos|(?:account|master)key|service ?bus|event ?hub/i,
    pattern: /(?<![A-Za-z0-9+/]|sha512-)[A-Za-z0-9+/]{86}==(?![A-Za-z0-9+/=])/g,
    isSecret: (secret) => entropyOf(secret) >= 4.5,
  },
  {
    kind: "WireGuard key",
    where: /wireguard|\bwg\d/i,
    pattern: /(?<!public[ _-]?)\b(?:key|shared|private|preshared)["']?:[ \t]{0,3}["']?([A-Za-z0-9+/]{43}=)/g,
    isSecret: (secret) => isRandom(secret, 40),
  },
  {
    // The line that a command prints.
    kind: "secret",
    where: new RegExp(PRINTS, "im"),
    // Whether it is one is looked at once a line.
    pattern: new RegExp(
      String.raw`^(?=[^\n]{0,300}?(?:${PRINTS}))[^\n]{1,400}\n["']?([^\s"']{8,4000})(?=["']?[ \t]*$)`,
      "gim",
    ),
    isSecret: (secret) => isRandom(secret, 8) && !isPlaceholder(secret) && !VERSION.test(secret),
  },
  {
    kind: "password",
    where: /log ?in|account|password|credential|\bcreds\b/i,
    pattern: /@[A-Za-z0-9-]{1,40}(?:\.[A-Za-z0-9-]{1,40}){1,4} (?:[/|] |: ?)["'`]?([^\s"'`]{6,60})/g,
    isSecret: (secret) => isTold(secret) && !/^[\w.+-]+@/.test(secret),
  },
  {
    kind: "token",
    pattern: /(?<![A-Za-z0-9_.+/=%-])(?:[a-z]{2,12}\d?[_-]){1,3}[A-Za-z0-9]{30,200}(?![A-Za-z0-9_+/=-])/g,
    isSecret: isPrefixed,
  },
];

/** Of 64 bytes, at random. */
function isBytes(list: string): boolean {
  const bytes = list.match(/\d+/g)!.map(Number);
  return bytes.every((byte) => byte <= 255) && new Set(bytes).size >= 40;
}

/** As the data of a Secret of Kubernetes is. */
function isEncoded(secret: string): boolean {
  if (secret.length % 4 > 0) return false;
  const said = Buffer.from(secret, "base64").toString("latin1");
  return /^[\t\n\r\x20-\x7e]+$/.test(said) || (secret.length >= 32 && isRandom(secret, 32));
}

/** Letters large and small and digits at random behind a beginning in small letters: a token of somebody. */
function isPrefixed(secret: string): boolean {
  const [, start = "", rest = ""] = /^(.*[_-])([^_-]*)$/.exec(secret) ?? [];
  if (
    /^(?:sha|pk|pub|phc|publishable|css|index|chunk|main|vendor|req|msg|toolu|evt|price|prod|cus|chatcmpl|run|thread|asst|file|cs|in|ch|pi|sub|id)\d*[_-]/.test(
      start,
    )
  )
    return false;
  return (
    isShuffled(rest) && (rest.match(/\d/g)?.length ?? 0) >= 3 && isRandom(rest, 30) && entropyOf(rest) >= 4
  );
}
