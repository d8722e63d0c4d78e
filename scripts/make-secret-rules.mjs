/**
 * Makes `src/redaction/rules/kept-rules.ts` from the rules of gitleaks: `node scripts/make-secret-rules.mjs PATH/config/gitleaks.toml`.
 *
 * A rule becomes a line: what people call it, its keywords, the least entropy, what stands before its secret as it is written, and
 * the pattern from the keyword on. Every repetition gets a bound, so that no pattern can cost more than its length says.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { parse } from "smol-toml";

const TARGET = "src/redaction/rules/kept-rules.ts";
/** No secrets, or what `own-rules.ts` and `named-values.ts` know better. */
const LEFT_OUT =
  /client-id|access-id$|-public-key|pub-key|pub-api-key|user-api-id|mapbox|^generic|^private-key|^kubernetes|^curl|^nuget|^pkcs12|^jwt|^aws-access|^azure-ad|^facebook-access|^hashicorp|^maxmind|^openai|^anthropic|^microsoft-teams|^github|^gitlab|^slack|^sourcegraph|^vault|^cisco|^cohere|^okta|^privateai|^sumologic|^gcp|^stripe|^huggingface|^1password-service|^digitalocean|^shopify|^npm|^pypi|^sentry-(?:org|user)|^age|^databricks|^sendgrid|^linear-api|^notion|^postman|^perplexity|^planetscale|^doppler|^flyio|^airtable-pers|^square-|^grafana|^pulumi|^rubygems|^heroku-api-key-v2|^sidekiq|^twilio|^atlassian|^freemius|^yandex-aws|aws-amazon-bedrock-api-key-short-lived$|^alibaba-access|^new-relic-browser/;

const NAMED_START = "(?i)[\\w.-]{0,50}?(?:";
const NAMED_MIDDLE =
  ")(?:[ \\t\\w.-]{0,20})[\\s'\"]{0,3}(?:=|>|:{1,3}=|\\|\\||:|=>|\\?=|,)[\\x60'\"\\s=]{0,5}(";
const END = "(?:[\\x60'\"\\s;]|\\\\[nr]|$)";
const MOST = 200;

const BRANDS = {
  api: "API", npm: "npm", jfrog: "JFrog", aws: "AWS", adafruit: "Adafruit", airtable: "Airtable", easypost: "EasyPost",
  launchdarkly: "LaunchDarkly", messagebird: "MessageBird", newrelic: "New Relic", sendbird: "Sendbird", sendinblue: "Brevo",
  droneci: "Drone CI", travisci: "Travis CI", kucoin: "KuCoin", rapidapi: "RapidAPI", frameio: "Frame.io", twitter: "Twitter",
  nytimes: "New York Times", gocardless: "GoCardless", freshbooks: "FreshBooks", readme: "ReadMe", openshift: "OpenShift",
  settlemint: "SettleMint", clickhouse: "ClickHouse", linkedin: "LinkedIn", intra42: "Intra42", hubspot: "HubSpot",
}; // prettier-ignore
const COMMON =
  /^(?:access|api|app|application|bearer|client|cloud|config|delivery|encryption|global|identity|insert|key|license|lived|long|org|origin|ca|pat|personal|password|private|reference|refresh|secret|service|session|short|signing|test|token|tkn|upload|user|account|ad|admin|amazon)$/;

function kindOf(id) {
  return id
    .split("-")
    .map((word) => BRANDS[word] ?? (COMMON.test(word) ? word : word[0].toUpperCase() + word.slice(1)))
    .join(" ")
    .replace("AWS amazon Bedrock API key long lived", "AWS Bedrock API key")
    .replace(/\bca\b/, "CA");
}

/** The pattern as JavaScript has it; all letters alike where a part of it asks for that. */
function toJavaScript(source) {
  return source
    .replaceAll("(?i)", "")
    .replaceAll(/\(\?-?i:/g, "(?:")
    .replaceAll(/\(\?P<\w+>/g, "(?:")
    .replaceAll("[[:alnum:]]", "[A-Za-z0-9]")
    .replaceAll("(?s:.)", "[\\s\\S]")
    .replaceAll("\\z", "$")
    .replaceAll("\\x60", "\\x60")
    .replace(/\{(\d+),\}/g, (_, least) => `{${least},${Number(least) + MOST}}`)
    .replace(/(?<!\\)\+(?=[)\\[(|]|$)(?![^[]*\])/g, `{1,${MOST}}`)
    .replace(/(?<!\\)\*(?=[)\\[(|]|$)(?![^[]*\])/g, `{0,${MOST}}`);
}

const ends = (body, isOpen) => (isOpen ? body : `${body}(?![\\w-])`);

function lineOf({ id, regex, keywords, entropy = 0 }) {
  const [kind, words] = [kindOf(id), keywords.map((word) => word.toLowerCase())];
  if (regex.startsWith(NAMED_START) && regex.includes(NAMED_MIDDLE)) {
    const value = regex.slice(regex.indexOf(NAMED_MIDDLE) + NAMED_MIDDLE.length, -(END.length + 1));
    const names = regex.slice(NAMED_START.length, regex.indexOf(NAMED_MIDDLE)).split("|");
    const plain = names.every((name) => /^[a-z_-]+$/i.test(name))
      ? names.map((name) => name.toLowerCase())
      : words;
    return [
      "named",
      kind,
      plain.join(" "),
      Math.max(entropy, 2.7),
      "",
      toJavaScript(value).replace(/(?<!\\)\((?!\?)/g, "(?:"),
    ];
  }
  const isOpen = /,\}|\+\)?$/.test(regex.replace(END, ""));
  const body = regex
    .replace(END, "")
    .replace(/^(?:\(\?i\))?(?:\\b)?/, "")
    .replace(/\\b$/, "");
  const isLoose = regex.startsWith("(?i)");
  const exact = isLoose ? "" : (/^\(?([\w-]|\\\.)*/.exec(body)?.[0] ?? "").replace(/[(\\]/g, "");
  const inserted = /\(\?i[):]/.test(body);
  const letter = exact.length > 0 && words.find((word) => exact.toLowerCase().startsWith(word));
  const flags = isLoose || inserted ? "i" : "";
  return [
    "token",
    kind,
    words.join(" "),
    entropy,
    letter ? exact.slice(0, letter.length) : "",
    ends(toJavaScript(body), isOpen),
    flags,
  ];
}

const { rules } = parse(readFileSync(process.argv[2], "utf8"));
const kept = rules.filter(({ id, regex }) => regex !== undefined && !LEFT_OUT.test(id));
const lines = kept.map((rule) => lineOf(rule).join("\t"));
for (const line of lines) {
  const [, , , , , pattern, flags = ""] = line.split("\t");
  RegExp(pattern, `y${flags}`);
  if (/`|\$\{/.test(line)) throw new Error(`cannot stand in a template: ${line}`);
}
writeFileSync(
  TARGET,
  `/**
 * Rules of gitleaks 8.30.1 (config/gitleaks.toml), Copyright (c) 2019 Zachary Rice, MIT License: see THIRD-PARTY-NOTICES.md.
 * Made by \`scripts/make-secret-rules.mjs\`; not written by hand.
 *
 * A line is a rule: how it is found (\`named\`: a name, then a value; \`token\`: by itself), kind, keywords, least entropy, how its
 * beginning is written, pattern, flags.
 */
export const KEPT_RULES = String.raw\`
${lines.join("\n")}
\`;
`,
);
console.log(`${lines.length} rules`);
