/** Tokens that are known by how they begin, where the kept rules do not know them or want them exact to a character. */
import { entropyOf, isShuffled } from "../looks.ts";
import type { Rule } from "./rule.ts";

const ALNUM = "[A-Za-z0-9]";
const WORD = "[A-Za-z0-9_-]";
const DOTTED = "[A-Za-z0-9_.=-]";
const BASE64 = "[A-Za-z0-9+/=_-]";
const HEX = "[A-Fa-f0-9]";
/** A longer token is followed to its end once it is known to be one. */
const MOST = 120;
/** Of them, for how they look. */
const LOOKED_AT = 64;

/** Kind, beginnings as they are written, characters after them, how many at least. */
const BEGINNINGS: readonly (readonly [kind: string, beginnings: string, characters: string, least: number])[] = [
  ["GitHub token", "ghp_ gho_ ghu_ ghs_ ghr_", ALNUM, 30],
  ["GitHub token", "github_pat_", "[A-Za-z0-9_]", 30],
  ["GitLab token", "glpat- glptt- gldt- glrt- glrtr- glft- glimt- glagent- gloas- glsoat- glffct- glcbt- GR1348941", DOTTED, 18],
  ["Slack token", "xoxb- xoxp- xoxa- xoxr- xoxs- xoxo- xoxe- xoxc- xoxd- xoxe.xoxp- xoxe.xoxb- xapp-", "[A-Za-z0-9%-]", 12],
  ["Stripe key", "sk_live_ sk_test_ sk_prod_ rk_live_ rk_test_ rk_prod_ sk_org_", "[A-Za-z0-9_]", 14],
  ["webhook secret", "whsec_", "[A-Za-z0-9+/=]", 20],
  ["Google API key", "AIza", WORD, 33],
  ["Google token", "ya29. GOCSPX-", DOTTED, 20],
  ["Google token", "1//0", WORD, 30],
  ["OpenAI key", "sk-proj- sk-svcacct- sk-admin- sk-None-", WORD, 20],
  ["Anthropic key", "sk-ant-", WORD, 20],
  ["OpenRouter key", "sk-or-v1-", ALNUM, 32],
  ["Groq key", "gsk_", ALNUM, 24],
  ["xAI key", "xai-", ALNUM, 24],
  ["Replicate token", "r8_", ALNUM, 24],
  ["Perplexity key", "pplx-", ALNUM, 24],
  ["Hugging Face token", "hf_ api_org_", ALNUM, 26],
  ["Pinecone key", "pcsk_", "[A-Za-z0-9_]", 30],
  ["LangSmith key", "lsv2_pt_ lsv2_sk_", "[A-Za-z0-9_]", 24],
  ["Docker Hub token", "dckr_pat_ dckr_oat_", WORD, 16],
  ["1Password token", "ops_eyJ", BASE64, 40],
  ["DigitalOcean token", "dop_v1_ doo_v1_ dor_v1_", ALNUM, 30],
  ["PyPI token", "pypi-", WORD, 40],
  ["npm token", "npm_", ALNUM, 28],
  ["RubyGems key", "rubygems_", HEX, 32],
  ["crates.io token", "cio", ALNUM, 32],
  ["NuGet key", "oy2", "[a-z0-9]", 40],
  ["Vault token", "hvs. hvb. hvr.", WORD, 20],
  ["age secret key", "AGE-SECRET-KEY-1 age-secret-key-1 AGE-SECRET-KEY-PQ-1", "[A-Z0-9a-z]", 40],
  ["Linear key", "lin_api_ lin_oauth_", ALNUM, 28],
  ["Notion token", "ntn_ secret_", ALNUM, 38],
  ["Airtable token", "pat", "[A-Za-z0-9]{14}\\.[a-f0-9]{50,80}", 0],
  ["Sentry token", "sntrys_ sntryu_ sntrya_", BASE64, 30],
  ["Shopify token", "shpat_ shpca_ shppa_ shpss_ shptka_", HEX, 28],
  ["Square token", "sq0atp- sq0csp- sq0idp- EAAA", WORD, 22],
  ["PlanetScale token", "pscale_tkn_ pscale_pw_ pscale_oauth_", DOTTED, 28],
  ["Doppler token", "dp.pt. dp.st. dp.ct. dp.sa. dp.scim. dp.audit.", "[A-Za-z0-9_.-]", 30],
  ["Heroku key", "HRKU-", WORD, 30],
  ["Databricks token", "dapi dkea dose", "[a-f0-9]{30,34}(?:-\\d{1,2})?", 0],
  ["Postman key", "PMAK-", "[a-f0-9]{20,26}-[a-f0-9]{30,36}", 0],
  ["Postman key", "PMAT-", ALNUM, 24],
  ["Netlify token", "nfp_ nfc_ nfo_ nfu_", ALNUM, 30],
  ["Vercel token", "vcp_ vci_ vca_ vcr_ vck_ vercel_blob_rw_", "[A-Za-z0-9_]", 24],
  ["Supabase key", "sbp_ sb_secret_", WORD, 28],
  ["Fly.io token", "fo1_ fm1r_ fm1a_ fm2_", BASE64, 30],
  ["Render key", "rnd_", ALNUM, 20],
  ["SendGrid key", "SG.", "[A-Za-z0-9_-]{16,30}\\.[A-Za-z0-9_-]{30,60}", 0],
  ["Mailgun key", "key-", "[a-f0-9]{32}", 0],
  ["Twilio key", "SK", "[a-f0-9]{32}", 0],
  ["Mapbox secret token", "sk.eyJ", "[A-Za-z0-9_-]{20,300}\\.[A-Za-z0-9_-]{16,200}", 0],
  ["New Relic key", "NRAK- NRII- NRIQ- NRBR- NRRA-", WORD, 20],
  ["Honeycomb key", "hcaik_ hcaic_ hcalk_ hcamk_ hcbik_ hcbmk_", "[a-z0-9]", 26],
  ["Grafana token", "glc_ glsa_ eyJrIjoi", BASE64, 30],
  ["Pulumi token", "pul-", HEX, 36],
  ["Atlassian token", "ATATT3 ATCTT3 ATBB", "[A-Za-z0-9_=-]", 24],
  ["Alibaba access key", "LTAI", ALNUM, 16],
  ["Sourcegraph token", "sgp_", "[A-Fa-f0-9_]", 40],
  ["SonarQube token", "sqp_ squ_ sqa_", HEX, 36],
  ["Tailscale key", "tskey-", WORD, 20],
  ["Figma token", "figd_ figu_ figo_", WORD, 30],
  ["CircleCI token", "CCIPAT_ CCIPRJ_", "[A-Za-z0-9_]", 24],
  ["Buildkite token", "bkua_ bkpt_", ALNUM, 36],
  ["Contentful token", "CFPAT-", WORD, 36],
  ["Resend key", "re_", "[A-Za-z0-9]{6,10}_[A-Za-z0-9]{20,30}", 0],
  ["Neon key", "napi_", ALNUM, 40],
  ["HubSpot token", "pat-na1- pat-na2- pat-eu1-", "[a-f0-9-]", 30],
  ["LaunchDarkly key", "sdk- api- mob-", "[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}", 0],
  ["AWS Bedrock API key", "bedrock-api-key-", BASE64, 30],
  ["AWS session token", "IQoJb3JpZ2lu FwoGZXIvYXdz FQoGZXIvYXdz", "[A-Za-z0-9+/=_%-]", 60],
  ["Yandex key", "AQVN", WORD, 30],
  ["ElevenLabs key", "sk_", "[a-f0-9]{48}", 0],
  ["Dropbox token", "sl.", DOTTED, 60],
  ["Backblaze key", "K000 K001 K002 K003 K004 K005", BASE64, 26],
  ["Cloudflare token", "cfat_ cfut_ cfk_", WORD, 30],
  ["Plaid token", "access-production- access-development- access-sandbox-", "[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}", 0],
  ["registry credentials", "eyJwYXlsb2FkIjoi", BASE64, 60],
  ["service account", "eyJ0eXBlIjoic2VydmljZV9hY2NvdW50 ewogICJ0eXBlIjogInNlcnZpY2VfYWNjb3VudCIs eyJ0eXBlIjogInNlcnZpY2VfYWNjb3VudCIs", BASE64, 60],
  ["wallet key", "xprv yprv zprv tprv uprv vprv", ALNUM, 60],
]; // prettier-ignore

const ESCAPED = /[.*+?^${}()|[\]\\/]/g;

function beginsWith(kind: string, written: string, characters: string, least: number): Rule {
  const after = least === 0 ? `${characters}(?![A-Za-z0-9])` : `${characters}{${least},${MOST}}`;
  const pattern = `${written.replace(ESCAPED, String.raw`\$&`)}${after}`;
  return {
    kind,
    keywords: [written.toLowerCase()],
    written,
    pattern,
    isSecret: isMadeAtRandom(written, least),
  };
}

/** After its beginning: not `ghp_xxxxxxxxx…`, nor words. What begins again is the next one, so that what follows decides nothing. */
function isMadeAtRandom(written: string, least: number) {
  return (secret: string) => {
    const [rest = ""] = secret.slice(written.length, written.length + LOOKED_AT).split(written, 1);
    if (rest.length < least) return false;
    if (!/\d/.test(rest)) return rest.length >= 16 && isShuffled(rest) && entropyOf(rest) >= 3.4;
    return entropyOf(rest) >= (rest.length < 24 ? 2.6 : 2.9);
  };
}

export const TOKEN_RULES: readonly Rule[] = BEGINNINGS.flatMap(([kind, beginnings, characters, least]) =>
  beginnings.split(" ").map((written) => beginsWith(kind, written, characters, least)),
);
