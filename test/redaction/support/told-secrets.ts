/** Secrets as people tell them: in sentences, code fences, logs, dumps of HTTP, commands of many shells. */
import { ALNUM, BASE64, Dice, DIGITS, HEX, LOWER, UPPER, URL_SAFE } from "./dice.ts";

type Told = readonly [kind: string, make: (d: Dice) => string, text: (secret: string, d: Dice) => string];

const UP = UPPER + DIGITS;
const LOW = LOWER + DIGITS;
const SIGNS = ["!", "$", "%", "*", "+", "?", "~", "^"];
const uuid = (d: Dice) => [8, 4, 4, 4, 12].map((length) => d.from(HEX, length)).join("-");
/** Six to sixteen characters of three kinds, as password managers make them. */
const strong = (d: Dice) =>
  `${d.from(ALNUM, 7)}${d.of(SIGNS)}${d.from(UPPER, 1)}${d.from(DIGITS, 2)}${d.from(LOWER, 3)}`;
/** As people choose them. */
const chosen = (d: Dice) =>
  `${d.of(["Harbour", "Winter", "Zebra", "Lighthouse", "Granite"])}${d.from(DIGITS, 3)}${d.of(SIGNS)}`;
const basic = (d: Dice) => Buffer.from(`${d.from(LOWER, 6)}:${strong(d)}`).toString("base64");
const jwt = (d: Dice) =>
  [`{"alg":"RS256","kid":"${d.from(HEX, 8)}"}`, `{"sub":"${d.from(DIGITS, 8)}","iat":1732900000}`]
    .map((part) => Buffer.from(part).toString("base64url"))
    .concat(d.from(URL_SAFE, 342))
    .join(".");
const line = (d: Dice) => d.from(BASE64, 64);

const TOLD: readonly Told[] = [
  ["token: here it is", (d) => d.from(ALNUM, 40), (s) => `here's the token: ${s} — use it only for staging`],
  ["token in backticks", (d) => d.from(ALNUM, 32), (s) => `The API key you asked for is \`${s}\`, valid for a week.`],
  ["password in prose", chosen, (s) => `My wifi password is ${s} if you need it`],
  ["password, changed to", strong, (s) => `I changed the root password to "${s}" yesterday`],
  ["password in brackets", strong, (s) => `log in as ops (password: ${s}) and restart it`],
  ["user and password", strong, (s) => `credentials for grafana:\nuser: admin\npass: ${s}\n`],
  ["login line", strong, (s) => `Login: svc-deploy / Password: ${s}`],
  ["fence env", (d) => d.from(URL_SAFE, 43), (s) => `Put this in the file:\n\`\`\`env\nSESSION_SECRET="${s}"\nPORT=3000\n\`\`\``],
  ["fence json", (d) => d.from(ALNUM, 48), (s) => `\`\`\`json\n{ "app": { "auth": { "refreshToken": "${s}" } } }\n\`\`\``],
  ["json in json", (d) => d.from(ALNUM, 36), (s) => JSON.stringify({ body: JSON.stringify({ user: 7, access_token: s }) })],
  ["json thrice", strong, (s) => JSON.stringify({ m: JSON.stringify({ n: JSON.stringify({ password: s }) }) })],
  ["log query", (d) => d.from(HEX, 40), (s) => `10.0.0.9 - - [29/Nov/2026:10:11:12 +0000] "GET /hook?id=4&token=${s}&v=2 HTTP/1.1" 200 31`],
  ["log key value", (d) => d.from(ALNUM, 28), (s) => `level=info msg="refreshed" client=web api_key=${s} ms=31`],
  ["http cookie", (d) => d.from(URL_SAFE, 64), (s) => `GET /me HTTP/1.1\r\nHost: app.internal\r\nCookie: theme=dark; sessionid=${s}; lang=en\r\n`],
  ["http set-cookie", (d) => d.from(ALNUM, 44), (s) => `HTTP/1.1 200 OK\r\nSet-Cookie: auth_token=${s}; Path=/; HttpOnly\r\n`],
  ["http bearer", (d) => d.from(URL_SAFE, 52), (s) => `> POST /v2/graphql HTTP/2\n> host: api.internal\n> authorization: Bearer ${s}\n> accept: */*`],
  ["http basic", basic, (s) => `PROXY-AUTHORIZATION: Basic ${s}`],
  ["http private header", (d) => d.from(LOW, 36), (s) => `X-Vault-Token: ${s}`],
  ["http custom header", (d) => d.from(HEX, 32), (s) => `-H 'X-Shop-Api-Key: ${s}'`],
  ["httpie", strong, (s) => `http -a ana:${s} GET https://api.internal/things`],
  ["wget", strong, (s) => `wget --user=ana --password='${s}' https://files.internal/a.zip`],
  ["curl form", (d) => d.from(ALNUM, 30), (s) => `curl -d grant_type=client_credentials -d client_id=web -d client_secret=${s} https://id.internal/token`],
  ["curl json", strong, (s) => `curl -X POST https://id.internal/login -d '{"username":"ana","password":"${s}"}'`],
  ["curl over lines", (d) => d.from(ALNUM, 18), (s) => `curl -sS \\\n  -X PUT \\\n  -u "ana:${s}" \\\n  https://nexus.internal/x`],
  ["powershell env", (d) => d.from(ALNUM, 34), (s) => `PS C:\\Users\\ana> $env:DEPLOY_TOKEN = "${s}"`],
  ["powershell secure", strong, (s) => `$pw = ConvertTo-SecureString "${s}" -AsPlainText -Force`],
  ["setx", (d) => d.from(ALNUM, 30), (s) => `setx NUGET_API_KEY "${s}" /M`],
  ["cmd set", (d) => d.from(ALNUM, 24), (s) => `set DB_PASSWORD=${s}\r\nstart.bat`],
  ["fish", (d) => d.from(ALNUM, 33), (s) => `set -x NPM_AUTH_TOKEN ${s}`],
  ["net use", strong, (s) => `net use Z: \\\\nas\\share /user:ana ${s}`],
  ["psql url encoded", () => "p%40ss%2Fw0rd%21xZ", (s) => `psql "postgresql://app:${s}@10.1.2.3:5432/shop"`],
  ["jdbc", strong, (s) => `jdbc:sqlserver://db;user=sa;password=${s};encrypt=true`],
  ["odbc", strong, (s) => `Server=tcp:db.internal,1433;Initial Catalog=shop;User ID=app;Password=${s};Encrypt=True;`],
  ["sql identified", strong, (s) => `CREATE USER 'app'@'%' IDENTIFIED BY '${s}';`],
  ["sql alter role", strong, (s) => `ALTER ROLE app WITH LOGIN PASSWORD '${s}';`],
  ["redis auth", (d) => d.from(ALNUM, 24), (s) => `127.0.0.1:6379> AUTH ${s}\nOK`],
  ["dropbox", (d) => `sl.${d.from(URL_SAFE, 136)}`, (s) => `dropbox gave me ${s}`],
  ["gmail app password", (d) => [1, 2, 3, 4].map(() => d.from(LOWER, 4)).join(" "), (s) => `the app password for gmail: ${s}`],
  ["otpauth", (d) => d.from(`${UPPER}234567`, 32), (s) => `otpauth://totp/Shop:ana?secret=${s}&issuer=Shop`],
  ["totp seed", (d) => d.from(`${UPPER}234567`, 32), (s) => `2FA secret: ${s}`],
  ["jwt RS256", jwt, (s) => `the id_token it returned was\n${s}\nand it expires tonight`],
  ["slack app", (d) => `xapp-1-A${d.from(UP, 10)}-${d.from(DIGITS, 13)}-${d.from(HEX, 64)}`, (s) => `socket mode wants ${s}`],
  ["mapbox", (d) => `sk.eyJ1Ijoi${d.from(ALNUM, 60)}.${d.from(URL_SAFE, 22)}`, (s) => `MAPBOX=${s}`],
  ["azure devops", (d) => d.from(LOW, 52), (s) => `AZURE_DEVOPS_EXT_PAT=${s}`],
  ["datadog app key", (d) => d.from(HEX, 40), (s) => `datadog app key = ${s}`],
  ["pagerduty", (d) => `u+${d.from(ALNUM, 18)}`, (s) => `Authorization: Token token=${s}`],
  ["okta", (d) => `00${d.from(URL_SAFE, 40)}`, (s) => `Authorization: SSWS ${s}`],
  ["jenkins", (d) => `11${d.from(HEX, 32)}`, (s) => `java -jar jenkins-cli.jar -auth ana:${s} list-jobs`],
  ["cohere", (d) => d.from(ALNUM, 40), (s) => `co = cohere.Client("${s}")`],
  ["mistral", (d) => d.from(ALNUM, 32), (s) => `MISTRAL_API_KEY=${s}`],
  ["deepseek", (d) => `sk-${d.from(HEX, 32)}`, (s) => `deepseek wants ${s}`],
  ["google service refresh", (d) => `1//0${d.from(URL_SAFE, 99)}`, (s) => `refresh ${s}`],
  ["heroku pg", (d) => d.from(HEX, 64), (s) => `postgres://ucl3k:p${s}@ec2-1-2-3-4.compute-1.amazonaws.com:5432/d9`],
  ["snowflake", strong, (s) => `snowsql -a ab12345 -u ana --password ${s}`],
  ["ftp", strong, (s) => `ftp://ana:${s.replaceAll(/[?^%]/g, "_")}@ftp.internal/pub`],
  ["smtp", strong, (s) => `smtp host mail.internal, user relay, password ${s}`],
  ["new password", strong, (s) => `Neues Passwort: ${s}`],
  ["mot de passe", chosen, (s) => `le mot de passe est ${s}`],
  ["contraseña", chosen, (s) => `la contraseña es ${s}`],
  ["passphrase", (d) => `${d.from(LOWER, 6)}-${d.from(LOWER, 5)}-${d.from(DIGITS, 3)}-${d.from(LOWER, 7)}`, (s) => `passphrase: "${s}"`],
  ["uuid secret", uuid, (s) => `client secret = ${s}`],
  ["pem in chat", line, (s, d) => `my key:\n> -----BEGIN RSA PRIVATE KEY-----\n> ${line(d)}\n> ${s}\n> ${line(d)}\n> -----END RSA PRIVATE KEY-----`],
  ["pem cut", line, (s, d) => `-----BEGIN PRIVATE KEY-----\n${line(d)}\n${s}\n${line(d)}\n[...]`],
  ["pem in one line", line, (s, d) => `KEY="-----BEGIN EC PRIVATE KEY-----\\n${line(d)}\\n${s}\\n-----END EC PRIVATE KEY-----\\n"`],
  ["pem with headers", line, (s, d) => `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,${d.from(HEX, 32)}\n\n${line(d)}\n${s}\n-----END RSA PRIVATE KEY-----`],
  ["putty", line, (s, d) => `PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nComment: ana\nPublic-Lines: 2\n${line(d)}\n${d.from(BASE64, 16)}\nPrivate-Lines: 1\n${s}\nPrivate-MAC: ${d.from(HEX, 64)}`],
]; // prettier-ignore

export interface ToldSecret {
  readonly kind: string;
  readonly secret: string;
  readonly text: string;
}

/** Each kind `rounds` times. */
export function toldSecrets(seed: number, rounds: number): readonly ToldSecret[] {
  return drawn(TOLD, seed, rounds);
}

export type Drawn = Told;

export function drawn(kinds: readonly Told[], seed: number, rounds: number): readonly ToldSecret[] {
  const dice = new Dice(seed);
  return Array.from({ length: rounds }, () =>
    kinds.map(([kind, make, text]) => {
      const secret = make(dice);
      return { kind, secret, text: text(secret, dice) };
    }),
  ).flat();
}
