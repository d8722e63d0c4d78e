import { describe, expect, test } from "vitest";
import { renderErrorsPage } from "../../scripts/docs/errors-page.ts";
import { renderProtocolPage } from "../../scripts/docs/protocol-page.ts";
import { ERRORS } from "../../src/base/errors.ts";
import { METHOD_NAMES } from "../../src/protocol/method-table.ts";

describe("the generated pages (`npm run docs` makes them anew)", () => {
  test("docs/protocol.md says what the tables say, with every method in it", async () => {
    const page = renderProtocolPage();
    await expect(page).toMatchFileSnapshot("../../docs/protocol.md");
    for (const method of METHOD_NAMES) expect(page).toContain(`\n### ${method}\n`);
  });

  test("docs/errors.md says what the table says, with every code in it", async () => {
    const page = renderErrorsPage();
    await expect(page).toMatchFileSnapshot("../../docs/errors.md");
    for (const code of Object.keys(ERRORS)) expect(page).toContain(`| \`${code}\` |`);
  });
});
