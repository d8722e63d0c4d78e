/** Secrets as files and programs have them: configurations of many formats, constants of many languages, playbooks, pipelines. */
import { ALNUM, BASE64, DIGITS, HEX, LOWER, UPPER, URL_SAFE } from "./dice.ts";
import type { Dice } from "./dice.ts";
import { drawn } from "./told-secrets.ts";
import type { Drawn, ToldSecret } from "./told-secrets.ts";

const UP = UPPER + DIGITS;
const LOW = LOWER + DIGITS;
const made = (length: number) => (d: Dice) => d.from(ALNUM, length);
const hex = (length: number) => (d: Dice) => d.from(HEX, length);
const pass = (d: Dice) =>
  `${d.from(LOWER, 3)}${d.from(UPPER, 2)}${d.of(["@", "!", "-", "_", ".", "="])}${d.from(DIGITS, 3)}${d.from(ALNUM, 4)}`;
const simple = (d: Dice) => `${d.from(LOWER, 6)}${d.from(DIGITS, 4)}`;
const base64 = (text: string) => Buffer.from(text).toString("base64");

const FILED: readonly Drawn[] = [
  ["dotenv export", made(40), (s) => `export STRAPI_JWT_SECRET='${s}'`],
  ["dotenv bare", pass, (s) => `APP_ENV=prod\nMAIL_PASSWORD=${s}\nMAIL_PORT=587`],
  ["dotenv laravel", (d) => `base64:${d.from(BASE64, 43)}=`, (s) => `APP_NAME=Shop\nAPP_KEY=${s}\nAPP_DEBUG=false`],
  ["dotenv rails", hex(128), (s) => `SECRET_KEY_BASE=${s}`],
  ["rails master key", hex(32), (s) => `RAILS_MASTER_KEY=${s}`],
  ["yaml list", made(32), (s) => `tokens:\n  - name: ci\n    token: ${s}\n  - name: none\n`],
  ["yaml env list", pass, (s) => `        env:\n        - name: DB_PASSWORD\n          value: "${s}"\n        - name: PORT\n          value: "80"`],
  ["compose list", pass, (s) => `services:\n  db:\n    image: postgres:16\n    environment:\n      - POSTGRES_USER=app\n      - POSTGRES_PASSWORD=${s}\n`],
  ["compose map", simple, (s) => `    environment:\n      MYSQL_ROOT_PASSWORD: ${s}\n      MYSQL_DATABASE: shop\n`],
  ["k8s stringData", pass, (s) => `kind: Secret\nstringData:\n  username: app\n  password: ${s}\n`],
  ["k8s data password", (d) => base64(pass(d)), (s) => `kind: Secret\ntype: Opaque\ndata:\n  db-password: ${s}\n`],
  ["k8s data other", (d) => base64(made(24)(d)), (s) => `apiVersion: v1\nkind: Secret\nmetadata:\n  name: app\ndata:\n  hook: ${s}\n`],
  ["k8s dockerconfig", (d) => base64(`{"auths":{"r.internal":{"username":"ci","password":"${d.from(ALNUM, 20)}"}}}`), (s) => `data:\n  .dockerconfigjson: ${s}\ntype: kubernetes.io/dockerconfigjson`],
  ["kubectl literal", made(26), (s) => `kubectl create secret generic app --from-literal=api-key=${s}`],
  ["helm set", pass, (s) => `helm upgrade app ./chart --set postgresql.auth.password=${s} --wait`],
  ["terraform variable", pass, (s) => `resource "aws_db_instance" "main" {\n  username = "app"\n  password = "${s}"\n}`],
  ["tfvars", made(36), (s) => `region     = "eu-west-1"\napi_token  = "${s}"\n`],
  ["terraform default", made(30), (s) => `variable "github_token" {\n  type    = string\n  default = "${s}"\n}`],
  ["ansible var", pass, (s) => `- hosts: db\n  vars:\n    ansible_become_pass: "${s}"\n`],
  ["ansible inventory", simple, (s) => `web1 ansible_host=10.0.0.4 ansible_user=ana ansible_ssh_pass=${s}`],
  ["actions env", made(40), (s) => `      - run: ./publish\n        env:\n          PUBLISH_TOKEN: ${s}\n`],
  ["gitlab ci", made(28), (s) => `variables:\n  SONAR_TOKEN: "${s}"\n`],
  ["ini", pass, (s) => `[client]\nuser=root\npassword=${s}\n`],
  ["my.cnf quoted", pass, (s) => `[mysqldump]\nuser = backup\npassword = '${s}'\n`],
  ["properties", simple, (s) => `spring.datasource.username=app\nspring.datasource.password=${s}\n`],
  ["properties key", made(32), (s) => `stripe.webhook.secret=${s}`],
  ["gradle", pass, (s) => `signingConfigs { release { storePassword "${s}"\n keyAlias "up" } }`],
  ["maven", pass, (s) => `<server><id>nexus</id><username>ci</username><password>${s}</password></server>`],
  ["xml attribute", pass, (s) => `<add name="Smtp" host="mail" userName="relay" password="${s}" />`],
  ["web.config key", made(36), (s) => `<add key="ApiSecret" value="${s}" />`],
  ["plist", made(30), (s) => `<key>APIKey</key>\n<string>${s}</string>`],
  ["java constant", made(32), (s) => `private static final String API_SECRET = "${s}";`],
  ["java call", pass, (s) => `dataSource.setPassword("${s}");`],
  ["kotlin", made(30), (s) => `const val ACCESS_TOKEN: String = "${s}"`],
  ["go constant", made(40), (s) => `const apiToken = "${s}"`],
  ["go struct", pass, (s) => `opts := &redis.Options{Addr: "cache:6379", Password: "${s}", DB: 0}`],
  ["rust", made(36), (s) => `pub const SIGNING_KEY: &str = "${s}";`],
  ["python", made(50), (s) => `SECRET_KEY = "django-insecure-${s}"`],
  ["python dict", pass, (s) => `DATABASES = {"default": {"NAME": "shop", "USER": "app", "PASSWORD": "${s}"}}`],
  ["python argument", pass, (s) => `conn = psycopg2.connect(host="db", user="app", password="${s}")`],
  ["python environ", made(38), (s) => `os.environ["OPENWEATHER_API_KEY"] = "${s}"`],
  ["js fallback", made(32), (s) => `const secret = process.env.JWT_SECRET || "${s}";`],
  ["ts object", made(40), (s) => `export const config = { clientSecret: '${s}', scope: 'read' };`],
  ["ruby", made(32), (s) => `config.secret_token = '${s}'`],
  ["php define", pass, (s) => `define('DB_PASSWORD', '${s}');`],
  ["php array", made(30), (s) => `'api_key' => '${s}',`],
  ["wordpress salt", (d) => `${d.from(ALNUM, 20)}+${d.from(URL_SAFE, 40)}`, (s) => `define('AUTH_KEY',         '${s}');`],
  ["c#", made(34), (s) => `public string ApiKey { get; set; } = "${s}";`],
  ["swift", made(30), (s) => `let apiKey = "${s}"`],
  ["elixir", made(64), (s) => `config :app, AppWeb.Endpoint, secret_key_base: "${s}"`],
  ["appsettings", pass, (s) => `"ConnectionStrings": { "Main": "Server=db;Database=shop;User Id=sa;Password=${s};" }`],
  ["json nested", made(32), (s) => `{"providers":[{"id":"x","options":{"apiKey":"${s}"}}]}`],
  ["toml", made(32), (s) => `[registry]\ntoken = "${s}"`],
  ["cargo", (d) => `cio${d.from(ALNUM, 32)}`, (s) => `[registries.crates-io]\ntoken = "${s}"`],
  ["pypirc", (d) => `pypi-AgENdGVzdC5weXBpLm9yZw${d.from(URL_SAFE, 80)}`, (s) => `[pypi]\nusername = __token__\npassword = ${s}`],
  ["npmrc password", (d) => base64(pass(d)), (s) => `//r.internal/:_password="${s}"`],
  ["netrc lines", pass, (s) => `machine git.internal\n  login ana\n  password ${s}\n`],
  ["git credentials", made(40), (s) => `https://ana:${s}@git.internal`],
  ["ssh config", pass, (s) => `# ProxyJump pw: ${s}`],
  ["wpa supplicant", pass, (s) => `network={\n ssid="home"\n psk="${s}"\n}`],
  ["nmcli", pass, (s) => `nmcli dev wifi connect home password "${s}"`],
  ["wireguard psk", (d) => `${d.from(BASE64, 42)}8=`, (s) => `[Peer]\nPresharedKey = ${s}`],
  ["s3cfg", (d) => d.from(BASE64, 40), (s) => `access_key = AKIAQ2WX7TB5LPMN3RDZ\nsecret_key = ${s}`],
  ["aws profile", (d) => d.from(BASE64, 40), (s) => `[prod]\naws_access_key_id=AKIAQ2WX7TB5LPMN3RDZ\naws_secret_access_key=${s}\nregion=eu-west-1`],
  ["rclone", (d) => d.from(URL_SAFE, 44), (s) => `[b2]\ntype = b2\naccount = 0012\nkey = K001${s}\n`],
  ["restic", pass, (s) => `RESTIC_PASSWORD=${s} restic snapshots`],
  ["ldap", pass, (s) => `ldapsearch -x -D cn=admin,dc=x -w '${s}' -b dc=x`],
  ["mongo shell", pass, (s) => `db.createUser({user: "app", pwd: "${s}", roles: ["readWrite"]})`],
  ["openssl", pass, (s) => `openssl pkcs12 -in a.p12 -passin pass:${s} -nodes`],
  ["useradd", pass, (s) => `echo "ana:${s}" | chpasswd`],
  ["bundler", (d) => `${d.from(HEX, 8)}:${d.from(HEX, 8)}`, (s) => `BUNDLE_GEMS__CONTRIBSYS__COM=${s}`],
  ["shadow", (d) => `$6$${d.from(ALNUM, 12)}$${d.from(`${ALNUM}./`, 86)}`, (s) => `ana:${s}:19800:0:99999:7:::`],
  ["github oauth app", hex(40), (s) => `GITHUB_CLIENT_SECRET=${s}`],
  ["firebase admin", (d) => d.from(BASE64, 64), (s, d) => `"private_key": "-----BEGIN PRIVATE KEY-----\\n${s}\\n${d.from(BASE64, 64)}\\n-----END PRIVATE KEY-----\\n"`],
  ["yaml pem", (d) => d.from(BASE64, 64), (s, d) => `tls:\n  key: |\n    -----BEGIN PRIVATE KEY-----\n    ${d.from(BASE64, 64)}\n    ${s}\n    -----END PRIVATE KEY-----\n  port: 1`],
  ["pem base64", (d) => base64(`-----BEGIN PRIVATE KEY-----\n${d.from(BASE64, 64)}\n-----END PRIVATE KEY-----\n`), (s) => `data:\n  tls.crt: x\n  tls.key: ${s}`],
  ["sops age", (d) => `AGE-SECRET-KEY-1${d.from("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58)}`, (s) => `export SOPS_AGE_KEY=${s}`],
  ["twilio", hex(32), (s) => `client = Client("AC0123456789abcdef0123456789abcdef".swapcase(), auth_token="${s}")`],
  ["windows unattend", pass, (s) => `<AdministratorPassword><Value>${s}</Value></AdministratorPassword>`],
  ["azure sas string", (d) => encodeURIComponent(`${d.from(BASE64, 43)}=`), (s) => `SharedAccessSignature=sv=2024&ss=b&srt=o&sp=r&sig=${s}`],
  ["servicebus", (d) => `${d.from(BASE64, 43)}=`, (s) => `Endpoint=sb://x.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=${s}`],
  ["cosmos", (d) => `${d.from(BASE64, 86)}==`, (s) => `AccountEndpoint=https://x.documents.azure.com:443/;AccountKey=${s};`],
  ["sentry dsn secret", hex(32), (s, d) => `SENTRY_DSN=https://${d.from(HEX, 32)}:${s}@sentry.internal/4`],
  ["low-case token", (d) => d.from(LOW, 40), (s) => `deploy_token = ${s}`],
  ["upper key", (d) => Array.from({ length: 5 }, () => d.from(UP, 5)).join("-"), (s) => `License key: ${s}`],
]; // prettier-ignore

/** Each kind `rounds` times. */
export function filedSecrets(seed: number, rounds: number): readonly ToldSecret[] {
  return drawn(FILED, seed, rounds);
}
