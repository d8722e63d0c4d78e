/** `docs/errors.md`: the error table for readers. */
import { ERRORS } from "../../src/base/errors.ts";
import { METHODS, METHOD_NAMES } from "../../src/protocol/method-table.ts";

const EXITS: readonly (readonly [number, string])[] = [
  [0, "done"],
  [1, "an error"],
  [2, "the command line or a value is not valid"],
  [3, "the daemon cannot be reached or is not trusted"],
  [4, "the vault is sealed or missing"],
  [5, "nothing was found"],
  [6, "wrong passphrase"],
  [7, "damaged data"],
  [130, "interrupted"],
];

export function renderErrorsPage(): string {
  const rows = Object.entries(ERRORS).map(([code, { summary, exit, hint }]) => {
    const methods = METHOD_NAMES.filter((name) => (METHODS[name].errors as readonly string[]).includes(code));
    const named = methods.map((name) => `\`${name}\``).join(" ");
    return `| \`${code}\` | ${exit} | ${escapeCell(summary)} | ${escapeCell(hint ?? "")} | ${named} |`;
  });
  const exits = EXITS.map(([exit, meaning]) => `| ${exit} | ${meaning} |`);
  return `<!-- Made by \`npm run docs\` from the error table. Do not edit. -->

# Errors

Every error keepsake answers with has one of these codes; they are permanent. On the command line an error is two lines on stderr, \`keepsake: error: …\` and \`keepsake: hint: …\`, and the exit code of its row. On the socket it is \`{code, message, hint?, data?}\`. Messages name limits and paths of keepsake's own files, never what was stored or typed.

The last column lists the methods that name the code as theirs. Codes without one come from the command line, the connection, or any method.

| code | exit | what it means | what to do | methods |
| --- | --- | --- | --- | --- |
${rows.join("\n")}

## Exit codes

| exit | meaning |
| --- | --- |
${exits.join("\n")}
`;
}

function escapeCell(text: string): string {
  return text.replaceAll("|", String.raw`\|`);
}
