/** Secrets of no one: in the shapes that makers give them, from a fixed seed, put where people have them. */
import { ALNUM, BASE64, Dice, DIGITS, HEX, LOWER, UPPER, URL_SAFE } from "./dice.ts";

export interface Planted {
  readonly kind: string;
  /** What must not be stored. */
  readonly secret: string;
  readonly text: string;
}

type Make = (dice: Dice) => string;

const uuid: Make = (d) => [8, 4, 4, 4, 12].map((length) => d.from(HEX, length)).join("-");
const upper = UPPER + DIGITS;
const password: Make = (d) =>
  `${d.from(LOWER, 4)}${d.from(UPPER, 2)}${d.from(DIGITS, 2)}${d.of(["!", "#", "%", "&", "*", "^"])}${d.from(ALNUM, 3)}7`;

/** Tokens that are what they look like, wherever they stand. */
export const TOKENS: Readonly<Record<string, Make>> = {
  "AWS access key": (d) => `AKIA${d.from(`${UPPER}234567`, 16)}`,
  "AWS session key": (d) => `ASIA${d.from(`${UPPER}234567`, 16)}`,
  "GitHub classic": (d) => `ghp_${d.from(ALNUM, 36)}`,
  "GitHub fine-grained": (d) => `github_pat_${d.from(ALNUM, 22)}_${d.from(ALNUM, 59)}`,
  "GitHub app": (d) => `ghs_${d.from(ALNUM, 36)}`,
  GitLab: (d) => `glpat-${d.from(URL_SAFE, 20)}`,
  "Slack bot": (d) => `xoxb-${d.from(DIGITS, 12)}-${d.from(DIGITS, 12)}-${d.from(ALNUM, 24)}`,
  "Stripe live": (d) => `sk_live_${d.from(ALNUM, 24)}`,
  "Stripe restricted": (d) => `rk_live_${d.from(ALNUM, 99)}`,
  "Stripe webhook": (d) => `whsec_${d.from(ALNUM, 32)}`,
  Google: (d) => `AIza${d.from(URL_SAFE, 35)}`,
  "Google OAuth": (d) => `GOCSPX-${d.from(URL_SAFE, 28)}`,
  JWT: (d) =>
    `eyJhbGciOiJIUzI1NiJ9.${Buffer.from(`{"sub":"${d.from(DIGITS, 9)}","n":"${d.from(ALNUM, 9)}"}`).toString("base64url")}.${d.from(URL_SAFE, 43)}`,
  OpenAI: (d) => `sk-proj-${d.from(URL_SAFE, 74)}T3BlbkFJ${d.from(URL_SAFE, 74)}`,
  "OpenAI old": (d) => `sk-${d.from(ALNUM, 20)}T3BlbkFJ${d.from(ALNUM, 20)}`,
  Anthropic: (d) => `sk-ant-api03-${d.from(URL_SAFE, 93)}AA`,
  Groq: (d) => `gsk_${d.from(ALNUM, 52)}`,
  xAI: (d) => `xai-${d.from(ALNUM, 80)}`,
  Replicate: (d) => `r8_${d.from(ALNUM, 37)}`,
  "Hugging Face": (d) => `hf_${d.from(ALNUM, 34)}`,
  "Docker Hub": (d) => `dckr_pat_${d.from(URL_SAFE, 27)}`,
  "1Password": (d) => `ops_eyJ${d.from(BASE64, 300)}`,
  DigitalOcean: (d) => `dop_v1_${d.from(HEX, 64)}`,
  PyPI: (d) => `pypi-AgEIcHlwaS5vcmc${d.from(URL_SAFE, 90)}`,
  npm: (d) => `npm_${d.from(ALNUM, 36)}`,
  Vault: (d) => `hvs.${d.from(URL_SAFE, 95)}`,
  age: (d) => `AGE-SECRET-KEY-1${d.from("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58)}`,
  Linear: (d) => `lin_api_${d.from(ALNUM, 40)}`,
  Notion: (d) => `ntn_${d.from(DIGITS, 11)}${d.from(ALNUM, 35)}`,
  Airtable: (d) => `pat${d.from(ALNUM, 14)}.${d.from(HEX, 64)}`,
  Sentry: (d) => `sntryu_${d.from(HEX, 64)}`,
  Shopify: (d) => `shpat_${d.from(HEX, 32)}`,
  Square: (d) => `sq0atp-${d.from(URL_SAFE, 22)}`,
  PlanetScale: (d) => `pscale_tkn_${d.from(URL_SAFE, 43)}`,
  Doppler: (d) => `dp.pt.${d.from(ALNUM, 43)}`,
  Terraform: (d) => `${d.from(ALNUM, 14)}.atlasv1.${d.from(ALNUM, 67)}`,
  Heroku: (d) => `HRKU-AA${d.from(URL_SAFE, 58)}`,
  Databricks: (d) => `dapi${d.from(HEX, 32)}`,
  Postman: (d) => `PMAK-${d.from(HEX, 24)}-${d.from(HEX, 34)}`,
  Netlify: (d) => `nfp_${d.from(ALNUM, 36)}`,
  Supabase: (d) => `sbp_${d.from(HEX, 40)}`,
  Fly: (d) => `fm2_${d.from(BASE64, 160)}`,
  Render: (d) => `rnd_${d.from(ALNUM, 28)}`,
  SendGrid: (d) => `SG.${d.from(URL_SAFE, 22)}.${d.from(URL_SAFE, 43)}`,
  Twilio: (d) => `SK${d.from(HEX, 32)}`,
  "New Relic": (d) => `NRAK-${d.from(upper, 27)}`,
  Telegram: (d) => `${d.from("123456789", 10)}:AA${d.from(URL_SAFE, 33)}`,
  Discord: (d) => `M${d.from(ALNUM, 23)}.${d.from(ALNUM, 6)}.${d.from(ALNUM, 38)}`,
  "Tailscale": (d) => `tskey-auth-${d.from(ALNUM, 17)}-${d.from(ALNUM, 32)}`,
  Pulumi: (d) => `pul-${d.from(HEX, 40)}`,
  "keepsake recovery key": (d) =>
    `KS${d.from(upper, 3)}${Array.from({ length: 11 }, () => `-${d.from(upper, 5)}`).join("")}`,
}; // prettier-ignore

/** Where a token stands: prose, env file, JSON, code, log, shell, URL, quoted in JSON that is quoted. */
const PLACES: readonly ((token: string, d: Dice) => string)[] = [
  (token) => `I rotated it this morning, the new one is ${token}, please do not lose it.`,
  (token, d) => `NODE_ENV=production\nSERVICE_${d.from(UPPER, 3)}=${token}\nPORT=8080\n`,
  (token) => `{\n  "region": "eu-west-1",\n  "value": "${token}"\n}`,
  (token) => `const client = new Client('${token}', { retries: 3 });`,
  (token) => `2026-11-29T08:14:02.113Z WARN upstream refused (${token}) after 3 tries`,
  (token) => `$ ./deploy.sh --env prod "${token}" && echo done`,
  (token) => `curl -s https://api.internal.dev/v1/things?k=${token}`,
  (token) => `the tool printed "{\\n  \\"v\\": \\"${token}\\"\\n}" and ended`,
];

/** Secrets that are known by what stands around them. */
export const IN_PLACE: Readonly<Record<string, (d: Dice) => readonly [secret: string, text: string]>> = {
  "AWS secret key": (d) => both(d.from(BASE64, 40), (s) => `aws_secret_access_key = ${s}`),
  "Postgres URL": (d) =>
    both(password(d).replaceAll(/[#%^]/g, "_"), (s) => `DATABASE_URL=postgresql://app:${s}@db-1.internal:5432/shop?sslmode=require`),
  "Redis URL": (d) => both(d.from(ALNUM, 24), (s) => `connects to redis://:${s}@cache.internal:6379/0 at start`),
  "MongoDB URL": (d) => both(d.from(ALNUM, 16), (s) => `mongoose.connect("mongodb+srv://svc:${s}@c0.ab1cd.mongodb.net/app")`),
  "AMQP URL": (d) => both(d.from(ALNUM, 18), (s) => `broker: amqps://worker:${s}@mq.internal/vhost`),
  "https URL": (d) => both(d.from(ALNUM, 20), (s) => `git clone https://deploy:${s}@git.internal/team/app.git`),
  Bearer: (d) => both(d.from(URL_SAFE, 40), (s) => `curl -H "Authorization: Bearer ${s}" https://api.internal/v2/me`),
  Basic: (d) => both(Buffer.from(`svc:${d.from(ALNUM, 14)}`).toString("base64"), (s) => `Authorization: Basic ${s}`),
  "Azure SAS": (d) => both(`${d.from(ALNUM, 40)}%2B${d.from(ALNUM, 2)}%3D`, (s) => `https://x.blob.core.windows.net/c/f.zip?sv=2024-11-04&sr=b&sp=r&se=2027-01-01&sig=${s}`),
  "Azure account key": (d) => both(`${d.from(BASE64, 86)}==`, (s) => `DefaultEndpointsProtocol=https;AccountName=logs;AccountKey=${s};EndpointSuffix=core.windows.net`),
  "Discord webhook": (d) => both(d.from(URL_SAFE, 68), (s) => `posts to https://discord.com/api/webhooks/${d.from("123456789", 18)}/${s}`),
  "Slack webhook": (d) => both(`T${d.from(upper, 9)}/B${d.from(upper, 9)}/${d.from(ALNUM, 24)}`, (s) => `SLACK=https://hooks.slack.com/services/${s}`),
  "env password": (d) => both(password(d), (s) => `export DB_PASSWORD='${s}'`),
  "YAML password": (d) => both(password(d).replaceAll("#", "_"), (s) => `db:\n  user: app\n  password: ${s}\n  port: 5432`),
  "TOML key": (d) => both(d.from(ALNUM, 32), (s) => `[server]\napi_key = "${s}"\n`),
  "JSON secret": (d) => both(d.from(URL_SAFE, 44), (s) => `{"clientId":"web","clientSecret":"${s}"}`),
  "code password": (d) => both(password(d), (s) => `await login({ user: "ana", password: "${s}" });`),
  "prose password": (d) => both(password(d), (s) => `for the staging box the password is ${s} until Friday`),
  "RSA key": (d) => both(lines(d, 12), (s) => `-----BEGIN RSA PRIVATE KEY-----\n${s}\n-----END RSA PRIVATE KEY-----`),
  "OpenSSH key": (d) => both(lines(d, 6), (s) => `here:\n    -----BEGIN OPENSSH PRIVATE KEY-----\n${s.replaceAll(/^/gm, "    ")}\n    -----END OPENSSH PRIVATE KEY-----\nthanks`),
  "PGP key": (d) => both(lines(d, 8), (s) => `-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v2\n\n${s}\n=${d.from(BASE64, 4)}\n-----END PGP PRIVATE KEY BLOCK-----`),
  "service account": (d) => both(lines(d, 10), (s) => `{"type":"service_account","private_key":"-----BEGIN PRIVATE KEY-----\\n${s.replaceAll("\n", "\\n")}\\n-----END PRIVATE KEY-----\\n","client_email":"a@b.iam.gserviceaccount.com"}`),
  "cut-off key": (d) => both(lines(d, 5), (s) => `-----BEGIN EC PRIVATE KEY-----\n${s}`),
  WireGuard: (d) => both(`${d.from(BASE64, 42)}E=`, (s) => `[Interface]\nPrivateKey = ${s}\nAddress = 10.0.0.2/32`),
  netrc: (d) => both(password(d), (s) => `machine git.internal login ana password ${s}`),
  pgpass: (d) => both(d.from(ALNUM, 15), (s) => `db-1.internal:5432:shop:app:${s}`),
  "docker auth": (d) => both(Buffer.from(`ana:${d.from(ALNUM, 20)}`).toString("base64"), (s) => `{"auths":{"registry.internal":{"auth":"${s}"}}}`),
  kubeconfig: (d) => both(d.from(ALNUM, 48), (s) => `users:\n- name: admin\n  user:\n    token: ${s}`),
  htpasswd: (d) => both(`$apr1$${d.from(ALNUM, 8)}$${d.from(ALNUM, 22)}`, (s) => `ana:${s}`),
  "curl -u": (d) => both(d.from(ALNUM, 14), (s) => `curl -sS -u ana:${s} https://ci.internal/job/app/build`),
  sshpass: (d) => both(password(d), (s) => `sshpass -p '${s}' ssh root@10.0.0.4`),
  "mysql -p": (d) => both(d.from(ALNUM, 14), (s) => `mysql -h db.internal -u root -p${s} shop < dump.sql`),
  "--password": (d) => both(password(d).replaceAll(/[&*#]/g, "_"), (s) => `./run --user ana --password ${s} --verbose`),
  "npmrc": (d) => both(uuid(d), (s) => `//registry.internal/:_authToken=${s}`),
  "Heroku uuid": (d) => both(uuid(d), (s) => `HEROKU_API_KEY=${s}`),
  Datadog: (d) => both(d.from(HEX, 32), (s) => `DD_API_KEY=${s}`),
  Cloudflare: (d) => both(d.from(URL_SAFE, 40), (s) => `CLOUDFLARE_API_TOKEN: ${s}`),
  Mailgun: (d) => both(`key-${d.from(HEX, 32)}`, (s) => `mailgun: ${s}`),
  Algolia: (d) => both(d.from(HEX, 32), (s) => `algoliasearch("APPID12345", { apiKey: "${s}" })`),
}; // prettier-ignore

function both(secret: string, text: (secret: string) => string): readonly [string, string] {
  return [secret, text(secret)];
}

function lines(d: Dice, count: number): string {
  return Array.from({ length: count }, (_, at) => d.from(BASE64, at === count - 1 ? 44 : 64)).join("\n");
}

/** As many as asked for, each kind about as often as another. */
export function plantedSecrets(count: number, seed: number): readonly Planted[] {
  const dice = new Dice(seed);
  const makers = [
    ...Object.entries(TOKENS).map(([kind, make]) => ({ kind, make: (at: number) => {
      const secret = make(dice);
      return { secret, text: PLACES[at % PLACES.length]!(secret, dice) };
    } })),
    ...Object.entries(IN_PLACE).map(([kind, make]) => ({ kind, make: () => {
      const [secret, text] = make(dice);
      return { secret, text };
    } })),
  ]; // prettier-ignore
  return Array.from({ length: count }, (_, at) => {
    const { kind, make } = makers[at % makers.length]!;
    return { kind, ...make(at + Math.floor(at / makers.length)) };
  });
}

/** Nothing of a secret that is long enough to be of use stands in the text: its lines, where it has some. */
export function standsIn(secret: string, text: string): boolean {
  const parts = secret.split("\n").filter((part) => part.length >= 6);
  return parts.some(
    (part) => text.includes(part) || text.includes(part.slice(0, Math.ceil(part.length * 0.6))),
  );
}
