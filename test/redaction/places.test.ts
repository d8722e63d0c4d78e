/** Secrets that the columns of a table, the words of a wallet, a line of properties or an argument beside them tell. */
import { describe, expect, it } from "vitest";
import { createRedaction } from "../../src/redaction/redact.ts";

const redact = createRedaction();
const hidden = (text: string) => redact(text).text.replaceAll(/\[redacted: [^\]]+\]/g, "~");

const PHRASE = "moral drama ten kid tape ski athlete plate lesson van green submit".split(" ");

describe("a table", () => {
  it.each([
    [
      "of Markdown",
      "| Name | Initial password | Role |\n|---|:---:|---|\n| Ole | Svaneke-Roget9 | owner |\n| a \\| b | Roget7-B | c |\n| Siri | `Gudhjem.Sol8` | editor |\n\nBoth, Svaneke-Roget8, are old.",
      "| Name | Initial password | Role |\n|---|:---:|---|\n| Ole | ~ | owner |\n| a \\| b | ~ | c |\n| Siri | `~` | editor |\n\nBoth, Svaneke-Roget8, are old.",
    ],
    [
      "of Azure",
      "| account | key1 |\n|---|---|\n| stlogs | zNvUEbLySvaFX1/0rs0t9ksaUOviO1UjR24zhybax5+E2iAJbfuV2RGYUGMfej6JvZPPvtrtkNB6oBJ9kV8Tfw== |",
      "| account | key1 |\n|---|---|\n| stlogs | ~ |",
    ],
    [
      "of psql",
      " id | name | api_key\n----+------+------------------\n  1 | ci   | k3J9sLq0aZx71TmQ\n(1 row)\n",
      " id | name | api_key\n----+------+------------------\n  1 | ci   | ~\n(1 row)\n",
    ],
    [
      "of mysql",
      "+----+-----------+\n| id | password  |\n+----+-----------+\n|  1 | Kestrel#4 |\n+----+-----------+",
      "+----+-----------+\n| id | password  |\n+----+-----------+\n|  1 | ~ |\n+----+-----------+",
    ],
    [
      "of commas",
      'user,password,role\n"Bo, P",Kiesel.Korn7,x\nanna,Hagel.Korn7,admin\n',
      'user,password,role\n"Bo, P",~,x\nanna,~,admin\n',
    ],
    [
      "that stands escaped in a text",
      String.raw`{"out":"$ cat x\nuser;token\r\nci;k3J9sLq0aZx71TmQ\r\n"}`,
      String.raw`{"out":"$ cat x\nuser;token\r\nci;~\r\n"}`,
    ],
    [
      "that is inserted with calls in it",
      "INSERT INTO mfa (id, secret, at) VALUES (1, 'FN6A5MCNLCOHTT5D', NOW());",
      "INSERT INTO mfa (id, secret, at) VALUES (1, '~', NOW());",
    ],
    [
      "that is inserted",
      "INSERT INTO users (id, name, password)\nVALUES (1, 'O''Hara, P', 'Hagel;Korn7'),\n  (2, 'Bo', 'Frost,Beule8');",
      "INSERT INTO users (id, name, password)\nVALUES (1, 'O''Hara, P', '~'),\n  (2, 'Bo', '~');",
    ],
  ])("%s", (_name, given, expected) => {
    expect(hidden(given)).toBe(expected);
  });

  it.each([
    "| Field | password |\n|---|---|\n| type | required |\n| least | 12 |\n| shown | •••••••• |",
    "| password | rule |\n|---|---|\n| Hagel | Korn-12.B |",
    "user,password\nanna,\nbo,********\n",
    "The name, the password\nand more, or less",
    "create_user(name, password)\nfoo, bar",
    "INSERT INTO t (a, password) VALUES (?, ?), ($1, $2);",
    "INSERT INTO t (a, password) VALUES (1, crypt('x', gen_salt('bf')));",
  ])("is left that holds none: %s", (text) => {
    expect(redact(text).text).toBe(text);
  });
});

describe("a wallet's phrase", () => {
  it.each([
    ["in a sentence", `I typed in: ${PHRASE.join(" ")}\n\nis there more?`, "I typed in: ~\n\nis there more?"],
    ["numbered", PHRASE.map((word, at) => `${at + 1}. ${word}`).join("\n"), "1. ~"],
    [
      "escaped",
      String.raw`"words\n1. ${PHRASE.join(String.raw`\n2. `)}\nthese"`,
      String.raw`"words\n1. ~\nthese"`,
    ],
    ["between quotes", `["${PHRASE.join('", "')}"]`, '["~"]'],
    [
      "behind a heading of such words",
      `Shown only once, all right:\n\n${PHRASE.join(" ")} ${PHRASE.join(" ")}\n\nAddress 0: x`,
      "Shown only once, all right:\n\n~\n\nAddress 0: x",
    ],
    ["with blank lines between", PHRASE.join("\n\n"), "~"],
    ["in capital letters", `(${PHRASE.join(" ").toUpperCase()})`, "(~)"],
  ])("is known by its words: %s", (_where, given, expected) => {
    expect(hidden(given)).toBe(expected);
  });

  it.each([
    ["eleven of them", PHRASE.slice(1).join(" ")],
    ["one that is none", [...PHRASE.slice(0, 6), "keepsake", ...PHRASE.slice(6)].join(" ")],
    ["a list of them in order", PHRASE.toSorted().join("\n")],
    ["the phrase that everybody tests with", `${"test ".repeat(11)}junk`],
    ["what stands between two", PHRASE.join(" = ")],
    ["more than there can be", Array.from({ length: 3 }, () => PHRASE.join(" ")).join(" ")],
  ])("is none: %s", (_why, text) => {
    expect(redact(text).text).toBe(text);
  });
});

describe("a wallet's key", () => {
  const BYTES = Array.from({ length: 64 }, (_, at) => (at * 37 + 11) % 256);
  it.each([
    [
      "of Bitcoin",
      'importprivkey "L4M2DpwpB3yTo979E2QGKsZErkzN1r9cb5sMpGQE3gidcmeKjQNx" cold',
      'importprivkey "~" cold',
    ],
    [
      "of many accounts",
      `key: xprv9yFfZQBUX7AohwW5QkbzMZvHF1JixPW7R1RfMJTTjywbidUwbZYFPa7B1fmaWoSqE9Gse7eiJA1fAPyLqJYzaiyo, so`,
      "key: ~, so",
    ],
    [
      "of Hardhat",
      `accounts: ["0x${"8712f46a607625be".repeat(4)}", '${"a712f46a607625be".repeat(4)}'],`,
      `accounts: ["~", '~'],`,
    ],
    ["of Solana", `cat id.json\n[${BYTES.join(",")}]`, "cat id.json\n~"],
  ])("is known: %s", (_of, given, expected) => {
    expect(hidden(given)).toBe(expected);
  });

  it.each([
    ["a list of other numbers", `keypair [${BYTES.map((byte) => byte + 200).join(",")}]`],
    ["a list of the same ones", `keypair [${BYTES.map(() => 7).join(",")}]`],
    ["a list of fewer", `keypair [${BYTES.slice(1).join(",")}]`],
    ["one that nothing says so of", `[${BYTES.join(",")}]`],
  ])("is none: %s", (_why, text) => {
    expect(redact(text).text).toBe(text);
  });
});

describe("a value", () => {
  // prettier-ignore
  it.each([
    ["of a line of properties", "ansible_password=Patchfeld-B17\nansible_user=x"],
    ["of one that is escaped", String.raw`{"out":"server.ssl.key-store-password=Patchfeld-17\r\nport=1"}`, "Patchfeld-17"],
    ["of a variable behind an escaped line end", String.raw`"a\nJWT_SECRET=ledger-jwt-geheim\n"`, "ledger-jwt-geheim"],
    ["of a variable in a diff", "-JWT_SECRET=ledger-jwt-geheim", "ledger-jwt-geheim"],
    ["of an option", "wget --password=murmelbahn.09 https://a", "murmelbahn.09"],
    ["of an option, with blanks", 'gpg --passphrase "copper kettle on tuesdays" -c x', "copper kettle on tuesdays"],
    ["in three quotes", 'password = """Hazel#Otter;19"""', "Hazel#Otter;19"],
    ["in braces", "UID=bi;PWD={Reiher;am=See3};Trust=yes", "Reiher;am=See3"],
    ["behind the id of an account", "twilio('AC31b97f7d07bc78172b57c2ed59943d03', 'mye9Rk4vc3H9zBSHiAz0swBtl8cWQDcA')", "mye9Rk4vc3H9zBSHiAz0swBtl8cWQDcA"],
    ["behind a name and an address", "use my login: marlene@northwind.dev / Tulpe_im_Wind5 there", "Tulpe_im_Wind5"],
    ["that is the new password", "ok: Quartz.Lantern-Elk is the new password for it", "Quartz.Lantern-Elk"],
    ["that took the place of a password", "the password was old; I changed it to Frostbeule23# now", "Frostbeule23#"],
    ["in Norwegian", "Passordet til basen er W-zEB67owOuMg, ikke del det", "W-zEB67owOuMg"],
    ["that was changed on a host", "I changed root's pw on db-2 to xWjNRZqD5IDORxl today", "xWjNRZqD5IDORxl"],
    ["of a cookie", '{"JSESSIONID": "7612908B6E7E193EA99466227799F73D"}', "7612908B6E7E193EA99466227799F73D"],
    ["of a webhook in JSON", String.raw`"https:\/\/discord.com\/api\/webhooks\/6631355855479445553\/A-GcJYI_tr15_wBfLmo-7iVZmen4UCkViQsRApfYnVSR5"`, "A-GcJYI_tr15_wBfLmo-7iVZmen4UCkViQsRApfYnVSR5"],
    ["of a hash with doubled signs", "users=gerlinde:$$apr1$$DVmAibIa$$/WzdZReM4qirNCjCxiHkfQ", "$apr1$$DVmAibIa$$/WzdZReM4qirNCjCxiHkfQ"],
    ["that a command stores", "gh secret set PASS --body 'tangerine%Cobalt9' --repo a/b", "tangerine%Cobalt9"],
    ["that mounts a drive", String.raw`net use Z: \\nas01\p Sommer.Fliege21 /user:T\reto`, "Sommer.Fliege21"],
    ["of a database's shell", "mongosh -u root -p 'tulpenzwiebel9' --eval x", "tulpenzwiebel9"],
    ["that unseals a vault", "Unseal Key 1: npguQ/+QNPsl3eEbNASaPXifGk6272NuSNPib7gw0UVT", "npguQ/+QNPsl3eEbNASaPXifGk6272NuSNPib7gw0UVT"],
    ["of Honeycomb", "x-honeycomb-team: hcaik_012ttomrb7scqzy70nf7yae0mlh9dasabjpv9mtz2li2ge4vm02jixfxsl", "hcaik_012ttomrb7scqzy70nf7yae0mlh9dasabjpv9mtz2li2ge4vm02jixfxsl"],
    ["with signs in its middle", "api: ATATT3xFfGF0T6fHODmFE1SaFKlNR9u6mBPLlQPlnPwyWvqeL2ve=7B3145EB", "ATATT3xFfGF0T6fHODmFE1SaFKlNR9u6mBPLlQPlnPwyWvqeL2ve=7B3145EB"],
    ["that is written, and stands in the command as well", "echo 'hunt7r2Q' > /etc/hunt7r2Q/password", "hunt7r2Q"],
    ["that is piped, and stands in the command as well", "echo Kx8mvq2T | docker login -u Kx8mvq2T --password-stdin", "Kx8mvq2T"],
    ["that holds what documentation shows", "API_TOKEN=q8Zr2mLxJBSWY3DPEHPK3PXPk3J9sLq0", "q8Zr2mLxJBSWY3DPEHPK3PXPk3J9sLq0"],
    ["with what jwt.io shows behind it", "API_TOKEN=q8Zr2mLxK3.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9l", "q8Zr2mLxK3.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9l"],
    ["with what jwt.io shows in front of it", "API_TOKEN=eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9l.x.q8Zr2mLxK3", "eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9l.x.q8Zr2mLxK3"],
    ["around a token", 'password: "AKIAZAUB77Q3WHJ45CCA/Hagel#7"', "AKIAZAUB77Q3WHJ45CCA/Hagel#7"],
    ["on both sides of a token", 'API_TOKEN="pre-sk_live_51Hq8Zr2mLxK3k3J9sLq0aZx71.tail8Kq"', "pre-sk_live_51Hq8Zr2mLxK3k3J9sLq0aZx71.tail8Kq"],
    ["of a client in a call", 'co = cohere.ClientV2("gHxXv1QXFJS68RMqaSjtQzm03K69edYFJHrtQOVa")', "gHxXv1QXFJS68RMqaSjtQzm03K69edYFJHrtQOVa"],
    ["of a call that ends in password", 'sess.userauth_password("backup", "I#;FtSUO}0#*@i")?;', "I#;FtSUO}0#*@i"],
    ["of an item of Plaid", "access-production-a7e65f04-cb80-454e-a459-aa1209c553a9 is valid", "access-production-a7e65f04-cb80-454e-a459-aa1209c553a9"],
    ["of Asana", "Asana 2/7417212569994818/2043145509276417:28c2dbac8a329833ddb2e62bee778ca0", "2/7417212569994818/2043145509276417:28c2dbac8a329833ddb2e62bee778ca0"],
    ["of a registry, from ECR", `it gives eyJwYXlsb2FkIjoi${"ajhFZHBoM1ZteGRza1NKaUJY".repeat(3)}`, `eyJwYXlsb2FkIjoi${"ajhFZHBoM1ZteGRza1NKaUJY".repeat(3)}`],
    ["of an address of a node", 'url: "https://eth-sepolia.g.alchemy.com/v2/Y9wMPmuomNWCldmky6ygCyl8fBC-ZmBk"', "Y9wMPmuomNWCldmky6ygCyl8fBC-ZmBk"],
    ["of a calendar's address", "ical/mara%40brightloom.io/private-62097d385ec6520cf0b7c96cd2fc9ec5/basic.ics", "62097d385ec6520cf0b7c96cd2fc9ec5/basic"],
    ["that jq decodes", `kubectl get secret g -o json | jq -r '.data["admin-password"]|@base64d'\nfMxiVG9I97MA1GxYXalQLs90iSuN\n$`, "fMxiVG9I97MA1GxYXalQLs90iSuN"],
    ["of a file that is shown", "$ cat wg.key\nwKkSNDEgHee8H57idxHoT7m0pDNkzFvdyhLeGiP5kkY=\n$", "wKkSNDEgHee8H57idxHoT7m0pDNkzFvdyhLeGiP5kkY="],
    ["of a command that writes to no file", "htpasswd -nb prometheus '97_1NNq^ZSUlGq'", "97_1NNq^ZSUlGq"],
    ["of words in a sentence", "I typed my passphrase orbit-maple-walnut-granite-28 three times", "orbit-maple-walnut-granite-28"],
    ["of sudo", 'and sudo on the pi is "0YYm-8JB*z" in case', "0YYm-8JB*z"],
    ["that is the new one", "the old password failed, it expects the new one you gave me, Magnetcomet9505!.", "Magnetcomet9505!."],
    ["of a session of Bitwarden", 'export BW_SESSION="FsWd/kLemozsh1OtNRwmGNYf2ZDyUQeTZKVY3Rg0V15L1SuHRtDdfzVH/3TGCyAoCo6IWptiM5u0BjJzh0RaIw=="', "FsWd/kLemozsh1OtNRwmGNYf2ZDyUQeTZKVY3Rg0V15L1SuHRtDdfzVH/3TGCyAoCo6IWptiM5u0BjJzh0RaIw=="],
    ["though a word in front of it makes other keys harmless", "GIT_PASSWORD=Hagel#7\nLOCAL_TOKEN_TTL=5", "Hagel#7"],
    ["of a variable of a file in YAML", "  PULUMI_CONFIG_PASSPHRASE: VJtsa6Rk7=aWfbN=A*gw", "VJtsa6Rk7=aWfbN=A*gw"],
    ["to its beginning in an address", "/ws?access_token=eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ1MTIiLCJleHAiOjE3MDAwMDB9.Qm9uam91ckxlTW9uZGU HTTP", "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ1MTIiLCJleHAiOjE3MDAwMDB9.Qm9uam91ckxlTW9uZGU"],
    ["of two letters in quotes", `sshpass -p "q7" ssh x`, "q7"],
    ["that a command prints", "$ wg genkey | tee wg0.key\niO5p2BoQdR128HUYzAdpId0bH6UoEJBRDxOBifLdQXY=\n$ ls", "iO5p2BoQdR128HUYzAdpId0bH6UoEJBRDxOBifLdQXY="],
    ["that is decoded", "$ kubectl get secret x -o jsonpath='{.data.password}' | base64 -d; echo\ndA_CzIlMtV8eGMEG\n$ ls", "dA_CzIlMtV8eGMEG"],
    ["of an account of Azure", "az cosmosdb keys list -n t\nO3TpO3Joy4gzYnVCb0qOTRv7WvmsePJ1Qth8IBZrkR6CiWj8ta7OfXBBlduxwmWxwt5q4E1rVngmACDb55R9oA==", "O3TpO3Joy4gzYnVCb0qOTRv7WvmsePJ1Qth8IBZrkR6CiWj8ta7OfXBBlduxwmWxwt5q4E1rVngmACDb55R9oA=="],
    ["of a tunnel", "mode: wireguard\n  key: mLZq/BtsIlben/lIZdj4qapfPrTaqNwfcwSUBWHpz1I=\n  public: pfYVFyyb42EJJol5OxoUsc7NK9ohOAFswBPE7A7nTHI=", "mLZq/BtsIlben/lIZdj4qapfPrTaqNwfcwSUBWHpz1I="],
    ["of Bitwarden", "token 0.b145ec2f-d512-4a8a-9d20-fa664aee4bc8.ZiC1nybNlA5266N84hb5Xlz3BJonmg:EahCBXxVVCWyrwqbdOjpLA== for it", "0.b145ec2f-d512-4a8a-9d20-fa664aee4bc8.ZiC1nybNlA5266N84hb5Xlz3BJonmg:EahCBXxVVCWyrwqbdOjpLA=="],
    ["behind a variable in a call", "new PDO($dsn, 'shop_user', 'x9!KappaBlue', [])", "x9!KappaBlue"],
    ["in German", "Das Kennwort lautet jetzt Quitten!Gelee88 (neu)", "Quitten!Gelee88"],
    ["right behind its name", "API key 8f31c07d and API secret O3RwafbUrb6zJ6pH, and so on", "O3RwafbUrb6zJ6pH"],
  ])("is known %s", (_where, given, secret = "Patchfeld-B17") => {
    expect(hidden(given)).toBe(given.replace(secret, "~"));
  });

  it.each([
    "    --- PASS: TestRedactor/password=in_url (0.00s)",
    "    pub private_key: PrivatePkcs8KeyDer<'static>,",
    "server.ssl.key-store-password=@keystore.password@",
    "TELEGRAM_TOKEN=123456:ABC-your-bot-token",
    "TWILIO_ACCOUNT_SID=AC0bcabadfddab6f2e74404e43bb048ec0",
    'posthog.init("phc_5mx3KMYmFoYiNmmx1MNT8RkR6w60nDtiz5CfcTvHlGJ")',
    "user.password=getPassword(user1)",
    "System.Data, Version=4.0.0.0, PublicKeyToken=b77a5c561934e089",
    "[user]\n\tsigningkey = 84150187A8BDD1F9",
    '{"access_token":"2YotnFZFEjr1zCsicMWpAA","refresh_token":"tGzv3JOkF0XG5Qx2TlKWIA"}',
    "SENTRY_DSN=https://deb1c50658aae1ec9accb1484794e7ad@o448213.ingest.sentry.io/5429218",
    `kind: SealedSecret\n    token: AgBDM3A0jiXJjJsaJ+iJhH39FEcXdNx/Mp05rhZJvchx28AxP9ixJPiSs9qW19IvHyJQfgN6h1d+sbBz9p1MMm0DHQBLXNuVJv0RLv2PwF4T8tY5HDKE`,
    "`Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==` of RFC 7617",
    "jwtDecode('eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c')",
    'mapboxgl.accessToken = "pk.eyJ1Ijoia2VscHdvcmtzIiwiYSI6ImNtNGsybXhqZzhjcHp2Y3NnYnRncmNzNHUifQ.94CWN6kveO5Xbw5ojiW-7D"',
    "NEXT_PUBLIC_SUPABASE_PUBLISHABLE_KEY=sb_publishable_GNeNw0EPK27ItQi2Jo6CEB_Fexl8D4z",
    "Password rule: ^(?=.*[a-z])(?=.*[A-Z])(?=.*\\d).{12,64}$ - is it right?",
    "api_key: awssm://eu-north-1/anchor/stripe?key=secret",
    "sha512 of az vm: sha512-O3TpO3Joy4gzYnVCb0qOTRv7WvmsePJ1Qth8IBZrkR6CiWj8ta7OfXBBlduxwmWxwt5q4E1rVngmACDb55R9oA==",
    "db_password=settings.db_password",
    "    admin_password=admin_pw2,",
    "password: /^(?=.*[a-z])(?=.*[A-Z])(?=.*\\d)(?=.*[^\\w\\s]).{12,}$/",
    "  DB_PASSWORD: ${DB_PASSWORD:?required}",
    "password: !vault-ref secret/data/checkout#db_password",
    'const s={password:"_password_iUp6c",token:"Login_token__3xK2a"}',
    "checksum/secret: 83e320c15a7c90fc76fef80a446542a140ae491ef0b4884776dcd98e447d1a09",
    "NEXT_PUBLIC_RECAPTCHA_SITE_KEY=6LUYgyN5D49Dpxm7UvyvA_yxy7aP6rCxZlW0Ua5O",
    "Benutzer 4711 hat sein Kennwort zur\u00fcckgesetzt (Quelle: Self-Service)",
    "history -d $(history | grep 'mysql -p' | awk '{print $1}')",
    '"IdempotencyToken": "527c5358-2a1a-4b9e-b1b9-7293b0ddff42"',
    "the old one, Kx8mvq2T, is gone",
    "accounts: [3, 4]; sha 8712f46a607625bea27073ba521d42120efef5cd1517aa0681ec631fdc6cdfc4",
    "f'PWD={config.dbPassword1}'",
    "mongosh -u root -p --eval x",
    'gh secret set PASS --body "$PASS"',
    "the file is read and I changed it to Frostbeule23#",
  ])("is left that is none: %s", (text) => {
    expect(redact(text).text).toBe(text);
  });

  it.each([
    "[redacted: one-time password secret]=hunt7r2Q",
    "|[redacted: password hash]|Sommer!A1|",
    "WIFI:T:WPA;S:x;P:[redacted: password];;",
  ])("is none where a mark stands or what it holds looks like a name: %s", (text) => {
    expect(redact(text)).toEqual({ text, kinds: new Map() });
  });
});
