/** Secrets that programs send with a request: in headers and cookies, and as they stand in files for that. */
import { isCode, isPlaceholder, isRandom } from "../looks.ts";
import type { Rule } from "./rule.ts";

const BASIC = "([A-Za-z0-9+/]{6,400}={0,2})";

/** Of a value, for how it looks. */
const LOOKED_AT = 64;

/** Behind the name of a header, and the scheme, where there is one. */
const OF_HEADER =
  "[a-z-]{7,20}\\\\?[\"']?[ \\t]{0,3}[:=,][ \\t]{0,3}\\\\?[\"'`]?(?!bearer|basic)(?:(?:token|apikey|api-key|key|digest|bot|negotiate|ssws|genie-?key|splunk)[ =]{1,3})?([A-Za-z0-9._~+/=:-]{10,300})";

export const HEADER_RULES: readonly Rule[] = [
  {
    kind: "Bearer token",
    keywords: ["bearer"],
    pattern:
      "bearer(?:[ \\t]|%20|\\+){1,4}(?:\\$\\{[\"']|[\"'] ?\\+ ?[\"']|[\"'])?([A-Za-z0-9._~+/=-]{10,300})",
    flags: "i",
    isSecret: (secret) => !isPlaceholder(secret) && !isCode(secret) && isRandom(secret, 10),
  },
  {
    kind: "Authorization header",
    keywords: ["authorization", "x-auth-token", "private-token"],
    pattern: OF_HEADER,
    flags: "i",
    isSecret: (secret) => !isPlaceholder(secret) && !isCode(secret) && isRandom(secret, 10),
  },
  {
    kind: "API key",
    keywords: ["x-api-key", "api-key"],
    pattern: OF_HEADER,
    flags: "i",
    isSecret: (secret) => !isPlaceholder(secret) && !isCode(secret) && isRandom(secret, 10),
  },
  {
    kind: "Basic credentials",
    keywords: ["basic"],
    pattern: `basic[ \\t]{1,4}(?:["'] ?\\+ ?["'])?${BASIC}`,
    flags: "i",
    isSecret: isUserAndPassword,
  },
  {
    // The answer to "Password:", in base64.
    kind: "password",
    keywords: ["ugfzc3dvcmq6"],
    written: "UGFzc3dvcmQ6",
    pattern: "UGFzc3dvcmQ6(?:\\r?\\n|\\\\[nr]){1,2}(?:[A-Z>]{1,3}:? {1,3})?([A-Za-z0-9+/]{4,200}={0,2})",
    isSecret: (secret) =>
      secret.length % 4 === 0 && /^[\x20-\x7e]+$/.test(Buffer.from(secret, "base64").toString("latin1")),
  },
  {
    kind: "registry credentials",
    keywords: ["auth", "_auth"],
    pattern: `auth\\\\?["']?[ \\t]{0,5}[:=][ \\t]{0,5}\\\\?["']?${BASIC}`,
    flags: "i",
    isSecret: isUserAndPassword,
  },
  {
    kind: "session cookie",
    keywords: ["sessionid=", "phpsessid=", "jsessionid=", "connect.sid=", "_session=", "session_id=", "sid="],
    isInWords: true,
    pattern: "[a-z_.]{3,12}=([A-Za-z0-9%._~+/=-]{20,300})",
    flags: "i",
    // `ACCOUNT_SID`, as Twilio has them.
    isSecret: (secret) =>
      isRandom(secret.slice(0, LOOKED_AT), 20) &&
      !isPlaceholder(secret.slice(0, LOOKED_AT)) &&
      !/^[A-Z]{2}[0-9a-f]{32}$/.test(secret),
  },
  {
    kind: "session cookie",
    keywords: ["jsessionid", "phpsessid", "connect.sid"],
    pattern: `[a-z.]{9,11}\\\\?["']\\s{0,3}[:,=]\\s{0,3}\\\\?["']([A-Za-z0-9%._~+/=:-]{20,300})`,
    flags: "i",
    isSecret: (secret) => isRandom(secret, 20) && !isPlaceholder(secret),
  },
];

function isUserAndPassword(secret: string): boolean {
  const [user, ...password] = Buffer.from(secret, "base64").toString("latin1").split(":");
  const said = password.join(":");
  return user !== undefined && said.length >= 3 && /^[\x20-\x7e]+$/.test(user + said) && !isPlaceholder(said);
}
