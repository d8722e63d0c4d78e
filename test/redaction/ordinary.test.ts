/** What developers write that looks like a secret to a rule that is too wide, and is none: each was replaced once. */
import { expect, it } from "vitest";
import { createRedaction } from "../../src/redaction/redact.ts";

const redact = createRedaction();

it.each([
  "openssl enc -d -aes-256-cbc -kfile key.txt -in a.enc -k -pass pass:$X",
  "the door, the key is Chapter-9x",
  "sed -E 's#(postgres://[^:]+:)[^@]+@#\\1***@#' app.log",
  "AADSTS7000215: Invalid client secret provided. Trace ID: aa0a66cd-a35b-4ff1-9aae-f42e056a288e",
  "spring.datasource.password=ENC(Q5/U05QFcg5FtB4oYCMH16UpGeMMvXXEMsNN2wzGjJA=)",
  "# lifetime of an auth token\nAUTH_TTL=3600s",
  "# Where to verify an auth token\nAUTH_HOST=auth1.internal:8443",
  "// validate the auth token\n@UseGuards(Jwt2FaGuard)",
  "// create token bucket\nlimiter=newLimiter(100,30s)",
  "$ cat tokenizer/VERSION\nv0.19.1-rc2",
  "cat package.json | jq .token\n^1.2.3-beta.4",
  "cat tokens.css\n:root{--s1:4px;--s2:8px}",
  "To revoke an auth token:\nDELETE/v2/tokens/:id",
  "Authorization: `Bearer ${oauth2AccessToken}`",
  "`Bearer ${K8S_SA_TOKEN}`",
  "`Bearer ${E2E_API_TOKEN}`",
  "Add a user group / Office365 licence",
  "See user guide / Chapter-3.",
  "The user agent / Mozilla/5.0",
  "A user story / JIRA-1234",
  "per user quota / 500MB-Limit",
  "user settings / OAuth2-Clients",
  "Im Benutzer Handbuch / Kapitel-3",
  "Benutzer anna / Abteilung-2",
  "The password reset works now, but the proxy expects HTTP/1.1 keep-alive.",
  "The password: the old API expects PBKDF2-SHA256",
  "The password field expects Base64-encoded input.",
  "the password spec expects RFC-7617",
  "the password expects multipart/form-data;v=2",
  "password dialog is gone. The new one is Node18-compatible",
  "password: '#mat-input-1'",
  'password: "#pass-1"',
  "pass: '#password-field-1'",
  "sel.password = '#input-2'",
  'pass: "#3-of-10"',
  '{ "password": "Base64 encoded string value" }',
  'password: "OAuth2 client credentials flow"',
  'password: "Minimum8 characters and one digit"',
  'password: "Python3 script reads this"',
  'password: "Vue3 form field label"',
  "| stage | pass1 | pass2 |\n|---|---|---|\n| parse | 12.5ms | 13.1ms |",
  "pass1;pass2;pass3\n10.5ms;11.2ms;9.8ms",
  "Test     Pass   Fail\n-------- ------ ------\nunit     120/121 1",
  "334 UGFzc3dvcmQ6\nwhich is base64 for Password:",
  "334 UGFzc3dvcmQ6\n\nThis decodes to",
  "passport.authenticate('google', 'Scope:Email1')",
  "passport.authenticate('local', 'Strategy2')",
  'cognito.authenticate("user-1", "Pool_Id-2")',
  "mosquitto_sub -h broker -P 8883",
  "Le mot de passe par SMS2FA est nul.",
  "Remplacez le mot de passe par 2FA/TOTP.",
  "the pw for the vpn to Office365",
])("%j stays as it is", (text) => {
  expect(redact(text).text).toBe(text);
});

it.each([
  "mysql -uroot -pX9$kLm2Qz shop\nit expects k8s#2024x here",
  "sshpass -p 'X9$kLm2Qz' ssh a@b\nI set it to Mode-2! now",
  "backup codes: a1b2c-d3e4f\n\nand\n\nabcd-efg1",
])("what stands in place of a secret tells nothing of what follows: %j", (text) => {
  const { text: once } = redact(text);
  expect(once).toContain("[redacted: ");
  expect(redact(once)).toEqual({ text: once, kinds: new Map() });
});
