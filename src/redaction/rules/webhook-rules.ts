/** Addresses that whoever knows them may post to, or ask. */
import { entropyOf, isRandom } from "../looks.ts";
import type { Rule } from "./rule.ts";

export const WEBHOOK_RULES: readonly Rule[] = [
  {
    kind: "Discord webhook",
    keywords: ["/api/webhooks/", "/api\\/webhooks\\/"],
    isInWords: true,
    pattern: "/api\\\\?/webhooks\\\\?/\\d{15,21}\\\\?/([A-Za-z0-9_-]{30,100})",
    isSecret: (secret) => isRandom(secret, 30),
  },
  {
    kind: "Slack webhook",
    keywords: ["hooks.slack.com/", "hooks.slack.com\\/"],
    pattern: "hooks\\.slack\\.com\\\\?/(?:services|workflows|triggers)\\\\?/([A-Za-z0-9+/\\\\_-]{20,120})",
    isSecret: (secret) => /\d/.test(secret) && entropyOf(secret) >= 3,
  },
  {
    kind: "Teams webhook",
    keywords: ["webhook.office.com/", "logic.azure.com"],
    isInWords: true,
    pattern: "(?:webhook\\.office|logic\\.azure)\\.com(?::443)?/([^\\s\"'<>]{30,300})",
    isSecret: (secret) => /\d/.test(secret) && entropyOf(secret) >= 3,
  },
  {
    kind: "webhook",
    keywords: ["hooks.zapier.com/", "hook.eu1.make.com/", "hook.us1.make.com/", "webhook.site/"],
    pattern: "[a-z0-9.]{8,20}/(?:hooks/catch/)?([A-Za-z0-9/_-]{12,100})",
    isSecret: (secret) => isRandom(secret, 12),
  },
  {
    kind: "API key",
    keywords: ["alchemy.com/", "alchemyapi.io/", "infura.io/", "quiknode.pro/", "ankr.com/"],
    pattern: "[a-z.]{8,14}/(?:ws/)?(?:v\\d/)?(?:[a-z_]{2,20}/)?([A-Za-z0-9_-]{24,80})",
    isSecret: (secret) => isRandom(secret, 24),
  },
  {
    kind: "link that lets in",
    keywords: ["reset-password/", "password-reset/", "password/reset/", "magic-link/", "/invite/"],
    isInWords: true,
    pattern: "(?:reset-password|password-reset|password/reset|magic-link|/invite)/([A-Za-z0-9_-]{32,200})",
    isSecret: (secret) => isRandom(secret, 32),
  },
  {
    kind: "private address",
    keywords: ["/private-"],
    isInWords: true,
    pattern: "/private-([0-9a-f]{32})/",
    entropy: 3,
  },
];
