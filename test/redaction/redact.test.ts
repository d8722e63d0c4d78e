import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { LIMITS } from "../../src/base/limits.ts";
import { createRedaction } from "../../src/redaction/redact.ts";
import { lookAlikes } from "./support/look-alikes.ts";
import { IN_PLACE, plantedSecrets, standsIn, TOKENS } from "./support/made-secrets.ts";
import { Dice } from "./support/dice.ts";
import { filedLookAlikes } from "./support/filed-look-alikes.ts";
import { filedSecrets } from "./support/filed-secrets.ts";
import { toldLookAlikes } from "./support/told-look-alikes.ts";
import { toldSecrets } from "./support/told-secrets.ts";

const redact = createRedaction();
const kindsIn = (text: string) => [...redact(text).kinds.keys()];

describe("secrets", () => {
  it("are replaced, two hundred of ninety kinds, wherever they stand", () => {
    const planted = plantedSecrets(200, 2_026);
    expect(new Set(planted.map(({ kind }) => kind)).size).toBeGreaterThanOrEqual(85);
    const missed = planted.filter(({ secret, text }) => standsIn(secret, redact(text).text));
    expect(missed).toEqual([]);
  });

  it.each([
    ["told", toldSecrets(515, 3), 60],
    ["in files", filedSecrets(516, 3), 80],
  ])("are replaced as they are %s", (_name, secrets, kinds) => {
    expect(new Set(secrets.map(({ kind }) => kind)).size).toBeGreaterThanOrEqual(kinds);
    const missed = secrets.filter(({ secret, text }) => standsIn(secret, redact(text).text));
    expect(missed).toEqual([]);
  });

  it("are replaced alone: what stands around them is as it was", () => {
    const { text, kinds } = redact(
      "DATABASE_URL=postgresql://app:Vk39sLq0aZ@db.internal:5432/shop\nthe lamp is at Skarvik\n",
    );
    expect(text).toBe(
      "DATABASE_URL=postgresql://app:[redacted: password in a URL]@db.internal:5432/shop\nthe lamp is at Skarvik\n",
    );
    expect(kinds).toEqual(new Map([["password in a URL", 1]]));
  });

  it.each([
    ["export DB_PASSWORD='tR9!kwQz2'", "export DB_PASSWORD='[redacted: password]'"],
    ['{"apiKey":"9f8a7b6c5d4e3f2a1b0c"}', '{"apiKey":"[redacted: API key]"}'],
    [
      'curl -H "Authorization: Bearer k3J9sLq0aZx71TmQw" https://a.example',
      'curl -H "Authorization: Bearer [redacted: Bearer token]" https://a.example',
    ],
    ["the password for the box is Summer2024! now", "the password for the box is [redacted: password] now"],
    ["mysql -u root -pq8Zr2mLx shop", "mysql -u root -p[redacted: password] shop"],
  ])("leaves the sentence: %s", (given, expected) => {
    expect(redact(given).text).toBe(expected);
  });

  it("of AWS are known by the id in front of them, all of them", () => {
    const keys = ["GPzEyoL8EsaJd/wyXxQPplH8ACyjkz4jmBQlm7kQ", "b8Rm/XwQ2LzTt4VnY6cKp0HsJdFg9uAe3iOq5WxZ"];
    const { text, kinds } = redact(`name,id,secret\nci,AKIA3KX7QZ5PLM2NTR8V,${keys.join(",")},https://x`);
    expect(text).toBe(
      "name,id,secret\nci,[redacted: AWS access key],[redacted: AWS secret key],[redacted: AWS secret key],https://x",
    );
    expect(kinds.get("AWS secret key")).toBe(2);
  });

  it("are counted by kind", () => {
    const dice = new Dice(4);
    const [one, other] = [TOKENS["GitHub classic"]!(dice), TOKENS["GitHub classic"]!(dice)];
    const slack = TOKENS["Slack bot"]!(dice);
    const { kinds } = redact(`${one} and ${other}, then ${slack}`);
    expect(kinds).toEqual(new Map([["GitHub token", 2], ["Slack token", 1]])); // prettier-ignore
  });

  it("are known inside JSON that is text, where a line end is written out", () => {
    const token = TOKENS["GitHub app"]!(new Dice(8));
    expect(kindsIn(`"first line\\n${token}\\nlast line"`)).toEqual(["GitHub token"]);
  });

  it.each([
    ["the colour of a terminal", "\u001b[31m"],
    ["a colour, escaped", String.raw`\u001b[1;31m`],
    ["a colour, escaped as shells do", String.raw`\033[0m`],
    ["an equals sign in an address", "a%3Ftoken%3D"],
    ["a blank in an address", "to%20"],
    ["a quotation mark, escaped", String.raw`"x\u0022`],
    ["a byte, escaped", String.raw`x\x22`],
    ["an equals sign in a mail", "token=3D"],
  ])("are found behind %s", (_name, before) => {
    for (const token of ["GitHub app", "GitLab"].flatMap((name) => TOKENS[name]?.(new Dice(8)) ?? []))
      expect(redact(`${before}${token} and on`).text).toMatch(/\[redacted: [^\]]+\] and on$/);
    expect(kindsIn(`${before}AKIAQ3EGRBWQ7ZL5XK2M.`)).toEqual(["AWS access key"]);
  });

  it("are found with hidden characters in them, and go with these", () => {
    const token = TOKENS["GitHub app"]!(new Dice(8));
    for (const hidden of ["\u200b", "\u00ad", "\u2060", "\ufe0f"]) {
      const given = `👍🏽${hidden}see ${token.slice(0, 9)}${hidden}${token.slice(9, 20)}${hidden}${token.slice(20)}, there`;
      expect(redact(given).text).toBe(`👍🏽${hidden}see [redacted: GitHub token], there`);
    }
  });

  it("end with the next field of an address, and not with a sign that stands in them", () => {
    expect(redact("wifi password is Tr0ub4dor&3 now").text).toBe("wifi password is [redacted: password] now");
    const given = "https://x.dev/?token=Zk3vQ9xL0pRt7WmB2yHs&page=2";
    expect(redact(given).text).toBe("https://x.dev/?token=[redacted: token]&page=2");
  });

  it.each([
    [
      "pNCTLF5yDyBHJnOIwH3rbO1bz+NwmL4A5kP5AKsX",
      "aws configure set aws_secret_access_key ~ --profile staging",
    ],
    ["kT9vRz2Qa8fLmN3pXw5yBc7dEe1gHh4iJj6kKl0o", "aws secret ~ is the one of prod"],
    ["q9Wm".repeat(4) + "ZtR1".repeat(5) + "+w==", "az storage blob list --account-key ~ -c images"],
    [`${"l4pmIWfg8CNAt+FdSFWTusuM".repeat(3)}f09/swqVXcg9N+==`, "regenerated it, key1 is now ~ from today"],
    ["ora9Tiger55x", 'getConnection("jdbc:oracle:thin:scott/~@//ora01:1521/XE")'],
    ["zx-81-Lantern", '-ADMIN_PASSWORD=\n+ADMIN_PASSWORD="~"'],
    ["mellow-otter-93", 'Login with jane@acme.example / pw "~" and look'],
    ["Gr8wall99x", "login jane / pw ~"],
    ["q9Lz18kk", "password:\n  ~\n"],
    ["Sonne#4412", "Das Passwort lautet ~, bitte nicht weitergeben."],
    ["kHz83Lmq", "Passwort für den Testserver: ~"],
    ["Feuer!Wehr112", "Ich habe das Passwort auf ~ geändert"],
    ["ef155839e8834f9e329d1784715092fc", 'twilio("ACe9a7f9659bcb17771b228183c62512ad", "~")'],
    ["5909219b233f01b9fd0f954a2aeb51a3a3fd7a74", 'curl -H "DD-APPLICATION-KEY: ~"'],
    ["7A4FJBAZWW5IRWCKK4ZI2QFCFDJIMHWB", "oathtool --totp -b ~"],
    ["7JYXD7VNDQUEM2BV6BZM7XODY4", 'authenticator.generate("~")'],
    ["django-insecure-ra*rm4^qe4v-mupn_7&l+ru0b!ljhj682o)r54zfxr4prcy^=*", "SECRET_KEY = '~'"],
    ["keyboard-walrus-19", "SESSION_SECRET=~"],
    ["R3dis.Crab", "redis-server --requirepass ~"],
    [
      "Vortex-pine-12",
      "kubectl create secret generic db --from-literal=username=app --from-literal=password=~",
    ],
    ["pl4ybook-Wren", "echo '~' > .vault_pass && ansible-playbook site.yml"],
    ["0rchid$Field", "CREATE LOGIN svc WITH PASSWORD = N'~', CHECK_POLICY = OFF;"],
    ["S1lver!Sp00n", "SET PASSWORD FOR 'root'@'localhost' = PASSWORD('~');"],
    ["J4vaBean$92", 'DriverManager.getConnection("jdbc:oracle:thin:@db:1521/XE", "system", "~")'],
    ["a2a5ae49b63964ae4dd33686dd873fa4", "algoliasearch('BNSKDN115B', '~')"],
    ["fcd354aaf21a0f1fbefe96cbaec4a1cd0bfa09e7", "wandb login ~"],
    ["iupuawgfkzuymiwg", "SMTP_PASS=~"],
    ["hunter-Gat3way", "please use ~ as the password for the test account"],
    ["k4ffeeMaschine", "nimm ~ als Passwort"],
    ["Mistral-Soleil9", "utilise ~ comme mot de passe"],
    ["S0lyLuna!", "usa ~ como contraseña"],
    ["B1gBlueBus", "you can sign in with login: admin / ~"],
    ["Hut&Stock17", "Zugangsdaten: admin / ~"],
    ["o08enbe5u4jui50eu077jrcq", "la clé API est ~, ne la commite pas"],
    ["x8Kd!20lampe", "le mot de passe est «~»"],
    ["Äröß€üßÖwä", "DB_PASSWORD=~"],
    ["Fl0ck&Sheep9!", "- **Password:** `~`"],
    ["Fl0ck&Sheep9!", "*password:* ~"],
    ["Fl0ck&Sheep9!", "Password: **~**"],
    ["Fl0ck&Sheep9!", "| Password | ~ |"],
    ["Fl0ck&Sheep9!", "<td>Password</td><td>~</td>"],
    ["Fl0ck&Sheep9!", "<b>Password:</b> ~"],
    ["Fl0ck&Sheep9!", "Password:\n~\n"],
    ["Fl0ck&Sheep9!", "## Password\n\n~\n"],
    ["Fl0ck&Sheep9!", "password:\u00a0~"],
    ["Fl0ck&Sheep9!", "password：~"],
    ["Fl0ck&Sheep9!", "密码：~"],
    ["Fl0ck&Sheep9!", "Мой пароль: ~"],
    ["Fl0ck&Sheep9!", String.raw`"postgres:\/\/admin:~@db\/x"`],
    ["Fl0ck&Sheep9!", "PASSWORD\u001b[m\u001b[K=~"],
    ["Fl0ck&Sheep9!", "zip -P ~ a.zip b"],
    ["Fl0ck&Sheep9!", "smbclient -U bob%~ //srv/x"],
    ["Fl0ck&Sheep9!", "echo '~' | sudo -S ls"],
    ["Fl0ck&Sheep9!", "az login -u x -p ~"],
    ["Fl0ck&Sheep9!", "enable secret ~"],
    ["Fl0ck&Sheep9![redacted]", 'PASSWORD="~"'],
    ["Mockingb1rd!Q7x", "DB_PASSWORD=~"],
    ["Penny-Moor-14", "openssl pkcs12 -export -in a.pem -out b.p12 -passout pass:~"],
    ["Smoked4Paprika", "sqlplus stock/~@//ora19.acme.example:1521/DB"],
    ["qr5pjd.l4f8svkn0j1yo263", "kubeadm join 10.11.0.5:6443 --token ~ --x"],
    ["Oleander$teich8", "line 14 has a hard-coded password (`~`)."],
    ["Bq6-lumenOtter", "I see that the login is `grafana` / `~`."],
    ["FYGOEFMB6GMTGKEHLA3GMACJ3F", "MFA_SEED=~"],
    ["ea033b66001925ed71f21cc57de37d20", "client id 7d20c4be and client secret ~, redirect is x"],
    ["03401013d1f68b2d9a666c6ca50cbcef", "rails wants config/master.key, ours contains ~ so"],
    ["qT4bVx8Kp2mZ7cLw9RsYd1FhJ6nGa3eUi5oXtPzWv0B=", "Unseal Key 1: ~"],
    ["4f9c0d7be21a6835d0f4b7c19e2a8d6350c7e4b1f92a3d8867e5c0b41f7a2d93", "sentry auth token (old style): ~"],
    ["ribbonfarmer", "SMTP_PASS=~"],
    ["amber anchor drifts south", 'export RESTIC_PASSWORD="~"'],
    ["Gnocchi4Sonntag", 'props.setProperty("password", "~");'],
    ["pump!Haus_West", 'smtp.PlainAuth("", "alerts@acme.example", "~", "smtp.acme.example")'],
    ["Falter$trick8", "new PDO('mysql:host=db;dbname=news', 'news', '~')"],
    ["schaum-55-Pils", 'connect("host=pg.internal user=brewer password=~ connect_timeout=5")'],
    ["Zr8IpWGTUe5VCxJU7FUyuBrGPsWl6Mt", ".acme.example\tTRUE\t/\tTRUE\t1767225600\tsid\t~"],
    ["duene Egmond 1971", 'psk="~"'],
    ["gyss fa75 i5c2 pxbe qtpm kqrp 4lg4 nk2z", "enter this key by hand: ~ ."],
    ["z167gum1FoRuHbolItoditHRsC2WtIErm4cDgV9J", "a client id and a client secret, ~, valid a year"],
    ["#vlvng3)hf^92n#nn#ume3%1-ox%t-x8c@vpbt!bqj", 'SECRET_KEY = "~"'],
    ["be7fb9a3aa69c588e2211d2d35dbbb2a6be2d23e94253417d29fc44b61160ad1", 'key, _ := hex.DecodeString("~")'],
    [
      "I4pShZFC8ZrXbeg/fT3pG+h8msMlc+T1ah9sdbEl7oX8nrEHAluvtdgDW1+In81LJK6yc+jecsblnAk2vnXK6+==",
      'spark.conf.set("fs.azure.account.key.lake4.dfs.core.windows.net", "~")',
    ],
    [
      "c6d892aa68bfcc8c928344b16103485a",
      "our sid is AC1c292be01e4fc2d031c41885221c25f6, the auth token ~, which goes first?",
    ],
    ["IKXVuuEomFKB8KyVQ3JYmzSgnYNPPtPQvv9PBmGG", "tls { dns cloudflare ~ }"],
    ["kwYPnqwYo8kwQj1qH9CstFpS", "client = Jira(server='https://acme.example', basic_auth=('me', '~'))"],
    ["Gr4nit!Keller", 'new NetworkCredential("svc", "~", "CORP")'],
    ["Ahorn+Birke21", 'EncodeToString([]byte("metrics:~"))'],
    [
      "m9iJLwbL132Zn4T8_WvXX2HdNK44cjXQVIoSTsp5svg-LRTlGrwQ2d8m3Dze",
      's.cookies.set("li_at", "~", domain=".acme.example")',
    ],
    ["9n2cldhT_7JZjyUDevwBJSMglyU59Fo95X07mVvp-DK=", 'f = Fernet(b"~")'],
    ["OHQ9UODdfdFd2lA2D+FNQEoQ+/xZ90txdegvcU+G7lJ=", "const KEY = Buffer.from('~', 'base64');"],
    [
      "d3e14be535893b80598e7d8a50f510dc6c4393a96e78c3403049d3e8474f2a7d",
      "openssl enc -d -aes-256-cbc -K ~ -iv ccc06616cd334b459e42220d8c947e0d -in a",
    ],
    ["Pi!pe-Organ55", 'sqlcmd -S db -U sa -P "~" -Q "SELECT 1"'],
    ["gr4vel-Road", "keytool -list -keystore a.jks -storepass ~ -alias web"],
    ["brunost-kaffe7", 'nmcli dev wifi connect "Home" password ~ ifname wlp3s0'],
    ["flat-white-9", "WIFI:T:WPA;S:Cafe;P:~;;"],
    ["edc8b137-9139-93ed-6da2-09da99098b26", "# secret_id ~"],
    ["live_74O5bFGEhS2v3y7X6Qd4VKW0y", "require('messagebird')('~')"],
    ["Winter2019$", "mysql+pymysql://reports:~@10.4.17.22/shop"],
    ["tulip4Hafen", "router at the office: admin / ~"],
    [
      "pbkdf2_sha256$870000$1tpQP3JTkLoaz48FcB9Q88$ZVMkfcDWKbFYV6RZc123ybgnl8LzRRIC7wQqVThu1r2=",
      "1 | kari@acme.example | ~",
    ],
    [
      "scrypt:32768:8:1$yZzlcYLJg1WZ7GLU$d4654c340b67c01ffff3195f80135f3b92c07423fb388dfa93ee3419300aed2e779eda314554f625b65a91d1cbb5371bd6a2ba11015b11f5c9538f28f41ec36f",
      "stored as ~ now",
    ],
    ["2e5fa8b4-ecfe-5dc9-4fa7-8e5fa039c77d", 'curl -H "Authorization: Splunk ~" https://hec'],
    ["2f50540a7edca5b4eec0a0f98b7fd216", "config/master.key is ~ and still"],
    ["Mésange-bleue12", "le mot de passe de la base c'est ~ je crois"],
    ["Jabuti#cinza8", "a senha do sa é ~ mesmo"],
    ["Stroop.Gracht3", "Het wachtwoord van de beheerder is gewijzigd naar ~ vandaag"],
    ["Ostsee&amp;Wind44", "<user>x</user>\n<password>~</password>"],
    ["jRzkLWqTtVxWbYcU", '<add key="Vonage_secret" value="~" />'],
    ["1Am2eEsgJ6uk1k1bxJSpPTXsPPc3_jH1kLKnPnEb", "the token with scope repo:read is ~ for now"],
    ["j2Kd!rr0wNest", "i changed root's pw to ~ on the pi"],
    ["tidal\\:Fern_06", "localhost:5432:*:postgres:~"],
  ])("are known by the place where they stand: %s", (secret, place) => {
    expect(redact(place.replace("~", secret)).text).toMatch(
      new RegExp(
        `^${place.replaceAll(/[$()*+.?[\\\]^{|}]/g, "\\$&").replace("~", String.raw`\[redacted: [^\]]+\]`)}$`,
      ),
    );
  });

  it.each([
    "arn:aws:secretsmanager:eu-central-1:123456789012:secret:prod/db-AbC12d",
    "secret ConfigMapReloaderV2Deployment123 is restarted",
    "token HttpAuthenticationTokenFilter2Impl is deprecated",
    "pw Section12",
    "nextPageToken=CAUQAA19x8Zk3vQ9xL0pRt7W",
    "the password auf der Seite",
    "'password' => 'Contraseña',",
    "bcrypt with Argon2id as the password hash",
    "login: see https://docs.example/Section2",
    "echo 'done' > passes.log",
    "use the e-mail as the password",
    "validate(password('Passphrase1'))",
    "mongodb+srv://<username>:<password>@cluster0.m4x7q.example.net/",
    "gcloud run deploy --set-secrets=DB_PASS=projects/40291837/secrets/ledger-db/versions/latest",
    "password: !vault_ref kv/prod/smtp",
    "PUBLIC_KEY=pk_live_51NrLHkJeiRslsR1J9dTeZtqWYF5wXRPtZRkrcubB6KHSgHit9",
    "auth=('user', 'your-password')",
    "the backup codes are in the safe, room 1204",
    "write the seed phrase down, never store it on a disk",
    "admin / operator accounts",
    "We added backup codes. It covers 2019-2024, ports 8080-8443, 1500 2500; room AB12-34CD; part x5y6-z7w8.",
    "mnemonic devices help people remember things better when they learn words from lists and use them daily often",
    "I use password managers: 1Password, Bitwarden2!",
    "password: Argon2id with 64MiB",
    "OLDPWD=/srv/App3!",
    "## Passwords\n\nEverybody",
    "## Password\n\nrequired",
    "| Password | required |",
    "the password (`password`) field",
    "the login is broken / fixed-in-v2",
    "RANDOM_SEED=42",
    "commit 7d20c4be91f54a0e8c33b6ad5f1e7290ea033b66 adds master.key to .gitignore",
    "OPENAI_CREDENTIAL=op://a/credential\nSMTP_PASSWORD=op://b/password",
    '"authKey": "0xC_ukbCerl6EYA0example"',
    "psycopg2.connect(host=cfg.host, user=cfg.user, password=password)",
    '"type": "SecretString", "password": "PasswordField"',
    "color: '#a1b2c3'; token = '#main'",
    "digest = hex.DecodeString('be7fb9a3aa69c588e2211d2d35dbbb2a6be2d23e94253417d29fc44b61160ad1')",
    "const KEY = Buffer.from('hello world of letters', 'utf8');",
  ])("are none: %s", (text) => {
    expect(redact(text).text).toBe(text);
  });

  it.each([
    ["x ~ y", "x [redacted: GitHub token] y", "ghp_"],
    ['{"sessionToken": "~"}', '{"sessionToken": "[redacted: token]"}', ""],
    ["AUTH_TOKEN=~\nPORT=1", "AUTH_TOKEN=[redacted: token]\nPORT=1", ""],
    ["-e S='~' x", "-e S='[redacted: AWS session token]' x", "IQoJb3JpZ2lu"],
    ["https://x/?token=~&back=/home", "https://x/?token=[redacted: token]&back=/home", ""],
    ['PASSWORD="~"', 'PASSWORD="[redacted: password]"', "a!#%&()*".repeat(9)],
    ["postgres://u:~@h/x", "postgres://u:[redacted: password in a URL]@h/x", ""],
  ])("are replaced to their end, however long: %s", (place, replaced, beginning) => {
    const secret = `${beginning}${new Dice(3).from("abcXYZ0189", 900)}`;
    expect(redact(place.replace("~", secret)).text).toBe(replaced);
  });

  it("are replaced where a word in front of them tells of another one behind them", () => {
    expect(redact("curl -u SK4eaeb6d0c9898652fa0821ad7277e85d:k3J9sLq0aZx71TmQ https://x").text).toBe(
      "curl -u [redacted: Twilio key]:[redacted: password] https://x",
    );
  });

  it("end where the next field of a long address begins", () => {
    const token = new Dice(4).from("abcdefXYZ0189", 40);
    const rest = `&back=/${"home/".repeat(120)}`;
    expect(redact(`https://x/?token=${token}${rest}`).text).toBe(`https://x/?token=[redacted: token]${rest}`);
  });

  it.each([
    ["recovery codes, saving them here:\nc390d-8ad6a\ne763a-70d3f", "c390d-8ad6a"],
    ["of my backup codes 6687 1089 is the last one", "6687 1089"],
    [`backup codes: ${"a1b2c-d3e4f ".repeat(9)}d7e8f-g9h0i`, "d7e8f-g9h0i"],
    ['{"totp":true,"backupCodes":["19z5-sk8t","n5fc-lqva"]}', "19z5-sk8t"],
    [String.raw`"recovery_codes = [\"19z5-sk8t\", \"7kd93a\"]"`, "7kd93a"],
    [
      "the seed phrase is\noyster drift magnet wheel salute clutch amused foil tennis grape hurdle napkin\nok?",
      "salute clutch",
    ],
    ["setup key for your authenticator:\nphv3 24ro abwk riwx supf ftaq pht7 6msj", "supf ftaq"],
  ])("of letters and digits in groups are known where they are spoken of: %s", (text, secret) => {
    expect(redact(text).text).not.toContain(secret);
    expect(redact(secret).text).toBe(secret);
  });
});

describe("keepsake's own recovery key", () => {
  const key = "KSL8Z-WPS6Z-A5NQX-PYVUN-AAYTP-5EK3W-9DKQ2-1B7FM-C0X4J-T6HRG-2V8ZD-7N3PE";
  it.each([
    ["as it is printed", key],
    ["in small letters", key.toLowerCase()],
    ["without dashes", key.replaceAll("-", "")],
    ["with blanks", key.toLowerCase().replaceAll("-", " ")],
    ["over two lines", `${key.slice(0, 36)}\n${key.slice(36)}`],
  ])("is replaced %s", (_how, typed) => {
    expect(redact(`off the paper: ${typed} and`).text).toBe(
      "off the paper: [redacted: keepsake recovery key] and",
    );
  });
});

describe("private keys", () => {
  const body = IN_PLACE["RSA key"]!(new Dice(12))[0];

  it.each([
    ["plain", (key: string) => key],
    ["indented", (key: string) => key.replaceAll(/^/gm, "      ")],
    ["quoted in a reply", (key: string) => key.replaceAll(/^/gm, "> ")],
    ["escaped", (key: string) => JSON.stringify({ key })],
    ["twice escaped", (key: string) => JSON.stringify(JSON.stringify({ key }))],
    ["with carriage returns", (key: string) => key.replaceAll("\n", "\r\n")],
  ])("go whole: %s", (_name, shown) => {
    const given = `here\n${shown(`-----BEGIN RSA PRIVATE KEY-----\n${body}\n-----END RSA PRIVATE KEY-----\n`)}\nthanks`;
    const { text } = redact(given);
    expect(standsIn(body, text)).toBe(false);
    expect(text).toMatch(/^here\n[\s\S]*\[redacted: private key\][\s\S]*thanks$/);
    expect(text).not.toContain("END RSA");
  });

  it("go without their end, and what follows stays", () => {
    const { text } = redact(`-----BEGIN EC PRIVATE KEY-----\n${body}\nand that was all of it, sorry`);
    expect(text).toBe("[redacted: private key]\nand that was all of it, sorry");
  });

  it("are not seen where their first line is spoken of, and a token behind that is", () => {
    const token = TOKENS["GitHub app"]!(new Dice(8));
    for (const between of ["\nthe rest is in the vault, use ", " as usual, and the deploy one is ", "` "]) {
      const head = `it begins with -----BEGIN RSA PRIVATE KEY-----${between}`;
      expect(redact(`${head}${token} instead`).text).toBe(`${head}[redacted: GitHub token] instead`);
    }
  });

  it("go without their end behind their headers, and with all that follows without a blank", () => {
    const headers = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0A1B2C3D4E5F60718293A4B5C6D7E8F9";
    const given = `-----BEGIN RSA PRIVATE KEY-----\n${headers}\n\n${body.slice(0, 60)}_tail-1\nthat was it`;
    expect(redact(given).text).toBe("[redacted: private key]\nthat was it");
  });

  it("are not seen in a certificate, a public key or a line that names one", () => {
    for (const text of lookAlikes(90, 1).filter((each) => each.includes("-----BEGIN")))
      expect(redact(text).text).toBe(text);
  });
});

describe("what is no secret", () => {
  it("comes through as it is, two hundred look-alikes", () => {
    const altered = [...lookAlikes(200, 77), ...toldLookAlikes(200, 78), ...filedLookAlikes(200, 79)]
      .map((given) => [given, redact(given).text])
      .filter(([given, text]) => given !== text);
    expect(altered).toEqual([]);
  });
});

describe("redacting", () => {
  const pieces = fc.oneof(
    fc.constantFrom(...plantedSecrets(180, 5).map(({ text }) => text)),
    fc.constantFrom(...lookAlikes(120, 6)),
    fc.constantFrom("=", ": ", " is ", '"', "'", "\n", "://", "@", "password", "token", "\\n", "[redacted: token]"),
    fc.string({ maxLength: 20 }),
  ); // prettier-ignore

  test.prop([fc.array(pieces, { maxLength: 8 })], { numRuns: 400, seed: 13 })(
    "a second time changes nothing",
    (given) => {
      const once = redact(given.join("")).text;
      expect(redact(once)).toEqual({ text: once, kinds: new Map() });
    },
  );

  it("makes no text longer than may be stored, and hides the secrets all the same", () => {
    const dice = new Dice(21);
    let text = "";
    while (text.length < LIMITS.textBytes - 40) text += `PASSWORD='a${dice.from("0123456789", 4)}!Z'\n`;
    const { text: done, kinds } = redact(text);
    expect(Buffer.byteLength(done)).toBeLessThanOrEqual(LIMITS.textBytes);
    expect(done).not.toMatch(/a\d{4}!Z/);
    expect(kinds.get("password")).toBeGreaterThan(3_000);
    expect(redact(done).text).toBe(done);
  });

  it("makes none too long of secrets shorter than its short marks", () => {
    const text = "default login a password b7\n".repeat(2_340).slice(0, LIMITS.textBytes);
    const { text: done, kinds } = redact(text);
    expect(Buffer.byteLength(done)).toBeLessThanOrEqual(LIMITS.textBytes);
    expect(kinds.get("password")).toBeGreaterThan(2_000);
    expect(done).not.toContain("b7");
  });
});
